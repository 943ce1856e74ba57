package output

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// A fakeSource writes its text and then waits until it is closed.
type fakeSource struct{ text string }

func (s fakeSource) Logs(context.Context, model.InstanceID, model.LogRequest) (io.ReadCloser, error) {
	r, w := io.Pipe()
	go func() { _, _ = io.WriteString(w, s.text) }()
	return r, nil
}

func TestLinesAreGatheredAndHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t.Context(), time.Second)
		batch, _ := s.Start(fakeSource{"one\ntwo\nthr"}, 1, model.LogRequest{Follow: true})().(tea.BatchMsg)
		ended := make(chan tea.Msg, 1)
		go func() { ended <- batch[0]() }()
		began := time.Now()
		got, _ := batch[1]().(Lines)
		if len(got.Lines) != 2 || len(got.Open) != 1 || got.Tag != s.Tag {
			t.Errorf("handed over: %+v", got)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("they were gathered for %v", took)
		}
		s.Cancel()
		if e, _ := (<-ended).(Ended); e.Tag != s.Tag || e.Err != nil {
			t.Errorf("cancelled, it ended with %v", e.Err)
		}
		if msg := s.Next()(); msg != nil {
			t.Errorf("after its end it says %v", msg)
		}
	})
}

// A screen that shows only the last lines must not process all of an endless output.
func TestAFloodEndsAStreamThatIsBounded(t *testing.T) {
	flood := fakeSource{strings.Repeat(strings.Repeat("x", 99)+"\n", 5000)}
	s := New(t.Context(), time.Hour)
	s.Most = 64 << 10
	if err := s.pump(flood, 1, model.LogRequest{Follow: true}); !errors.Is(err, ErrFlood) {
		t.Errorf("it ended with %v", err)
	}
	if waiting := s.inbox.bytes; waiting > s.Most+(32<<10) {
		t.Errorf("%d bytes wait", waiting)
	}
}
