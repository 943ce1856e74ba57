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

// How the lower half follows the selection.
const (
	// restDelay is how long the selection must rest before the lower half follows it. While the user moves through a
	// list quickly, only the list is redrawn, and the engine isn't asked for the output of each instance on the way.
	restDelay = 200 * time.Millisecond
	// firstLines and moreLines are how long output is collected before it is shown. The first lines appear almost at
	// once. After that the display changes at most once a second, however much is written.
	firstLines, moreLines = 50 * time.Millisecond, time.Second
	// tailLines is how many of the last lines are requested and kept. No lower half shows more.
	tailLines = 60
	// mostTail is how many bytes of output are read in that second at most.
	mostTail = 256 << 10
	// retryAfter is when reading the output is tried again after an error.
	retryAfter = 5 * time.Second
	// pastLines is how many events are read to find those of the shown instance, pastDelay how long after a change of
	// its phase: the keeper writes down what it did when it has done it.
	pastLines, pastDelay = 300, 300 * time.Millisecond
	// listenEvery is how often the listening ports are read. Each time the engine has to inspect one container. In the
	// first time after a start, youth, they are read each listenSoon, since the programs in it begin to listen then.
	listenEvery, listenSoon, youth = 5 * time.Second, time.Second, time.Minute
)

// A following is what the lower half shows, and the output and listening ports that are read for it. They are read only
// while the lower half is visible, and never for more than one instance.
type following struct {
	wanted  pane.Subject // the selection
	shown   pane.Subject // the subject on the screen; it follows the selection with a delay
	turn    int64        // counts the changes of the selection
	looked  looked
	young   bool // it was started not long ago
	dated   dated
	stream  output.Stream  // the output; its tag identifies all requests for this instance
	lines   []logtext.Line // complete lines; the slice is replaced, never changed
	outlook pane.Outlook
}

// looked is what is being read: an instance, during one of its runs.
type looked struct {
	id      model.InstanceID
	started time.Time
	runs    bool
}

// dated is the state of an instance at which its history was last read.
type dated struct {
	id      model.InstanceID
	phase   model.Phase
	message string
}

type (
	// restedMsg is sent restDelay after a change of the selection. It counts only if the turn is still the same.
	restedMsg struct{ turn int64 }
	// listeningMsg is the listening ports of an instance; nil if unknown.
	listeningMsg struct {
		tag  int64
		open map[model.Port]bool
	}
	// pastMsg is the history of an instance, newest last.
	pastMsg struct {
		id     model.InstanceID
		events []model.Event
	}
	// listenAgainMsg and readAgainMsg say that it is time to repeat a request.
	listenAgainMsg struct{ tag int64 }
	readAgainMsg   struct{ tag int64 }
)

// show makes the lower half show a subject, or none. It changes at once if nothing is to be shown or if the shown
// subject doesn't exist any more, otherwise once the selection rests.
func (f following) show(c calls, s pane.Scene, want pane.Subject) (following, tea.Cmd) {
	var cmd tea.Cmd
	if want != f.wanted {
		f.wanted, f.turn = want, f.turn+1
		turn := f.turn
		cmd = tea.Tick(restDelay, func(time.Time) tea.Msg { return restedMsg{turn} })
	}
	if want == (pane.Subject{}) || !f.shown.In(s.Fleet) {
		f.shown, cmd = want, nil
	}
	f, look := f.startReading(c, s.Fleet)
	f, past := f.readPast(c, s.Fleet)
	return f, tea.Batch(cmd, look, past)
}

