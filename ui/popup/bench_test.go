package popup

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/logtext"
	"berth/ui/output"
)

// benchmarkKey measures one key and the view after it, which must take less than a millisecond.
func benchmarkKey[T anyPopup[T]](b *testing.B, popup T) {
	popup, _ = popup.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	for n := 0; b.Loop(); n++ {
		popup, _ = popup.Update(press([]string{"down", "up"}[n/50%2]))
		popup.View(120, 40)
	}
}

func BenchmarkPortsKey(b *testing.B) {
	benchmarkKey(b, NewPorts(context.Background(), testLook(b), fakeListener{}, testFleet(), 1064))
}

func BenchmarkHistoryKey(b *testing.B) {
	h := NewHistory(context.Background(), testLook(b), &chronicle{})
	var events []model.Event
	for n := range historyLines {
		events = append(events, model.Event{At: start.Add(time.Duration(n) * time.Minute), Actor: "maria", Instance: 1012, Verb: "start", Detail: strings.Repeat("word ", 12)})
	}
	h, _ = h.Update(answer[[]model.Event]{tag: h.tag, value: events})
	benchmarkKey(b, h)
}

func BenchmarkLogsKey(b *testing.B) {
	l := NewLogs(context.Background(), testLook(b), newRecorder(), testFleet(), 1012)
	lines := make([]logtext.Line, logtext.MostLines)
	for n := range lines {
		lines[n] = logtext.Line{At: "03-14 15:09:26", Text: "\x1b[32m" + strings.Repeat("loss 0.1 ", 30) + "\x1b[m"}
	}
	l, _ = l.Update(output.Lines{Tag: l.stream.Tag, Lines: lines})
	benchmarkKey(b, l)
}
