package ui_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"

	"berth/model"
	"berth/ui"
	"berth/ui/uitest"
)

// sizes lists the screen sizes at which every key is typed: without and with the lower half.
var sizes = [][2]int{{80, 24}, {120, 40}}

// sequences maps keys without a character of their own to the bytes that a terminal sends.
var sequences = map[string]string{
	"enter": "\r", "esc": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ", "up": "\x1b[A", "down": "\x1b[B",
	"right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~",
	"delete": "\x1b[3~", "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~",
	"f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~",
}

// bytesOf returns the bytes that a terminal sends for a key.
func bytesOf(t *testing.T, name string) string {
	t.Helper()
	if s, ok := sequences[name]; ok {
		return s
	}
	if letter, ok := strings.CutPrefix(name, "ctrl+"); ok && len(letter) == 1 {
		return string(rune(letter[0] & 0x1f))
	}
	if letter, ok := strings.CutPrefix(name, "alt+"); ok {
		return uitest.Escape + letter
	}
	if len(name) != 1 {
		t.Fatalf("what a terminal sends for %q isn't known here", name)
	}
	return name
}

// looks returns what the terminal shows, with colours.
func (s *screen) looks() (looks string) {
	s.Look(func(e *vt.Emulator) { looks = e.Render() })
	return looks
}

// changed types a key and reports whether the screen changed.
func (s *screen) changed(key string) bool {
	s.T.Helper()
	before := s.looks()
	typed(s.T, s, key)
	const wait = 2 * time.Second
	for began := time.Now(); time.Since(began) < wait; time.Sleep(5 * time.Millisecond) {
		if s.looks() != before {
			return true
		}
	}
	return false
}

// answers types a key and fails the test if the screen doesn't change.
func (s *screen) answers(key string) {
	s.T.Helper()
	if !s.changed(bytesOf(s.T, key)) {
		s.T.Errorf("%s: nothing on the screen answers:\n%s", key, s.Text())
	}
}

// atHome reports whether the main screen is shown without an overlay.
func (s *screen) atHome() bool {
	text := s.Text()
	return strings.Contains(text, "INSTANCES") && strings.Contains(text, "? help") && !strings.ContainsAny(text, "╭╰")
}

// leaves types Esc until the main screen is back: out of a search, a field, the question about changes, and the view
// itself.
func (s *screen) leaves(key string) {
	s.T.Helper()
	const most = 6
	for range most {
		s.Settle(quiet)
		if s.atHome() {
			s.Settle(2 * quiet) // what the key opens from here may come a frame later
			if s.atHome() {
				return
			}
		}
		way := uitest.Escape
		switch text := s.Text(); {
		case strings.Contains(text, "Enter ends it"): // the shell of this machine has the terminal
			way = uitest.Enter
		case strings.Contains(text, "[y] drop"):
			way = "y"
		}
		s.changed(way)
	}
	s.T.Fatalf("%s: Esc doesn't lead back:\n%s", key, s.Text())
}

// This types every key of the key map on the main screen. A new key must change the screen with an instance selected,
// or needs a row here.
func TestEveryKeyOfTheMainScreenAnswersOnATerminal(t *testing.T) {
	from := map[string]string{ // what is typed before, if the key needs another place
		"down": "g", "page-down": "g", "last": "g", "instances": "1", "back": "1\r",
	}
	apart := map[string]bool{"quit": true, "suspend": true} // these keys leave the screen
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%d×%d", size[0], size[1]), func(t *testing.T) {
			s := start(t, uitest.New(uitest.Fleet(8, 30)), size[0], size[1])
			s.Sees("C.1038")
			for _, row := range ui.MainKeys() {
				for _, key := range row.Keys {
					if apart[row.Word] {
						continue
					}
					s.Keys("2", "G", from[row.Word])
					s.Settle(atRest / 2)
					s.answers(key)
					s.leaves(key)
				}
			}
		})
	}
}

