package cli

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui/theme"
)

// A span is the flag --since: a number of hours, days or weeks before now, or a date.
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

// A wireUsage is who held GPUs for how long in a period, as --json prints it.
type wireUsage struct {
	Since  time.Time        `json:"since"` // from when it is known, if that is later than asked for
	Until  time.Time        `json:"until"`
	Owners []model.OwnerUse `json:"owners"`
	GPUs   []model.UseOf    `json:"gpus"`
	Days   []model.UseOf    `json:"days"`
	// Held and All are the GPU time that somebody held, and that there was.
	Held model.GPUTime `json:"gpu_seconds"`
	All  model.GPUTime `json:"gpu_seconds_of_machine"`

	devices []model.Device
}

// usageOf reads and sums the usage.
func usageOf(ctx context.Context, m Backend, since, now time.Time) (wireUsage, error) {
	tenures, err := m.Tenures(ctx, since)
	first, failed := m.FirstRecord(ctx)
	f, unseen := m.Fleet(ctx)
	if err = errors.Join(err, failed, unseen); err != nil {
		return wireUsage{}, err
	}
	u := wireUsage{Since: model.CountedSince(tenures, first, since, now), Until: now, devices: f.Devices}
	u.Owners = append([]model.OwnerUse{}, model.Usage(tenures, u.Since, now)...)
	u.GPUs = append([]model.UseOf{}, model.UsageOfGPUs(tenures, f.Devices, u.Since, now)...)
	u.Days = append([]model.UseOf{}, model.UsageOfDays(tenures, u.Since, now)...)
	for _, o := range u.Owners {
		u.Held += o.Held
	}
	u.All = model.GPUTime(time.Duration(len(f.Devices)) * now.Sub(u.Since))
	return u, nil
}

func usageCommand(p *program) *cobra.Command {
	var s span
	by := "owner"
	_ = s.Set(s.String()) // the default
	c := p.jsonFlag(&cobra.Command{
		Use: "usage", Short: "print who held GPUs for how long", Args: exactly(),
		Long: "usage adds up, by owner and instance, how long GPUs were held. Each GPU counts by itself: an hour of two GPUs is\n" +
			"two GPU hours. IDLE is the part in which a held GPU computed nothing for ten minutes or longer. The bar is the share\n" +
			"of all GPU time of the machine since the first record.",
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Backend) error {
				now := time.Now()
				u, err := usageOf(c.Context(), m, s.since(now), now)
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(c.OutOrStdout(), u)
				}
				if len(u.Owners) == 0 {
					say(c, "nobody has held a GPU since %s, as far as is known", u.Since.Local().Format("2006-01-02 15:04"))
				}
				return u.print(c, by, m.Screen().User)
			})
		},
	})
	c.Flags().Var(&choice{to: &by, from: []string{"owner", "gpu", "day"}}, "by", "`what` to sum by: owner, gpu or day")
	c.Flags().Var(&s, "since", "since `when`: 12h, 30d, 4w or a date such as 2026-01-31")
	return c
}

// usageBar is the width of a bar, in cells.
const usageBar = 20

// print writes the usage as bars.
func (u wireUsage) print(c *cobra.Command, by, me string) error {
	switch by {
	case "gpu":
		named := func(id string) string { // the column says GPU already
			return strings.TrimPrefix(model.NameGPUs(u.devices, []model.GPUID{model.GPUID(id)}), "GPU ")
		}
		return u.printUses(c, "GPU", u.GPUs, named, 1)
	case "day":
		return u.printUses(c, "DAY", u.Days, func(day string) string { return day }, len(u.devices))
	}
	t := newTable(c, cols("OWNER", "INSTANCE", "LABEL", "MODEL", "GPU HOURS", "IDLE", "NOW", "SHARE"))
	for _, o := range u.Owners {
		t.row(ownerWord(o.Owner, me), "all", "", "", o.Held, o.Idle.PartOf(o.Held), o.Now, shareBar(t.theme, o.Held, o.Idle, u.All))
		for _, i := range o.Instances {
			t.row(ownerWord(o.Owner, me), i.Instance, i.Label, i.Model, i.Held, i.Idle.PartOf(i.Held), i.Now, "")
		}
	}
	if rest := u.All - u.Held; rest > 0 {
		t.row("nobody", "", "", "", rest, "", "", shareBar(t.theme, rest, 0, u.All))
	}
	return t.flush()
}

// printUses writes the usage of GPUs or days, each with its share of the time that so many GPUs had.
func (u wireUsage) printUses(c *cobra.Command, title string, uses []model.UseOf, name func(of string) string, gpus int) error {
	t := newTable(c, cols(title, "GPU HOURS", "IDLE", "SHARE"))
	for _, use := range uses {
		t.row(name(use.Of), use.Held, use.Idle.PartOf(use.Held), shareBar(t.theme, use.Held, use.Idle, model.GPUTime(gpus)*use.Within))
	}
	return t.flush()
}

// shareBar is a bar with a share of a whole, of which the idle part is drawn differently.
func shareBar(th theme.Theme, held, idle, whole model.GPUTime) string {
	return th.SplitBar(th.Plain, usageBar, held.Of(whole), idle.Of(whole)) + " " + held.PartOf(whole)
}