// readPast reads the history of an instance without output, again at each change of its state. It is what there is to
// say about an instance that waits, loads, has failed or says nothing.
func (f following) readPast(c calls, fleet model.Fleet) (following, tea.Cmd) {
	now := dated{}
	if i, ok := fleet.Instance(f.shown.Instance); ok && len(f.outlook.Log) == 0 {
		now = dated{i.ID, i.Phase, i.Message}
	}
	if now == f.dated {
		return f, nil
	}
	f.dated = now
	if now.id == 0 {
		return f, nil
	}
	ctx, out := c.ctx, popup.Historian(c.machine)
	return f, tea.Tick(pastDelay, func(time.Time) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		events, _ := out.History(ctx, pastLines) // on an error the part below stays as it is
		events = slices.DeleteFunc(events, func(e model.Event) bool { return e.Instance != now.id })
		slices.SortStableFunc(events, func(a, b model.Event) int { return a.At.Compare(b.At) })
		return pastMsg{now.id, events}
	})
}

// startReading begins to read the shown instance and stops reading the previous one.
func (f following) startReading(c calls, fleet model.Fleet) (following, tea.Cmd) {
	now := looked{}
	if i, ok := fleet.Instance(f.shown.Instance); ok && i.Container != "" {
		now = looked{i.ID, i.StartedAt, i.Phase == model.PhaseRunning || i.Phase == model.PhaseConnecting}
		f.young = i.Phase == model.PhaseConnecting || fleet.At.Sub(i.StartedAt) < youth
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
	f.outlook = pane.Outlook{Of: now.id, Silence: "Nothing written yet.", Past: f.outlook.Past}
	f.stream = output.New(c.ctx, firstLines)
	f.stream.Most = mostTail
	read := f.stream.Start(c.machine, now.id, model.LogRequest{Follow: true, Tail: tailLines})
	if !now.runs {
		return f, read
	}
	return f, tea.Batch(read, f.listening(c.machine))
}

// listening returns a command that reads the listening ports of the shown instance once.
func (f following) listening(machine popup.Listener) tea.Cmd {
	ctx, tag, id := f.stream.Context, f.stream.Tag, f.looked.id
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		open, _ := machine.Listening(ctx, id) // on an error, such as missing permission, no signs are shown
		return listeningMsg{tag, open}
	}
}

// handle handles a message about the shown instance. A message about an instance that was shown before is ignored.
func (f following) handle(c calls, msg tea.Msg, color bool) (following, tea.Cmd) {
	switch msg := msg.(type) {
	case restedMsg:
		if msg.turn == f.turn {
			f.shown = f.wanted
		}
	case output.Lines:
		if msg.Tag == f.stream.Tag {
			f = f.appendOutput(msg, color)
			f.stream.Gather = moreLines
			return f, f.stream.Next()
		}
	case output.Ended:
		if msg.Tag == f.stream.Tag {
			return f.ended(msg.Err)
		}
	case readAgainMsg:
		if msg.tag == f.stream.Tag {
			f.looked = looked{} // so that startReading begins again
		}
	case pastMsg:
		if msg.id == f.outlook.Of {
			f.outlook.Past = msg.events
		}
	case listeningMsg:
		if msg.tag == f.stream.Tag {
			f.outlook.Listening = msg.open
			tag, wait := msg.tag, listenEvery
			if f.young {
				wait = listenSoon
			}
			return f, tea.Tick(wait, func(time.Time) tea.Msg { return listenAgainMsg{tag} })
		}
	case listenAgainMsg:
		if msg.tag == f.stream.Tag {
			return f, f.listening(c.machine)
		}
	}
	return f, nil
}

// ended shows why there is no more output. After an error it tries again later.
func (f following) ended(err error) (following, tea.Cmd) {
	if err == nil {
		f.outlook.Silence = "It wrote nothing."
		return f, nil
	}
	tag, wait := f.stream.Tag, retryAfter
	f.outlook.Silence = model.Said(err)
	if errors.Is(err, output.ErrFlood) {
		wait = moreLines
	}
	return f, tea.Tick(wait, func(time.Time) tea.Msg { return readAgainMsg{tag} })
}

// appendOutput adds output. An incomplete line is shown as far as it goes; it comes again when it is complete.
func (f following) appendOutput(more output.Lines, color bool) following {
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
