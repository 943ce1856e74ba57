package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/logtext"
	"berth/ui/output"
	"berth/ui/pane"
	"berth/ui/popup"
)

// How the lower half follows what is selected.
const (
	// restFor is how long the selection rests before the lower half follows it. Who runs through a list pays for its
	// rows alone, and the engine isn't asked for the output of every one of them.
	restFor = 200 * time.Millisecond
	// firstLines and moreLines are how long output is gathered: the first lines come at once, and however much is
	// written after that, they change once a second.
	firstLines, moreLines = 50 * time.Millisecond, time.Second
	// tailLines is how many of the last lines are asked for and kept: as many as any lower half shows.
	tailLines = 60
	// mostTail bounds what is read of them in that second.
	mostTail = 256 << 10
	// retryAfter is when an output that couldn't be read is asked for again.
	retryAfter = 5 * time.Second
	// listenEvery is how often it is asked what listens, which costs the engine a look at one container.
	listenEvery = 5 * time.Second
)

// A following is what the lower half shows, and what of it beyond the fleet is followed: only while it is shown, and
// never more than one instance.
type following struct {
	wanted  pane.Subject // what is selected
	shown   pane.Subject // what is shown; it comes after the selection
	turn    int64        // of the last move of the selection
	looked  looked
	stream  output.Stream  // of the output; its tag is that of all questions
	lines   []logtext.Line // that have ended; replaced, never changed
	outlook pane.Outlook
}

// looked is what is looked into: an instance in one of its runs.
type looked struct {
	id      model.InstanceID
	started time.Time
	runs    bool
}

type (
	// restedMsg says that the selection hasn't moved for a while, if it is still at that turn.
	restedMsg struct{ turn int64 }
	// listeningMsg is what listens in an instance; nothing where that isn't known.
	listeningMsg struct {
		tag  int64
		open map[model.Port]bool
	}
	// listenAgainMsg and readAgainMsg say that it is time to ask once more.
	listenAgainMsg struct{ tag int64 }
	readAgainMsg   struct{ tag int64 }
)

// on is what is followed once the lower half is to show a subject, or none: at once where nothing else is shown there,
// else once the selection rests.
func (f following) on(c calls, s pane.Scene, want pane.Subject) (following, tea.Cmd) {
	var cmd tea.Cmd
	if want != f.wanted {
		f.wanted, f.turn = want, f.turn+1
		turn := f.turn
		cmd = tea.Tick(restFor, func(time.Time) tea.Msg { return restedMsg{turn} })
	}
	if want == (pane.Subject{}) || !f.shown.In(s.Fleet) {
		f.shown, cmd = want, nil
	}
	f, look := f.lookedInto(c, s.Fleet)
	return f, tea.Batch(cmd, look)
}

// lookedInto begins to look into the instance that is shown, and ends with the one that was.
func (f following) lookedInto(c calls, fleet model.Fleet) (following, tea.Cmd) {
	now := looked{}
	if i, ok := fleet.Instance(f.shown.Instance); ok && i.Container != "" {
		now = looked{i.ID, i.StartedAt, i.Phase == model.PhaseRunning || i.Phase == model.PhaseConnecting}
	}
	if f.outlook.Of != f.shown.Instance {
		f.outlook = pane.Outlook{Of: f.shown.Instance, Silence: "Its output is shown here once it has a container."}
	}
	if now == f.looked {
		return f, nil
	}
	if f.stream.Cancel != nil {
		f.stream.Cancel()
	}
	f.looked, f.stream, f.lines = now, output.Stream{}, nil
	if now.id == 0 {
		return f, nil
	}
	f.outlook = pane.Outlook{Of: now.id, Silence: "Nothing written yet."}
	f.stream = output.New(c.ctx, firstLines)
	f.stream.Most = mostTail
	read := f.stream.Start(c.machine, now.id, model.LogRequest{Follow: true, Tail: tailLines})
	if !now.runs {
		return f, read
	}
	return f, tea.Batch(read, f.listening(c.machine))
}

// listening asks once what listens in the instance that is shown.
func (f following) listening(machine popup.Listener) tea.Cmd {
	ctx, tag, id := f.stream.Context, f.stream.Tag, f.looked.id
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, askFor)
		defer cancel()
		open, _ := machine.Listening(ctx, id) // who may not look sees no signs
		return listeningMsg{tag, open}
	}
}

// told is what is followed after a message about it. What belongs to something that was shown before is passed over.
func (f following) told(c calls, msg tea.Msg, color bool) (following, tea.Cmd) {
	switch msg := msg.(type) {
	case restedMsg:
		if msg.turn == f.turn {
			f.shown = f.wanted
		}
	case output.Lines:
		if msg.Tag == f.stream.Tag {
			f = f.with(msg, color)
			f.stream.Gather = moreLines
			return f, f.stream.Next()
		}
	case output.Ended:
		if msg.Tag == f.stream.Tag {
			return f.ended(msg.Err)
		}
	case readAgainMsg:
		if msg.tag == f.stream.Tag {
			f.looked = looked{} // and with that it is looked into anew
		}
	case listeningMsg:
		if msg.tag == f.stream.Tag {
			f.outlook.Listening = msg.open
			tag := msg.tag
			return f, tea.Tick(listenEvery, func(time.Time) tea.Msg { return listenAgainMsg{tag} })
		}
	case listenAgainMsg:
		if msg.tag == f.stream.Tag {
			return f, f.listening(c.machine)
		}
	}
	return f, nil
}

// ended says why there is no more output, and asks again where it didn't come to its end.
func (f following) ended(err error) (following, tea.Cmd) {
	if err == nil {
		f.outlook.Silence = "It wrote nothing."
		return f, nil
	}
	tag, wait := f.stream.Tag, retryAfter
	f.outlook.Silence = err.Error()
	if errors.Is(err, output.ErrFlood) {
		wait = moreLines
	}
	return f, tea.Tick(wait, func(time.Time) tea.Msg { return readAgainMsg{tag} })
}

// with is what is followed after more output came. A line that hasn't ended yet is shown as far as it is; it comes again.
func (f following) with(more output.Lines, color bool) following {
	f.lines = append(f.lines[:len(f.lines):len(f.lines)], more.Lines...)
	f.lines = slices.Clone(f.lines[max(len(f.lines)-tailLines, 0):])
	f.outlook.Log = nil
	for _, l := range slices.Concat(f.lines, more.Open) {
		if !color {
			l.Text = ansi.Strip(l.Text)
		}
		f.outlook.Log = append(f.outlook.Log, l.Text)
	}
	return f
}
