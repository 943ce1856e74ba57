package popup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// Transfer is the popup that copies files between an instance and this machine, or another instance. Closing it stops a
// running copy, after a question.
type Transfer struct {
	look Look
	size size
	ctx  context.Context // ends with the popup
	out  Copier
	dir  string // the folder in which the program was started

	id    model.InstanceID
	fleet model.Fleet
	ends
	run    *run
	stop   bool // the user is asked whether to stop
	result result
}

// NewTransfer opens the copy of one instance's data. dir is the folder in which the program was started.
func NewTransfer(ctx context.Context, look Look, out Copier, f model.Fleet, id model.InstanceID, dir string) Transfer {
	i, _ := f.Instance(id)
	return Transfer{look: look, size: usual, ctx: ctx, out: out, dir: dir, id: id, fleet: f, ends: newEnds(look.Theme, i, dir)}
}

// Into returns the popup set to copy into the instance, with the focus on the path to copy from.
func (t Transfer) Into() Transfer {
	t.at = lineThere
	return t.turned()
}

// turned reverses the direction of the copy.
func (t Transfer) turned() Transfer {
	i, _ := t.fleet.Instance(t.id)
	t.into = !t.into
	t.ends = t.proposed(t.look.Theme, i, t.others(), t.dir, true)
	return t
}

// Init does nothing.
func (t Transfer) Init() tea.Cmd { return nil }

// WithFleet returns the popup with a newer fleet.
func (t Transfer) WithFleet(f model.Fleet) Transfer {
	t.fleet = f
	others := t.others()
	if gone := !slices.ContainsFunc(others, func(o model.Instance) bool { return o.ID == t.with }); gone && t.with != 0 && t.run == nil {
		i, _ := f.Instance(t.id)
		t.with = 0
		t.ends = t.proposed(t.look.Theme, i, others, t.dir, false)
	}
	return t
}

// Update handles keys, pasted text and the messages of the copy.
func (t Transfer) Update(msg tea.Msg) (Transfer, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		t.size = size{msg.Width, msg.Height}
	case copyProgress:
		if t.run != nil && msg.tag == t.run.tag {
			now := *t.run
			now.now = msg.now
			t.run = &now
			return t, now.next()
		}
	case copyEnded:
		if t.run != nil && msg.tag == t.run.tag {
			return t.ended(msg)
		}
	case tea.PasteMsg:
		if t.run == nil {
			t.ends = t.write(msg)
		}
	case tea.KeyPressMsg:
		if t.run != nil {
			return t.decided(msg)
		}
		return t.press(msg)
	}
	return t, nil
}

// ended shows how a copy ended.
func (t Transfer) ended(msg copyEnded) (Transfer, tea.Cmd) {
	from, to := t.run.from, t.run.to
	t.run, t.stop = nil, false
	what := fmt.Sprintf("%s, %s", files(msg.now.Files), msg.now.Bytes)
	switch {
	case msg.err == nil:
		t.result = result{text: fmt.Sprintf("copied %s to %s: %s", from, to, what)}
	case errors.Is(msg.err, context.Canceled):
		t.result = result{"stopped; copied so far: " + what, true}
	default:
		t.result = result{"not copied: " + model.Said(msg.err), true}
	}
	return t, emit(Toast{t.result.text, t.result.failed})
}

// files returns a number of files in words.
func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

func (t Transfer) press(msg tea.KeyPressMsg) (Transfer, tea.Cmd) {
	t.result = result{}
	switch msg.String() {
	case "esc":
		return t, emit(Close{})
	case "enter":
		return t.begin()
	case "tab", "down":
		t.ends = t.moved(1)
		return t, nil
	case "shift+tab", "up":
		t.ends = t.moved(-1)
		return t, nil
	}
	if t.at == lineWay || t.at == lineWith {
		return t.chosen(msg.String()), nil
	}
	t.ends = t.write(msg)
	return t, nil
}

// chosen handles a key on one of the two lines with a choice.
func (t Transfer) chosen(key string) Transfer {
	by := map[string]int{"right": 1, "space": 1, "l": 1, "left": -1, "h": -1}[key]
	i, ok := t.fleet.Instance(t.id)
	if by == 0 || !ok {
		return t
	}
	if t.at == lineWay {
		return t.turned()
	}
	others, at := t.others(), 0 // 0: this machine
	for n, o := range others {
		if o.ID == t.with {
			at = n + 1
		}
	}
	if at = (at + by + len(others) + 1) % (len(others) + 1); at == 0 {
		t.with = 0
	} else {
		t.with = others[at-1].ID
	}
	t.ends = t.proposed(t.look.Theme, i, others, t.dir, false)
	return t
}

// others returns the instances that can be the other end: those that have a container, and so files.
func (t Transfer) others() []model.Instance {
	var out []model.Instance
	for _, i := range t.fleet.Instances {
		if i.ID != t.id && i.Container != "" {
			out = append(out, i)
		}
	}
	return out
}

// begin starts the copy, or moves the focus to the line with an error.
func (t Transfer) begin() (Transfer, tea.Cmd) {
	if i, ok := t.fleet.Instance(t.id); !ok || i.Container == "" {
		return t, nil
	}
	if line, reason := t.wrong(t.id); reason != "" {
		t.at = line
		return t, nil
	}
	from, to := t.places(t.id)
	t.run = newRun(t.ctx, from, to)
	return t, t.run.start(t.out)
}

// decided handles a key while a copy runs: the first Esc asks whether to stop.
func (t Transfer) decided(msg tea.KeyPressMsg) (Transfer, tea.Cmd) {
	switch key := msg.String(); {
	case !t.stop:
		t.stop = key == "esc"
	case key == "esc":
		t.stop = false
	case key == "enter", key == "y":
		t.stop = false
		t.run.cancel()
	}
	return t, nil
}
