package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui/theme"
)

func topCommand(p *program) *cobra.Command {
	var once bool
	c := &cobra.Command{
		Use: "top", Short: "show what GPUs and instances use, the busiest first", Args: exactly(),
		Long: "top shows how busy the machine, each GPU and each instance is, again whenever that has changed, until ctrl-c. Into a\n" +
			"pipe or a file, and with --no-stream, it prints it once. The whole screen is `berth`.",
		RunE: func(c *cobra.Command, _ []string) error {
			once := once || !isTerminal(c.OutOrStdout()) || p.session != nil || os.Getenv("TERM") == "dumb"
			if p.away != nil {
				return p.away.top(c, once)
			}
			if !once {
				return p.asKeeper(c.Context(), func(ctx context.Context, m Backend) error { return live(ctx, c, m.Watch(ctx), m.Screen().User) })
			}
			return p.with(c.Context(), func(m Backend) error {
				f, err := fleet(c, m)
				if err != nil {
					return err
				}
				_, err = io.WriteString(c.OutOrStdout(), strings.Join(top(c, f, m.Screen().User), "\n")+"\n")
				return err
			})
		},
	}
	c.Flags().BoolVar(&once, "no-stream", false, "print it once")
	return c
}

// live redraws top in place whenever it has changed. It returns nil when the context ends, because ctrl-c is the way to
// leave it.
func live(ctx context.Context, c *cobra.Command, fleets <-chan model.Fleet, me string) error {
	out := raw(c.OutOrStdout())
	shown, last := 0, ""
	for f := range receive(ctx, fleets) {
		lines := top(c, f.For(me), me)
		if file, is := out.(*os.File); is {
			if _, high, err := term.GetSize(file.Fd()); err == nil && high > 1 {
				lines = lines[:min(len(lines), high-1)]
			}
		}
		text := strings.Join(lines, "\n")
		if text == last {
			continue
		}
		var b strings.Builder
		if shown > 0 {
			b.WriteString("\r" + ansi.CursorUp(shown))
		}
		for _, line := range lines {
			b.WriteString(line + ansi.EraseLineRight + "\r\n")
		}
		b.WriteString(ansi.EraseScreenBelow)
		if _, err := io.WriteString(out, b.String()); err != nil {
			return err
		}
		shown, last = len(lines), text
	}
	return nil
}

// top returns the lines: the machine, its GPUs, its instances.
func top(c *cobra.Command, f model.Fleet, me string) []string {
	h := f.Host
	cpu, used, whole := h.CPU.String(), model.Unknown, model.Unknown
	if memory, known := h.MemoryUsed.Get(); known {
		used = memory.Binary()
	}
	if h.Memory > 0 { // the engine tells it
		whole = h.Memory.Binary()
	}
	lines := []string{fmt.Sprintf("%s  GPUs %d, free %d  CPU %s  RAM %s/%s  instances %d", theme.Text(h.Name), len(f.Devices), f.FreeGPUs(), cpu,
		used, whole, len(f.Instances))}
	for _, m := range f.Machines {
		if !m.Link.OK && m.Link.Reason != "" {
			lines = append(lines, theme.Text(m.Name+": "+m.Link.Reason))
		}
	}
	listed := gpuListing(f, me)
	gpus := newTable(c, listed.columns)
	for n, one := range listed.rows {
		if machine := f.Devices[n].Machine; machine != "" {
			one.cells[0] = machine + "/" + one.cells[0]
		}
		gpus.note(one.cells[:len(gpus.columns)]...)
	}
	instances := newTable(c, []col{
		{Title: "ID", Fit: true}, {Title: "LABEL", Min: 6, Good: 16}, {Title: "STATUS", Fit: true, Rank: 3}, {Title: "GPU", Fit: true},
		{Title: "UTIL", Fit: true, Right: true}, {Title: "MEMORY", Fit: true, Right: true}, {Title: "CORES", Fit: true, Right: true, Rank: 1},
		{Title: "RAM", Fit: true, Right: true, Rank: 2}, {Title: "OWNER", Fit: true},
	})
	for _, u := range loads(f) {
		w := wordsOf(f, u.Instance, me)
		instances.row(model.NameOf(&u.Instance), u.Label, u.Status(), w.gpus, u.util, u.memory(), w.cores, w.memory, w.owner)
	}
	return slices.Concat(lines, gpus.lines(), instances.lines())
}

// A load is an instance with its use of its GPUs.
type load struct {
	model.Instance
	util model.Maybe[model.Percent] // the mean over its GPUs
	used model.Maybe[model.Bytes]
}

func (l load) memory() string {
	if used, known := l.used.Get(); known {
		return used.Binary()
	}
	return model.Unknown
}

// loads returns the instances that aren't at rest, the busiest first.
func loads(f model.Fleet) []load {
	var out []load
	for _, i := range f.Instances {
		if i.Phase.Settled() {
			continue
		}
		l := load{Instance: i}
		var util model.Percent
		var used model.Bytes
		known := 0
		for _, d := range f.Devices {
			if u, is := d.Utilization.Get(); is && slices.Contains(i.GPUs, d.ID) {
				util, used, known = util+u, used+d.MemoryUsed.Or(0), known+1
			}
		}
		if known > 0 {
			l.util, l.used = model.Known(util/model.Percent(known)), model.Known(used)
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b load) int {
		return cmp.Or(cmp.Compare(b.util.Or(-1), a.util.Or(-1)), cmp.Compare(b.Use.CPU.Or(-1), a.Use.CPU.Or(-1)), cmp.Compare(a.ID, b.ID))
	})
	return out
}
