package popup

import (
	"context"
	"strconv"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// listenEvery is how often an open popup asks which ports are listened on. Each call reads the tables of the instance's
// network namespace, so a closed popup doesn't ask.
const listenEvery = 2 * time.Second

// A Listener reports which of an instance's ports a process inside listens on.
type Listener interface {
	Listening(ctx context.Context, id model.InstanceID) (map[model.Port]bool, error)
}

// Ports is the popup IP Port Info: one line for each port, always current, and the ways in below.
type Ports struct {
	sheet
	ctx context.Context // ends with the popup
	out Listener
	tag tag

	id     model.InstanceID
	fleet  model.Fleet
	listen map[model.Port]bool
	failed string // why it isn't known which ports are listened on
	qr     bool
}

// NewPorts opens IP Port Info of one instance.
func NewPorts(ctx context.Context, look Look, out Listener, f model.Fleet, id model.InstanceID) Ports {
	return Ports{sheet: newSheet(look), ctx: ctx, out: out, tag: newTag(), id: id, fleet: f}
}

// Init asks for the first time which ports are listened on.
func (p Ports) Init() tea.Cmd { return p.askIfRunning() }

// WithFleet returns the popup with a newer fleet.
func (p Ports) WithFleet(f model.Fleet) Ports {
	p.fleet = f
	return p
}

// ask asks once which ports are listened on.
func (p Ports) ask() tea.Cmd {
	out, id := p.out, p.id
	return ask(p.ctx, p.tag, func(ctx context.Context) (map[model.Port]bool, error) { return out.Listening(ctx, id) })
}

// askIfRunning asks again. It doesn't ask if the instance doesn't run, since nothing listens then.
func (p Ports) askIfRunning() tea.Cmd {
	if i, _ := p.fleet.Instance(p.id); !runs(i) {
		return pollAfter(p.tag, listenEvery)
	}
	return p.ask()
}

// runs reports whether an instance's container runs.
func runs(i model.Instance) bool {
	return i.Phase == model.PhaseRunning || i.Phase == model.PhaseConnecting
}

// Update handles keys and answers.
func (p Ports) Update(msg tea.Msg) (Ports, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.size = size{msg.Width, msg.Height}
	case answer[map[model.Port]bool]:
		if msg.tag == p.tag {
			p.listen, p.failed = msg.value, reason(msg.err)
			return p, pollAfter(p.tag, listenEvery)
		}
	case pollDue:
		if msg.tag == p.tag {
			return p, p.askIfRunning()
		}
	case portTested:
		if msg.tag == p.tag {
			p.result = msg.result
		}
	case tea.KeyPressMsg:
		return p.press(msg)
	}
	return p, nil
}

func (p Ports) press(msg tea.KeyPressMsg) (Ports, tea.Cmd) {
	k := p.look.Keys
	if p.qr && key.Matches(msg, k.Close, k.QR) {
		p.qr = false
		return p, nil
	}
	switch {
	case key.Matches(msg, k.Test):
		return p.test()
	case key.Matches(msg, k.QR):
		p.qr = true
		return p, nil
	case key.Matches(msg, k.Connect):
		return p, emit(Run{"connect"})
	}
	var cmd tea.Cmd
	p.sheet, cmd = p.take(msg, p.page(inner(p.size.w)))
	return p, cmd
}

// test connects to the selected port from this machine.
func (p Ports) test() (Ports, tea.Cmd) {
	port, ok := p.selectedPort()
	switch {
	case !ok:
		p.result = result{"choose a port's line to test it", true}
		return p, nil
	case port.External == 0:
		p.result = result{"this port has no number yet", true}
		return p, nil
	}
	p.result = result{text: "connecting to " + model.PortLine(p.fleet.HostOf(p.id).PublicIP, port) + " " + p.look.Theme.Ellipsis}
	return p, dialCmd(p.ctx, p.tag, p.fleet.HostOf(p.id).PublicIP, port)
}

// selectedPort returns the port whose line is selected.
func (p Ports) selectedPort() (model.Port, bool) {
	i, _ := p.fleet.Instance(p.id)
	it, _ := p.list.Selected(p.page(inner(p.size.w)).items)
	for _, port := range i.Plan.Ports {
		if portKey(port) == it.Key {
			return port, true
		}
	}
	return model.Port{}, false
}

func portKey(p model.Port) string { return string(p.Protocol) + strconv.Itoa(p.Asked) }
