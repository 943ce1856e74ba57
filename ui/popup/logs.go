package popup

import (
	"context"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/logtext"
	"berth/ui/output"
)

// Logs is the popup that follows an instance's output: that of its container or of its on-start script.
type Logs struct {
	look Look
	size size
	ctx  context.Context // ends with the popup
	out  output.Source
	tag  tag // of answers that aren't the stream's

	id      model.InstanceID
	fleet   model.Fleet
	onStart bool

	stream  output.Stream
	pager   logtext.Pager
	started time.Time // when the container of this stream was started
	ended   bool
	failed  string // why the stream ended
	ask     logAsk
	field   kit.Line
	result  result
}

// A logAsk is the purpose of the field at the bottom.
type logAsk int

const (
	askNothing logAsk = iota
	askFind
	askSave
)

// gatherInterval is how long lines, or the progress of a copy, are collected before they are shown. Otherwise a program
// that writes a thousand lines a second would repaint the screen a thousand times.
const gatherInterval = 60 * time.Millisecond

// restartEvery is how often the popup checks, after an output has ended, whether the container was started again.
const restartEvery = time.Second

// NewLogs opens the output of one instance.
func NewLogs(ctx context.Context, look Look, out output.Source, f model.Fleet, id model.InstanceID) Logs {
	l := Logs{look: look, size: usual, ctx: ctx, out: out, tag: newTag(), id: id, fleet: f, pager: logtext.Pager{Wrap: true}}
	return l.fresh()
}

// Init begins to follow the container's output.
func (l Logs) Init() tea.Cmd { return l.stream.Start(l.out, l.id, l.request(logtext.MostLines, true)) }

// WithFleet returns the popup with a newer fleet.
func (l Logs) WithFleet(f model.Fleet) Logs {
	l.fleet = f
	return l
}

// reopened reads the output again from its beginning, as far back as the engine has it.
func (l Logs) reopened() (Logs, tea.Cmd) {
	l.stream.Cancel()
	l = l.fresh()
	return l, l.Init()
}

// restarted reads the output again if the container was started after the output ended, unless the user has scrolled
// up. Otherwise it checks again later.
func (l Logs) restarted() (Logs, tea.Cmd) {
	if i, _ := l.fleet.Instance(l.id); i.StartedAt.After(l.started) && l.pager.Follow {
		return l.reopened()
	}
	return l, pollAfter(tag(l.stream.Tag), restartEvery)
}

// fresh returns the popup before the first line.
func (l Logs) fresh() Logs {
	i, _ := l.fleet.Instance(l.id)
	l.started, l.ended, l.failed = i.StartedAt, false, ""
	l.pager = l.pager.Emptied()
	l.stream = output.New(l.ctx, gatherInterval)
	return l
}

// request returns a request for that many of the last lines; 0 means all. It always asks for timestamps, shown or not,
// so that the t key needn't read everything again.
func (l Logs) request(tail int, follow bool) model.LogRequest {
	return model.LogRequest{OnStart: l.onStart, Follow: follow, Tail: tail, Timestamps: !l.onStart}
}

// Update handles keys, pasted text and the messages of the stream.
func (l Logs) Update(msg tea.Msg) (Logs, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		l.size = size{msg.Width, msg.Height}
	case output.Lines:
		if msg.Tag == l.stream.Tag {
			l.pager = l.pager.With(msg.Lines, msg.Open)
			if l.result == notFound { // it may be among these
				l = l.find(1)
			}
			return l, l.stream.Next()
		}
	case output.Ended:
		if msg.Tag == l.stream.Tag {
			l.ended, l.failed = true, reason(msg.Err)
			return l, pollAfter(tag(l.stream.Tag), restartEvery)
		}
	case pollDue:
		if msg.tag == tag(l.stream.Tag) {
			return l.restarted()
		}
	case saveResult:
		if msg.tag == l.tag {
			l.result = msg.result
			return l, emit(Toast{l.result.text, l.result.failed})
		}
	case tea.PasteMsg:
		l.field = l.field.Update(msg)
	case tea.KeyPressMsg:
		if l.ask != askNothing {
			return l.typed(msg)
		}
		return l.press(msg)
	}
	return l, nil
}

// typed handles a key while the field has the focus.
func (l Logs) typed(msg tea.KeyPressMsg) (Logs, tea.Cmd) {
	switch msg.Keystroke() {
	case "esc":
		l.ask = askNothing
		return l, nil
	case "enter":
		ask := l.ask
		l.ask = askNothing
		if ask == askSave {
			return l.save(l.field.Value())
		}
		l.pager = l.pager.Search(l.field.Value())
		return l.find(1), nil
	}
	l.field = l.field.Update(msg)
	return l, nil
}

func (l Logs) press(msg tea.KeyPressMsg) (Logs, tea.Cmd) {
	k, th := l.look.Keys, l.look.Theme
	l.result = result{}
	switch {
	case key.Matches(msg, k.Close):
		l.stream.Cancel()
		return l, emit(Close{})
	case key.Matches(msg, k.Tab):
		l.onStart = !l.onStart
		return l.reopened()
	case key.Matches(msg, k.Refresh):
		return l.reopened()
	case key.Matches(msg, k.Find):
		l.ask, l.field = askFind, kit.NewLine(th, "/", "", 200)
	case key.Matches(msg, k.Log.Save):
		l.ask, l.field = askSave, kit.NewLine(th, "save to: ", l.fileName(), 4096)
	case key.Matches(msg, k.Log.Next):
		return l.find(1), nil
	case key.Matches(msg, k.Log.Prev):
		return l.find(-1), nil
	case key.Matches(msg, k.Log.Follow):
		l.pager.Follow = true
	case key.Matches(msg, k.Log.Wrap):
		l.pager = l.pager.Wrapping()
	case key.Matches(msg, k.Log.Stamps):
		l.pager.Stamped = !l.pager.Stamped
	case key.Matches(msg, k.Copy):
		return l.copy()
	default:
		l = l.scrolled(msg)
	}
	return l, nil
}
