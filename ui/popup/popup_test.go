package popup

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/theme"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	time.Local = time.UTC // golden views show times of day
	flag.Parse()
	os.Exit(m.Run())
}

// anyPopup is the shape of all popups.
type anyPopup[T any] interface {
	Init() tea.Cmd
	Update(tea.Msg) (T, tea.Cmd)
	View(w, h int) string
	WithFleet(model.Fleet) T
}

var (
	_ anyPopup[Ports]    = Ports{}
	_ anyPopup[Connect]  = Connect{}
	_ anyPopup[Open]     = Open{}
	_ anyPopup[Logs]     = Logs{}
	_ anyPopup[Account]  = Account{}
	_ anyPopup[History]  = History{}
	_ anyPopup[Usage]    = Usage{}
	_ anyPopup[Listing]  = Listing{}
	_ anyPopup[Transfer] = Transfer{}
)

func lookWith(t testing.TB, o theme.Options) Look {
	t.Helper()
	th, err := theme.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return Look{th, DefaultKeys()}
}

func testLook(t testing.TB) Look {
	return lookWith(t, theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8", "TERM=xterm"}})
}

// press returns the message of a key, by the name that the terminal gives it.
func press(name string) tea.KeyPressMsg {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp,
		"down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete}
	if code, ok := codes[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// inBubble runs a test with a clock of its own, which advances when all goroutines wait. So ticks and streams take no
// time and always answer in the same order.
func inBubble(t *testing.T, body func(t *testing.T)) {
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(time.Minute) // lets ticks that nobody waits for pass
		body(t)
	})
}

// A bench drives a popup as the program does: it runs commands and passes their answers back. It leaves ticks out, so
// that it comes to rest. It records the messages for the opener.
type bench[T anyPopup[T]] struct {
	t       testing.TB
	popup   T
	emitted []tea.Msg
}

func drive[T anyPopup[T]](t testing.TB, popup T, keys ...string) *bench[T] {
	t.Helper()
	b := &bench[T]{t: t, popup: popup}
	b.run(popup.Init())
	b.keys(keys...)
	return b
}

func (b *bench[T]) send(msg tea.Msg) {
	var cmd tea.Cmd
	b.popup, cmd = b.popup.Update(msg)
	b.run(cmd)
}

func (b *bench[T]) keys(names ...string) {
	for _, name := range names {
		b.send(press(name))
	}
}

// text types a text letter by letter.
func (b *bench[T]) text(s string) {
	for _, r := range s {
		b.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// run runs a command, unless it takes long, as ticks and open streams do.
func (b *bench[T]) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	select {
	case msg := <-done:
		b.take(msg)
	case <-time.After(150 * time.Millisecond):
	}
}

func (b *bench[T]) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil, pollDue:
	case tea.BatchMsg:
		for _, cmd := range msg {
			b.run(cmd)
		}
	case Close, Copy, Toast, Run:
		b.emitted = append(b.emitted, msg)
	default:
		b.send(msg)
	}
}

// emits checks the last message to the popup's opener.
func (b *bench[T]) emits(want tea.Msg) {
	b.t.Helper()
	if len(b.emitted) == 0 || !reflect.DeepEqual(b.emitted[len(b.emitted)-1], want) {
		b.t.Errorf("emitted %#v, want %#v last", b.emitted, want)
	}
}

// shows checks that a text is on the screen at 120×40.
func (b *bench[T]) shows(want string) {
	b.t.Helper()
	if view := ansi.Strip(b.popup.View(120, 40)); !strings.Contains(view, want) {
		b.t.Errorf("not on the screen: %q\n%s", want, view)
	}
}

func (b *bench[T]) hides(unwanted string) {
	b.t.Helper()
	if view := ansi.Strip(b.popup.View(120, 40)); strings.Contains(view, unwanted) {
		b.t.Errorf("on the screen: %q\n%s", unwanted, view)
	}
}

// golden compares the popup's views at the three sizes with the golden files.
func (b *bench[T]) golden(name string) {
	b.t.Helper()
	for _, s := range []struct {
		name string
		size size
	}{{"60x16", size{60, 16}}, {"80x24", size{80, 24}}, {"120x40", size{120, 40}}} {
		b.send(tea.WindowSizeMsg{Width: s.size.w, Height: s.size.h})
		view := b.popup.View(s.size.w, s.size.h)
		fits(b.t, view, s.size.w, s.size.h)
		compare(b.t, filepath.Join("testdata", name+"-"+s.name+".golden"), ansi.Strip(view)+"\n")
	}
}

func compare(t testing.TB, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: go test -run %s -update writes it anew\ngot:\n%s\nwant:\n%s", file, t.Name(), got, want)
	}
}

// fits checks that a view stays inside its cells and that no colour is on at the end of a line.
func fits(t testing.TB, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) > h {
		t.Errorf("%d lines in %d×%d:\n%s", len(lines), w, h, view)
	}
	for _, l := range lines {
		if width := theme.Width(l); width > w {
			t.Errorf("a line of %d cells in %d×%d: %q", width, w, h, l)
		}
	}
}

var start = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// testFleet has an instance in jupyter mode (1012), a CPU instance without ports (1013), a stopped instance with a CJK
// label (1014) and one with 64 ports (1064).
func testFleet() model.Fleet {
	jupyter := model.Instance{
		ID: 1012, Owner: "maria", Label: "llama-ft", Phase: model.PhaseRunning, Intent: model.WantRunning,
		Order: model.Order{Image: "pytorch/pytorch", Mode: model.ModeJupyter, GPUs: 2}, StartedAt: start,
		Plan: model.Plan{
			Token: strings.Repeat("5eed", 16), Keys: []string{laptopKey},
			Env: []model.Var{{Name: "OPEN_BUTTON_PORT", Value: "8081"}},
			Ports: []model.Port{
				{Asked: 22, Internal: 22, External: 33522, Protocol: model.TCP, From: model.PortFromMode},
				{Asked: 8080, Internal: 8080, External: 33580, Protocol: model.TCP, From: model.PortFromMode},
				{Asked: 8081, Internal: 8081, External: 33526, Protocol: model.TCP, From: model.PortFromOptions},
				{Asked: 8082, Internal: 8082, External: 33527, Protocol: model.UDP, From: model.PortFromOptions},
				{Asked: 70000, Internal: 33528, External: 33528, Protocol: model.TCP, From: model.PortFromOptions},
				{Asked: 9000, Internal: 9000, Protocol: model.TCP, From: model.PortFromImage},
			},
		},
	}
	bare := model.Instance{ID: 1013, Owner: "you", Phase: model.PhaseRunning, Order: model.Order{Mode: model.ModeEntrypoint}}
	stopped := jupyter
	stopped.ID, stopped.Label, stopped.Phase = 1014, "訓練 実験 第二", model.PhaseStopped
	many := jupyter
	many.ID, many.Label, many.Plan.Ports = 1064, "many", nil
	for n := range model.MaxPorts {
		many.Plan.Ports = append(many.Plan.Ports, model.Port{Asked: 9000 + n, Internal: 9000 + n, External: 21000 + n, Protocol: model.TCP})
	}
	return model.Fleet{
		At:        start.Add(26 * time.Hour),
		Host:      model.Host{Name: "gpubox", PublicIP: "65.130.162.74"},
		Devices:   make([]model.Device, 8),
		Instances: []model.Instance{jupyter, bare, stopped, many},
	}
}

func background(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}
