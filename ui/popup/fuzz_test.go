package popup

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// A fakeLogs lets logs be followed but not saved: random keys must not write files.
type fakeLogs struct{ lines string }

func (p fakeLogs) Logs(_ context.Context, _ model.InstanceID, q model.LogRequest) (io.ReadCloser, error) {
	if !q.Follow {
		return nil, errors.New("not for saving")
	}
	return io.NopCloser(strings.NewReader(p.lines)), nil
}

// fuzzFleet is the test fleet with this machine's address, since random keys test ports.
func fuzzFleet() model.Fleet {
	f := testFleet()
	f.Host.PublicIP = "127.0.0.1"
	return f
}

// FuzzKeys checks that no popup panics or leaves its cells, whatever is pressed, pasted and resized.
func FuzzKeys(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, ascii bool) {
		inBubble(t, func(t *testing.T) {
			look := lookWith(t, theme.Options{Color: "always", ASCII: ascii, Env: []string{"LANG=C.UTF-8"}})
			ctx, fleet := background(t), fuzzFleet()
			out := "2026-03-14T15:09:26Z \x1b[31m訓練\rred\x1b[0m\t" + strings.Repeat("long 行 ", 200) + "\nplain\n\x1b[1mopen"
			monkey(t, seed, NewPorts(ctx, look, fakeListener{open: map[int]bool{22: true}}, fleet, 1012))
			monkey(t, seed, NewPorts(ctx, look, fakeListener{}, fleet, 1064))
			monkey(t, seed, NewConnect(look, fleet, 1012, testViewer, testCertificate))
			monkey(t, seed, NewOpen(look, func(string) error { return nil }, fleet, 1014, OpenDoor))
			monkey(t, seed, NewLogs(ctx, look, fakeLogs{out}, fleet, 1012))
			monkey(t, seed, NewAccount(ctx, look, newVault()))
			monkey(t, seed, NewHistory(ctx, look, &chronicle{events: testEvents()}))
			monkey(t, seed, NewUsage(ctx, look, &register{tenures: testTenures()}, fleet))
		})
	})
}

var monkeyKeys = strings.Fields("j k g G h l up down left right pgup pgdown home end enter enter esc tab / n N w t f S y Y Q q p c b r a d v " +
	"訓 1 = . backspace delete")

// monkey presses random keys in popups of random sizes.
func monkey[T anyPopup[T]](t *testing.T, seed uint64, popup T) {
	r := rand.New(rand.NewPCG(seed, 1))
	b := drive(t, popup)
	for range 60 {
		switch r.IntN(12) {
		case 0:
			b.send(tea.WindowSizeMsg{Width: r.IntN(140), Height: r.IntN(50)})
		case 1:
			b.send(tea.PasteMsg{Content: "A=訓練\x1b[2J\n" + laptopKey})
		case 2:
			b.popup = b.popup.WithFleet([]model.Fleet{{}, fuzzFleet()}[r.IntN(2)])
		default:
			b.keys(monkeyKeys[r.IntN(len(monkeyKeys))])
		}
		w, h := r.IntN(140), r.IntN(50)
		fits(t, b.popup.View(w, h), w, max(h, 1))
	}
}
