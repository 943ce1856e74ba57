package cli

import (
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

// A wireEvent is one event of the history as --json prints it.
type wireEvent struct {
	At       time.Time         `json:"at"`
	Actor    string            `json:"actor"`
	Instance *model.InstanceID `json:"instance"` // null if the event is about no instance
	Verb     string            `json:"verb"`
	Detail   string            `json:"detail"`
	Calls    []wireCall        `json:"calls"` // the engine calls that the keeper made for it, in order
}

// A wireCall is one engine call as --json prints it.
type wireCall struct {
	Text string  `json:"text"`
	Took float64 `json:"took"` // seconds
	Err  *string `json:"err"`  // the engine's error if it refused, otherwise null
}

func historyCommand(p *program) *cobra.Command {
	limit := 100
	var of string
	var calls bool
	c := p.jsonFlag(&cobra.Command{
		Use: "history [INSTANCE]", Short: "print what was ordered and done, and by whom, newest first", Args: atMostOne,
		ValidArgsFunction: p.completeInstances,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				of = args[0]
			}
			var only model.InstanceID
			if of != "" {
				var err error
				if only, err = parseID(of); err != nil {
					return err
				}
			}
			return p.with(c.Context(), func(m Backend) error {
				events, err := eventsOf(c, m, only, limit)
				if err != nil {
					return err
				}
				return printEvents(p, c, events, m.Screen().User, calls)
			})
		},
	})
	c.Flags().Var((*count)(&limit), "limit", "at most so many `lines` (0: all that are kept)")
	c.Flags().StringVar(&of, "instance", "", "only those of one `instance`")
	c.Flags().BoolVar(&calls, "calls", false, "below each line the calls of the engine behind it (--json has them anyway)")
	offerFor(c, map[string]completer{"instance": p.completeInstances})
	return c
}

// eventsOf returns the latest events of one instance, or of all if only is 0.
func eventsOf(c *cobra.Command, m Backend, only model.InstanceID, limit int) ([]model.Event, error) {
	if only == 0 {
		return m.History(c.Context(), limit)
	}
	all, err := m.History(c.Context(), 0)
	var events []model.Event
	for _, e := range all {
		if e.Instance == only && (limit == 0 || len(events) < limit) {
			events = append(events, e)
		}
	}
	return events, err
}

func printEvents(p *program, c *cobra.Command, events []model.Event, me string, calls bool) error {
	if p.json {
		wire := make([]wireEvent, len(events))
		for n, e := range events {
			wire[n] = wireEvent{At: e.At, Actor: e.Actor, Verb: e.Verb, Detail: e.Detail, Calls: wireCalls(e.Calls)}
			if e.Instance != 0 {
				wire[n].Instance = &e.Instance
			}
		}
		return p.printJSON(c.OutOrStdout(), wire)
	}
	t := newTable(c, cols("TIME", "WHO", "INSTANCE", "WHAT", "DETAIL"))
	for _, e := range events {
		about := ""
		if e.Instance != 0 {
			about = e.Instance.String()
		}
		t.row(e.At.Local().Format(time.DateTime), ownerWord(e.Actor, me), about, e.Verb, e.Detail)
		for _, call := range e.Calls {
			if calls {
				t.note("", "", "", "", t.theme.Arrow+" "+call.String())
			}
		}
	}
	return t.flush()
}

func wireCalls(calls []model.Call) []wireCall {
	wire := make([]wireCall, len(calls))
	for n, c := range calls {
		wire[n] = wireCall{Text: c.Text, Took: c.Took.Seconds()}
		if c.Err != "" {
			wire[n].Err = &c.Err
		}
	}
	return wire
}
