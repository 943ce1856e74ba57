package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

// A span is a flag that says since when: a number of hours, days or weeks ago, or a date.
type span struct{ since func(now time.Time) time.Time }

func (s *span) Set(text string) error {
	if date, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		s.since = func(time.Time) time.Time { return date }
		return nil
	}
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if text == "" || units[text[len(text)-1]] == 0 {
		return errNotOffered
	}
	const century = 100 * 366 * 24
	n, err := strconv.Atoi(text[:len(text)-1])
	if err != nil || n <= 0 || n > century {
		return errNotOffered
	}
	back := time.Duration(n) * units[text[len(text)-1]]
	s.since = func(now time.Time) time.Time { return now.Add(-min(back, century*time.Hour)) }
	return nil
}

func (s *span) String() string { return "30d" }
func (s *span) Type() string   { return "string" }
func (s *span) wanted() string { return "12h, 30d, 4w or a date such as 2026-01-31" }

// A wireUsage is who held GPUs for how long in a span, as --json prints it.
type wireUsage struct {
	Since  time.Time        `json:"since"`
	Until  time.Time        `json:"until"`
	Owners []model.OwnerUse `json:"owners"`
}

func usageCommand(p *program) *cobra.Command {
	var s span
	_ = s.Set(s.String()) // its own default
	c := p.jsonFlag(&cobra.Command{
		Use: "usage", Short: "print who held GPUs for how long", Args: exactly(),
		Long: "usage adds up, by owner and instance, how long GPUs were held. Each GPU counts by itself: an hour of two GPUs is\n" +
			"two GPU hours.",
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Backend) error {
				now := time.Now()
				u := wireUsage{Since: s.since(now), Until: now}
				tenures, err := m.Tenures(c.Context(), u.Since)
				if err != nil {
					return err
				}
				u.Owners = append([]model.OwnerUse{}, model.Usage(tenures, u.Since, u.Until)...)
				if p.json {
					return p.printJSON(c.OutOrStdout(), u)
				}
				return printUsage(c, u, m.Screen().User)
			})
		},
	})
	c.Flags().Var(&s, "since", "since `when`: 12h, 30d, 4w or a date such as 2026-01-31")
	return c
}

func printUsage(c *cobra.Command, u wireUsage, me string) error {
	t := newTable(c, cols("OWNER", "INSTANCE", "LABEL", "MODEL", "GPU HOURS", "NOW"))
	hours := func(t model.GPUTime) string { return fmt.Sprintf("%.1f", t.Hours()) }
	for _, o := range u.Owners {
		t.row(ownerWord(o.Owner, me), "all", "", "", hours(o.Held), o.Now)
		for _, i := range o.Instances {
			t.row(ownerWord(o.Owner, me), i.Instance, i.Label, i.Model, hours(i.Held), i.Now)
		}
	}
	return t.flush()
}