func TestEveryKeyThatQuitsDoes(t *testing.T) {
	for _, row := range ui.MainKeys() {
		if row.Word != "quit" {
			continue
		}
		for _, key := range row.Keys {
			s := start(t, uitest.New(uitest.Fleet(8, 9)), 80, 24)
			s.Sees("C.1009")
			typed(t, s, bytesOf(t, key))
			select {
			case err := <-s.ended:
				s.ended <- err
			case <-time.After(time.Minute):
				t.Errorf("%s doesn't quit", key)
			}
		}
	}
}

// A place is where a key within an overlay is typed: the keys that open the overlay, a text that the overlay shows, what
// is typed there before the key, and a text that shows then.
type place struct{ open, shows, before, then string }

// everyKeyWithin types all keys of a table, each in its place.
func everyKeyWithin(t *testing.T, table []ui.KeyRow, placeOf func(ui.KeyRow) (place, bool)) {
	t.Helper()
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%d×%d", size[0], size[1]), func(t *testing.T) {
			m := uitest.New(uitest.Fleet(8, 9))
			if err := m.SetVar(t.Context(), model.Var{Name: "A_VARIABLE", Value: "1"}); err != nil {
				t.Fatal(err)
			}
			s := start(t, m, size[0], size[1])
			s.Sees("C.1009")
			s.Keys("G")
			for _, row := range table {
				p, known := placeOf(row)
				if !known {
					t.Errorf("where %s (%s) is typed isn't said here", row.Word, row.Where)
					continue
				}
				for _, key := range row.Keys {
					s.Keys(p.open)
					s.Sees(p.shows)
					if p.before != "" {
						s.Keys(p.before)
						s.Sees(p.then)
					}
					s.Settle(quiet)
					s.answers(key)
					s.leaves(row.Word + ", " + key)
				}
			}
		})
	}
}

func TestEveryKeyOfPopupsAnswersOnATerminal(t *testing.T) {
	ports, logs, account := place{open: "p", shows: "-> 22/tcp"}, place{open: "l", shows: "step 199"}, place{open: "a", shows: "A_VARIABLE"}
	removal := place{"a", "A_VARIABLE", "d", "Remove A_VARIABLE?"}
	top := place{logs.open, logs.shows, "g", ""}
	of := map[string]place{
		"all popups": logs, "lists": ports, "logs": logs, "ports": ports, "logs, history": logs, "logs, account": logs,
		"account, history, usage": account, "account": account,
		"connect": {open: "c", shows: "Connect"}, "open": {open: "b", shows: "Open"},
	}
	but := map[string]place{
		"left": removal, "right": removal, "follow": top, "down": top, "page-down": top, "last": top,
	}
	everyKeyWithin(t, ui.PopupKeys(), func(r ui.KeyRow) (place, bool) {
		if p, apart := but[r.Word]; apart {
			return p, true
		}
		p, known := of[r.Where]
		return p, known
	})
}

func TestEveryKeyOfTheFormAnswersOnATerminal(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("echo from the editor\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VISUAL", "cp "+script)
	but := map[string]string{"step-1": toStep("3"), "previous-step": toStep("3"), "editor": toStep("7")}
	everyKeyWithin(t, ui.FormKeys(), func(r ui.KeyRow) (place, bool) {
		return place{open: "n", shows: "New instance", before: but[r.Word]}, true
	})
}

func TestEveryKeyOfTheTemplatesAnswersOnATerminal(t *testing.T) {
	everyKeyWithin(t, ui.TemplateKeys(), func(ui.KeyRow) (place, bool) { return place{open: "t", shows: "Templates"}, true })
}

// Help and the palette are menus. Their keys are in no table: they move, search and close.
func TestEveryKeyOfMenusAnswersOnATerminal(t *testing.T) {
	var rows []ui.KeyRow
	for _, key := range []string{"down", "up", "pgdown", "pgup", "ctrl+n", "ctrl+p", "a", "enter", "esc"} {
		rows = append(rows, ui.KeyRow{Where: "a menu", Word: key, Keys: []string{key}})
	}
	for _, menu := range []place{{"?", "Help", "\x1b[B\x1b[B", ""}, {":", "Go to", "\x1b[B\x1b[B", ""}} {
		everyKeyWithin(t, rows, func(ui.KeyRow) (place, bool) { return menu, true })
	}
}
