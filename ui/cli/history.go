package cli

import (
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

// A wireEvent is one line of history as --json prints it.
type wireEvent struct {
	At       time.Time         `json:"at"`
	Actor    string            `json:"actor"`
	Instance *model.InstanceID `json:"instance"` // null where it is about none
	Verb     string            `json:"verb"`
	Detail   string            `json:"detail"`
}

func historyCommand(p *program) *cobra.Command {
	limit := 100
	var of string
	c := p.jsonFlag(&cobra.Command{
		Use: "history", Short: "print what was ordered and done, and by whom, newest first", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
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
				return printEvents(p, c, events, m.Screen().User)
			})
		},
	})
	c.Flags().Var((*count)(&limit), "limit", "at most so many `lines` (0: all that are kept)")
	c.Flags().StringVar(&of, "instance", "", "only those of one `instance`")
	offerFor(c, map[string]completer{"instance": p.completeInstances})
	return c
}

// eventsOf is the latest history, of one instance or of all.
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

func printEvents(p *program, c *cobra.Command, events []model.Event, me string) error {
	if p.json {
		wire := make([]wireEvent, len(events))
		for n, e := range events {
			wire[n] = wireEvent{At: e.At, Actor: e.Actor, Verb: e.Verb, Detail: e.Detail}
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
	}
	return t.flush()
}
