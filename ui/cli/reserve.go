package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

// reservations is the part of Backend for GPUs that are kept for a time. They are listed in the fleet.
type reservations interface {
	// Reserve keeps GPUs for the user, from a time in the past at once. The refusal says who has what then.
	Reserve(ctx context.Context, r model.Reservation) (model.Reservation, error)
	CancelReservation(ctx context.Context, id model.ReservationID) error
}

func reserveCommand(p *program) *cobra.Command {
	list := listReservations(p, &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "list the reservations", Args: exactly()})
	c := reserving(p, &cobra.Command{
		Use: "reserve GPUS", Short: "keep GPUs for yourself for a time", Args: exactly("GPUS"),
		Long: "reserve keeps a number of GPUs for your instances for a time. Nobody else is given a GPU by then, unless their run ends\n" +
			"before or enough are left. What you hold during that time counts. The machine's owner allows reservations:\n" +
			"[reserve] longest.",
		Example: "  berth reserve 4 --from \"tomorrow 9:00\" --for 6h\n  berth reserve ls\n  berth reserve cancel R.3",
	})
	c.AddCommand(list, cancelReservationCommand(p))
	return c
}

// reserveFlags are the flags that say what to reserve.
type reserveFlags struct {
	model       string
	from, until string
	length      model.Span
}

// reservation is what the flags and the number of GPUs ask for.
func (w reserveFlags) reservation(gpus string, now time.Time) (r model.Reservation, err error) {
	if r.GPUs, err = strconv.Atoi(gpus); err != nil {
		return r, model.Fault{Field: "gpus", Value: gpus, Reason: "want a number of GPUs, 1 or more"}
	}
	if (w.length == 0) == (w.until == "") {
		return r, errors.New("say how long: --for 6h or --until 18:00")
	}
	r.Model, r.From = w.model, now
	if w.from != "" {
		if r.From, err = model.ParseUntil(w.from, now); err != nil {
			return r, fmt.Errorf("--from: %w", err)
		}
	}
	if r.To = r.From.Add(time.Duration(w.length)); w.until != "" {
		if r.To, err = model.ParseUntil(w.until, now); err != nil {
			return r, fmt.Errorf("--until: %w", err)
		}
	}
	return r, nil
}

// reserving makes a command reserve.
func reserving(p *program, c *cobra.Command) *cobra.Command {
	var w reserveFlags
	p.jsonFlag(c)
	c.Flags().StringVar(&w.from, "from", "", "begin at a `moment` such as 9:00 or \"tomorrow 9:00\"; without it now")
	c.Flags().Var((*spanFlag)(&w.length), "for", "how long, a `time` such as 6h or 1d")
	c.Flags().StringVar(&w.until, "until", "", "until a `moment` such as 18:00 or \"tomorrow 18:00\"")
	c.Flags().StringVar(&w.model, "gpu-name", "", "`model` of the GPUs, where the machine has several")
	c.RunE = func(c *cobra.Command, args []string) error {
		r, err := w.reservation(args[0], time.Now())
		if err != nil {
			return Misuse(err)
		}
		return p.with(c.Context(), func(m Backend) error {
			made, err := m.Reserve(c.Context(), r)
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(c.OutOrStdout(), made)
			}
			return done(c, nil, "%s: %s", made.ID, made.Words(time.Now()))
		})
	}
	return c
}

// listReservations makes a command list the reservations.
func listReservations(p *program, c *cobra.Command) *cobra.Command {
	f := &listFlags{p: p}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.with(c.Context(), func(m Backend) error {
			fleet, err := fleet(c, m)
			if err != nil {
				return err
			}
			return f.print(c, reservationListing(fleet, m.Screen().User))
		})
	}
	return f.add(c, "owner", "model")
}

func reservationListing(f model.Fleet, me string) listing {
	l := listing{columns: []col{
		{Title: "RESERVATION", Fit: true}, {Title: "OWNER", Fit: true}, {Title: "GPUS", Fit: true, Right: true},
		{Title: "MODEL", Fit: true}, {Title: "FROM", Fit: true}, {Title: "TO", Fit: true},
	}}
	for _, r := range f.Reservations {
		l.rows = append(l.rows, listed{
			name: r.ID.String(), object: r, facts: map[string]string{"owner": r.Owner, "model": r.Model},
			cells: []string{
				r.ID.String(), ownerWord(r.Owner, me), fmt.Sprint(r.GPUs), model.GPU{Model: r.Model}.ShortModel(),
				r.From.Local().Format(stampForm), r.To.Local().Format(stampForm),
			},
		})
	}
	return l
}

// stampForm is how reservations say a moment.
const stampForm = "2006-01-02 15:04"

func cancelReservationCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "cancel RESERVATION", Aliases: []string{"rm"}, Short: "end a reservation", Args: exactly("RESERVATION"),
		ValidArgsFunction: firstWord(p.offer(reservationNames)),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := model.ParseReservationID(args[0])
			if err != nil {
				return Misuse(err)
			}
			return p.with(c.Context(), func(m Backend) error {
				return done(c, m.CancelReservation(c.Context(), id), "%s is cancelled", id)
			})
		},
	}
}

func reservationNames(ctx context.Context, m Backend) []cobra.Completion {
	f, _ := m.Fleet(ctx)
	var names []cobra.Completion
	for _, r := range f.Reservations {
		names = append(names, cobra.CompletionWithDesc(r.ID.String(), r.Words(f.At)))
	}
	return names
}
