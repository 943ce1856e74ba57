package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"berth/model"
)

func cpCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "cp FROM TO", Short: "copy files between this machine and an instance, or between two instances", Args: exactly("FROM", "TO"),
		Long: "A place is a path of this machine, or INSTANCE:PATH. A PATH that doesn't begin with / lies in the instance's\n" +
			"DATA_DIRECTORY, and none at all is that folder. As with rsync a folder goes into the folder named, or, with / at\n" +
			"its end, what is in it does; folders that are missing are made. The instances needn't run.\n\n" +
			"Neither / nor /root can be a destination: an SSH server lets nobody in once that folder's owner or mode changed.",
		Example:           "  berth cp data C.1001:\n  berth cp C.1001:results/ ./results\n  berth cp C.1001:/workspace/model C.1002:",
		ValidArgsFunction: p.completePlaces,
		RunE: func(c *cobra.Command, args []string) error {
			if slices.Contains(args, "-") {
				return usagef("cp: - is no place: `berth exec INSTANCE -- cat FILE` prints a file and " +
					"`berth exec INSTANCE -- sh -c 'cat >FILE'` writes one; a file of that name is ./-")
			}
			return p.with(c.Context(), func(m Backend) error {
				instances, err := m.Instances(c.Context())
				if err != nil {
					return err
				}
				from, err := place(instances, args[0], false)
				if err != nil {
					return err
				}
				to, err := place(instances, args[1], true)
				if err != nil {
					return err
				}
				return p.copy(c, m, from, to)
			})
		},
	})
}

// A wireCopied is what was copied, as --json prints it.
type wireCopied struct {
	Files int         `json:"files"`
	Bytes model.Bytes `json:"bytes"`
}

func (p *program) copy(c *cobra.Command, m Backend, from, to model.Place) error {
	g := newGauge(raw(c.ErrOrStderr()), time.Now)
	err := m.CopyWatched(c.Context(), from, to, g.tell)
	g.clear()
	if err == nil && p.json {
		err = p.printJSON(c.OutOrStdout(), wireCopied{g.last.Files, g.last.Bytes})
	}
	switch {
	case err == nil:
		say(c, "copied %d files, %s", g.last.Files, g.last.Bytes)
	case errors.Is(err, context.Canceled):
		return coded{fmt.Errorf("interrupted: %d files were copied", g.last.Files), ExitInterrupted}
	case errors.Is(err, fs.ErrNotExist):
		return coded{err, ExitAbsent}
	}
	return err
}

// place reads one end of a copy. What isn't an instance before a colon is a path of this machine.
func place(instances []model.Instance, word string, destination bool) (model.Place, error) {
	name, inside, is := strings.Cut(word, ":")
	id, err := model.ParseInstanceID(name)
	if !is || err != nil {
		return hostPlace(word)
	}
	i, there := model.Fleet{Instances: instances}.Instance(id)
	if !there {
		return model.Place{}, fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	}
	at := model.Place{Instance: id, Path: inside}
	if !strings.HasPrefix(inside, "/") {
		at.Path = path.Join("/", i.Plan.DataDirectory(), inside)
		if strings.HasSuffix(inside, "/") || inside == "" && destination {
			at.Path += "/"
		}
	}
	return at, nil
}

// hostPlace is a path of this machine, with the / at its end, which means something.
func hostPlace(word string) (model.Place, error) {
	if word == "" {
		return model.Place{}, usagef("cp: an empty path: want a path, or INSTANCE:PATH")
	}
	at, err := filepath.Abs(word)
	if strings.HasSuffix(word, "/") && at != "/" {
		at += "/"
	}
	return model.Place{Path: at}, err
}

// A gauge shows on a terminal how far a copy is; elsewhere it only remembers.
type gauge struct {
	out   io.Writer // nil where it shows nothing
	now   func() time.Time
	began time.Time
	shown time.Time
	last  model.Copied
}

func newGauge(out io.Writer, now func() time.Time) *gauge {
	g := &gauge{now: now, began: now()}
	if isTerminal(out) {
		g.out = out
	}
	return g
}

// tell shows a line in place of the last, a few times a second.
func (g *gauge) tell(c model.Copied) {
	const pause = 250 * time.Millisecond
	g.last = c
	now := g.now()
	if g.out == nil || now.Sub(g.shown) < pause {
		return
	}
	g.shown = now
	_, _ = fmt.Fprint(g.out, "\r", ansi.EraseLineRight, gaugeWords(c, now.Sub(g.began))) // it only tells
}

func (g *gauge) clear() {
	if g.out != nil && !g.shown.IsZero() {
		_, _ = fmt.Fprint(g.out, "\r", ansi.EraseLineRight)
	}
}

// gaugeWords is 12 files, 34.5M of 120M, 12.3M/s.
func gaugeWords(c model.Copied, took time.Duration) string {
	text := fmt.Sprintf("%d files, %s", c.Files, c.Bytes)
	if total, known := c.Total.Get(); known {
		text += " of " + total.String()
	}
	if seconds := took.Seconds(); seconds > 0 {
		text += fmt.Sprintf(", %s/s", model.Bytes(float64(c.Bytes)/seconds))
	}
	return text
}
