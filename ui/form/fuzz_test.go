package form

import (
	"math/rand/v2"
	"testing"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// fuzzKeys maps a byte of a fuzzed sequence to a key. The other bytes are typed as they are.
var fuzzKeys = []string{
	"enter", "tab", "shift+tab", "esc", "up", "down", "left", "right", "home", "end", "pgup", "pgdown", "backspace",
	"delete", "space", "ctrl+s", "ctrl+n", "ctrl+p", "ctrl+u", "ctrl+k", "ctrl+w", "ctrl+a", "ctrl+e", "alt+b", "alt+f",
	"alt+1", "alt+2", "alt+3", "alt+4", "alt+5", "alt+6", "alt+7", "f1", "shift+left", "shift+right", "alt+backspace",
}

// keyOf returns the message for a byte.
func keyOf(t testing.TB, b byte) tea.Msg {
	switch {
	case int(b) < len(fuzzKeys):
		return keyNamed(t, fuzzKeys[b])
	case b < 0x7f:
		return typedKey(rune(b))
	case b < 0x90:
		return tea.PasteMsg{Content: "-e A='1\n\t2' -p 9000-9003 \"\r\n漢字 é\x1b[31m"}
	}
	return typedKey([]rune("é漢😀\u0301\u200d")[int(b)%5])
}

// Whatever is pressed, nothing panics, the view keeps its size, and a submitted order is valid.
func FuzzKeys(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0}, uint8(80), uint8(24))
	f.Add([]byte("\x1c-e A=b\x01\x01C=d\x80\x01\x01\x01\x01700\x0f\x00"), uint8(60), uint8(16))
	f.Add([]byte("\x1als -la\x00\x80\x04\x04\x05\x91\x0c\x03\x00\x00"), uint8(120), uint8(40))
	f.Add([]byte("\x1a1\x01\x07\x02 \x05 \x05 \x05\x05 \x19\x05\x05y\x0f\x0by"), uint8(3), uint8(2))
	f.Fuzz(func(t *testing.T, keys []byte, w, h uint8) {
		if len(keys) > 200 {
			keys = keys[:200]
		}
		form := New(inputs(), plainTheme(t))
		for i, b := range keys {
			var cmd tea.Cmd
			form, cmd = form.Update(keyOf(t, b))
			if i%16 == 15 {
				form = form.WithCapacity(machine())
			}
			for _, msg := range fuzzMessages(cmd) {
				if s, ok := msg.(Submitted); ok {
					if faults := s.Order.Validate(machine()); len(faults) > 0 {
						t.Fatalf("launched with %v", faults)
					}
					form = form.WithFailure(model.Faults{{Field: "disk", Reason: "no"}})
				}
			}
			fits(t, form.View(int(w), int(h)), int(w), int(h))
		}
		if w > 0 && h > 0 {
			fits(t, form.View(80, 24), 80, 24)
		}
	})
}

// fuzzMessages runs a command, except the editor's, which would write a file.
func fuzzMessages(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	msg := cmd()
	if ready, ok := msg.(scriptReady); ok {
		ready.discard()
	}
	return []tea.Msg{msg}
}

// The rows and the line are two views of the same options. Converting either to the other must lose nothing.
func FuzzOptionViews(f *testing.F) {
	f.Add(`-e TEST="a b" -p 8081:8081 -p 8082/udp -p 70000:70000 -h box`)
	f.Add("--env A=$'x' --publish=9000-9010:9000-9010/udp -hname")
	f.Add("-e A=1 -e A=2 -e 'B=two\nlines\tand a tab'")
	f.Fuzz(func(t *testing.T, line string) {
		want, err := model.ParseOptions(line)
		if err != nil {
			return // rows show only what can be parsed; a faulty line stays a line
		}
		s := newOptionsStep()
		s.load(model.Order{Options: line})
		got, err := model.ParseOptions(s.written())
		if err != nil || !sameOptions(got, want) {
			t.Errorf("the line %q became the rows of %q: %v", line, s.written(), err)
		}
	})
}

// FuzzOptionRows types rows that may be invalid. Going to the line and back must not lose them.
func FuzzOptionRows(f *testing.F) {
	f.Add("A=b c", "8081", "host")
	f.Add("-x", "--privileged", "-h")
	f.Add("no equals sign", "abc", "bad_host")
	f.Add("=x", "9000-9010", "a b")
	f.Fuzz(func(t *testing.T, variable, port, host string) {
		s := newOptionsStep()
		s.load(model.Order{})
		s.vars[0].set(variable)
		s.ports[0].set(port)
		s.host.set(host)
		s.sync(1)
		words, err := model.SplitWords(s.line.value())
		if err != nil {
			t.Fatalf("the rows %q %q %q became %q, which can't be read: %v", variable, port, host, s.line.value(), err)
		}
		if options, err := model.ParseOptions(s.line.value()); err == nil {
			s.readLine()
			if again, err := model.ParseOptions(s.written()); err != nil || !sameOptions(options, again) {
				t.Errorf("%q read back as %q", words, s.written())
			}
		}
	})
}

func sameOptions(a, b model.Options) bool { return a.String() == b.String() }

// Long random walks through the form, the same at each run.
func TestRandomKeysKeepTheView(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	for range walks {
		form := New(inputs(), plainTheme(t))
		list := NewTemplates(inputs(), plainTheme(t))
		var pressed []byte
		for range 60 {
			b := byte(chance.IntN(256))
			if chance.IntN(2) == 0 {
				b = byte(chance.IntN(len(fuzzKeys)))
			}
			pressed = append(pressed, b)
			var cmd tea.Cmd
			form, cmd = form.Update(keyOf(t, b))
			fuzzMessages(cmd)
			list, cmd = list.Update(keyOf(t, b))
			fuzzMessages(cmd)
			size := sizes[chance.IntN(len(sizes))]
			fits(t, form.View(size.w, size.h), size.w, size.h)
			fits(t, list.View(size.w, size.h), size.w, size.h)
			if t.Failed() {
				t.Fatalf("after the keys %v", pressed)
			}
		}
	}
}

const walks = 20
