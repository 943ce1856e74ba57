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

// A wireCopied is the result of a copy, as --json prints it.
type wireCopied struct {
	Files int         `json:"files"`
	Bytes model.Bytes `json:"bytes"`
}

func (p *program) copy(c *cobra.Command, m Backend, from, to model.Place) error {
	g := newProgressLine(raw(c.ErrOrStderr()), time.Now)
	err := m.CopyWatched(c.Context(), from, to, g.tell)
	g.clear()
	if err == nil && p.json {
		err = p.printJSON(c.OutOrStdout(), wireCopied{g.last.Files, g.last.Bytes})
	}
	switch {
	case err == nil:
		say(c, "copied %d files, %s", g.last.Files, g.last.Bytes)
	case errors.Is(err, context.Canceled):
		return exitError{fmt.Errorf("interrupted: %d files were copied", g.last.Files), ExitInterrupted}
	case errors.Is(err, fs.ErrNotExist):
		return exitError{err, ExitAbsent}
	}
	return err
}

// place parses one end of a copy: INSTANCE:PATH, otherwise a path of this machine.
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

// hostPlace returns a path of this machine as absolute path. It keeps a trailing slash, which has a meaning.
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

// A progressLine shows the progress of a copy on a terminal. Elsewhere it only stores it.
type progressLine struct {
	out   io.Writer // nil if nothing is shown
	now   func() time.Time
	began time.Time
	shown time.Time
	last  model.Copied
}

func newProgressLine(out io.Writer, now func() time.Time) *progressLine {
	g := &progressLine{now: now, began: now()}
	if isTerminal(out) {
		g.out = out
	}
	return g
}

// tell replaces the progress line, at most four times a second.
func (g *progressLine) tell(c model.Copied) {
	const pause = 250 * time.Millisecond
	g.last = c
	now := g.now()
	if g.out == nil || now.Sub(g.shown) < pause {
		return
	}
	g.shown = now
	_, _ = fmt.Fprint(g.out, "\r", ansi.EraseLineRight, progressWords(c, now.Sub(g.began))) // only the progress
}

func (g *progressLine) clear() {
	if g.out != nil && !g.shown.IsZero() {
		_, _ = fmt.Fprint(g.out, "\r", ansi.EraseLineRight)
	}
}

// progressWords formats a progress: 12 files, 34.5M of 120M, 12.3M/s.
func progressWords(c model.Copied, took time.Duration) string {
	text := fmt.Sprintf("%d files, %s", c.Files, c.Bytes)
	if total, known := c.Total.Get(); known {
		text += " of " + total.String()
	}
	if seconds := took.Seconds(); seconds > 0 {
		text += fmt.Sprintf(", %s/s", model.Bytes(float64(c.Bytes)/seconds))
	}
	return text
}
