package ui

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/terminal"
	"berth/ui/theme"
	"berth/ui/uitest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A play runs the App without a terminal. Keys go in, lines come out, and commands run as in the program.
type play struct {
	t    *testing.T
	app  tea.Model
	msgs chan tea.Msg
	// machine is the Backend of the App.
	machine Backend
	// emitted has the messages for the owner of the terminal.
	emitted []tea.Msg
	quit    bool
}

// played starts the App on a machine, in w × h cells.
func played(t *testing.T, m Backend, w, h int, change func(*Options)) *play {
	t.Helper()
	th, err := theme.New(theme.Options{Color: "never", Env: []string{"LANG=C.UTF-8", "TERM=xterm"}})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Theme: th, User: "you", Clock: func() time.Time { return uitest.Now }}
	if change != nil {
		change(&o)
	}
	app, err := New(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	p := &play{t: t, app: app, machine: m, msgs: make(chan tea.Msg, 100)}
	p.run(app.Init())
	p.tell(tea.WindowSizeMsg{Width: w, Height: h})
	p.settle()
	return p
}

// run runs a command in the background.
func (p *play) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		switch msg := cmd().(type) {
		case nil, tickMsg:
		case tea.BatchMsg:
			for _, c := range msg {
				p.run(c)
			}
		default:
			p.msgs <- msg
		}
	}()
}

// tell sends the App one message and reports whether that started a command.
func (p *play) tell(msg tea.Msg) (busy bool) {
	switch msg.(type) {
	case terminal.Copy, terminal.Notify, terminal.Set:
		p.emitted = append(p.emitted, msg)
		return false
	case tea.QuitMsg:
		p.quit = true
		return false
	}
	var cmd tea.Cmd
	p.app, cmd = p.app.Update(msg)
	p.run(cmd)
	return cmd != nil
}

// settle handles messages until no command sends more and the lower half shows the selection.
func (p *play) settle() {
	const usual, slow = 40 * time.Millisecond, 3 * time.Second // slow: for messages that must come
	for {
		quiet := usual
		if p.awaits() {
			quiet = slow
		}
		select {
		case msg := <-p.msgs:
			p.tell(msg)
		case <-time.After(quiet):
			return
		}
	}
}

// awaits reports whether a message must still come: the first fleet, or for the lower half the selection, the listening
// ports or the output.
func (p *play) awaits() bool {
	a, ok := p.app.(App)
	if !ok {
		return false
	}
	f := a.following
	_, written := p.machine.(*uitest.Backend) // other Backends write output when the test tells them
	return a.scene.Fleet.At.IsZero() || f.wanted != f.shown || f.looked.runs && f.outlook.Listening == nil || written && f.looked.id != 0 && f.outlook.Log == nil
}

// press types keys by name: j, enter, ctrl+s, or "text:…" for letters.
func (p *play) press(keys ...string) *play {
	for _, key := range keys {
		if text, ok := strings.CutPrefix(key, "text:"); ok {
			for _, r := range text {
				p.tell(tea.KeyPressMsg{Code: r, Text: string(r)})
			}
			continue
		}
		if p.tell(keyPress(key)) {
			p.settle()
		}
	}
	return p
}

// keyPress returns the key press for a name in the key map.
func keyPress(name string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown,
		"tab": tea.KeyTab, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "left": tea.KeyLeft, "right": tea.KeyRight,
		"home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace}
	mod := tea.KeyMod(0)
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		mod, name = tea.ModCtrl, rest
	}
	if rest, ok := strings.CutPrefix(name, "shift+"); ok {
		mod, name = tea.ModShift, rest
	}
	if rest, ok := strings.CutPrefix(name, "alt+"); ok {
		mod, name = tea.ModAlt, rest
	}
	switch code, ok := special[name]; {
	case ok:
		return tea.KeyPressMsg{Code: code, Mod: mod}
	case name == "space":
		return tea.KeyPressMsg{Code: ' ', Text: " "}
	case mod != 0:
		return tea.KeyPressMsg{Code: rune(name[0]), Mod: mod}
	case len(name) > 1 && name[0] == 'f':
		return tea.KeyPressMsg{Code: tea.KeyF1 + rune(name[1]-'1')}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// text returns the screen without styles.
func (p *play) text() string { return ansi.Strip(p.app.View().Content) }

// shows fails the test unless the screen contains each text.
func (p *play) shows(texts ...string) *play {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.text(), text) {
			p.t.Errorf("no %q on\n%s", text, p.text())
		}
	}
	return p
}

// comes waits for each text, and fails the test after a timeout.
func (p *play) comes(texts ...string) {
	p.t.Helper()
	missing := func(text string) bool { return !strings.Contains(p.text(), text) }
	for began := time.Now(); slices.ContainsFunc(texts, missing) && time.Since(began) < 5*time.Second; {
		p.settle()
	}
	p.shows(texts...)
}

// hides fails the test if the screen contains the text.
func (p *play) hides(text string) *play {
	p.t.Helper()
	if strings.Contains(p.text(), text) {
		p.t.Errorf("%q on\n%s", text, p.text())
	}
	return p
}

// golden compares the screen with a golden file.
func (p *play) golden(name string) {
	p.t.Helper()
	p.goldenOf(name, p.text())
}

// goldenOf compares a text with a golden file.
func (p *play) goldenOf(name, text string) {
	p.t.Helper()
	path := filepath.Join("testdata", name+".golden")
	got := text + "\n"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	if got != string(want) {
		p.t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

// fleetWith returns a machine with the usual fleet, changed by a function.
func fleetWith(devices, instances int, change func(*model.Fleet)) *uitest.Backend {
	f := uitest.Fleet(devices, instances)
	if change != nil {
		change(&f)
	}
	return uitest.New(f)
}
