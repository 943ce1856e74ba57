package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"berth/model"
	"berth/ui/pane"
	"berth/ui/uitest"
)

// A talker is a machine for which the test writes the instances' output. It records which outputs are being read.
type talker struct {
	*uitest.Backend
	mu      sync.Mutex
	writers map[model.InstanceID]*io.PipeWriter // of the instances whose output is being read
	opened  int
	refuse  error
}

func talking() *talker {
	return &talker{Backend: usual(), writers: map[model.InstanceID]*io.PipeWriter{}}
}

func (m *talker) Logs(ctx context.Context, id model.InstanceID, _ model.LogRequest) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened++
	if m.refuse != nil {
		return nil, m.refuse
	}
	r, w := io.Pipe()
	m.writers[id] = w
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.writers[id] == w {
			delete(m.writers, id)
		}
	})
	return r, nil
}

// read returns the instances whose output is being read, and how often an output was requested.
func (m *talker) read() (ids []model.InstanceID, opened int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.writers {
		ids = append(ids, id)
	}
	return ids, m.opened
}

// write writes a text as output of the newest instance, which is selected at the start.
func (m *talker) write(t *testing.T, text string) {
	t.Helper()
	const id model.InstanceID = 1017
	m.mu.Lock()
	w := m.writers[id]
	m.mu.Unlock()
	if w == nil {
		t.Fatalf("nobody reads %s", id)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func (m *talker) expect(t *testing.T, when string, opened int, ids ...model.InstanceID) {
	t.Helper()
	if got, n := m.read(); fmt.Sprint(got) != fmt.Sprint(ids) || n != opened {
		t.Errorf("%s: %v are read, asked for %d times; want %v and %d", when, got, n, ids, opened)
	}
}

func TestTheLowerHalfShowsWhatIsSelected(t *testing.T) {
	m := talking()
	p := played(t, m, 120, 40, nil).shows("─ C.1017 job-8 · maria ─", "ssh -p 20080 root@65.130.162.74", "● 20080→22", "Nothing written yet.", "last 8 min")
	m.write(t, "one\n\x1b[2Jtwo\nthr")
	p.comes("─ output ─", " one", " two", " thr")
	p.press("G").shows("─ C.1009 llama-ft · maria ─", "https://65.130.162.74:20001/", "4 ×0-3", "263/320G").hides(" two")
	p.press("k").shows("─ C.1010 · you ─", "5 of 12 layers", "Its output is shown here once it has a container.")
	p.press("k", "k", "k").shows("─ C.1013 broken · you ─", "pull access denied for registry.local/team/nothing")
	p.press("1").shows("─ GPU 0 NVIDIA H100 80GB HBM3 ─", "NVLink to 1-7").press("G").shows("4242", "root python")
	p.press("2", "enter").hides("─ output ─").shows("launched").press("esc").shows("─ output ─")
}

// While the user moves through a list quickly, the engine isn't asked for the output of each instance on the way.
func TestOutputIsFollowedOnlyOfWhatIsShown(t *testing.T) {
	m := talking()
	played(t, m, 80, 24, nil)
	m.expect(t, "where there is no lower half", 0)
	p := played(t, m, 120, 40, nil)
	m.expect(t, "at the start", 1, 1017)
	for range 3 {
		p.tell(keyPress("j"))
	}
	m.expect(t, "while the selection moves", 1, 1017)
	p.settle()
	m.expect(t, "once it rests", 2, 1014)
	p.press("n")
	m.expect(t, "under the form", 2)
	p.press("esc")
	m.expect(t, "after the form", 3, 1014)
	m.Change(func(f *model.Fleet) { f.Instances[5].StartedAt = f.At })
	p.settle()
	m.expect(t, "after it was started again", 4, 1014)
	p.press("4")
	p.settle()
	m.expect(t, "under the messages", 4)
}

func TestOutputThatCantBeReadSaysWhyAndIsAskedForAgain(t *testing.T) {
	m := talking()
	m.refuse = errors.New("the engine doesn't answer")
	p := played(t, m, 120, 40, nil).shows("the engine doesn't answer")
	m.refuse = nil
	p.tell(readAgainMsg{p.app.(App).following.stream.Tag})
	p.settle()
	m.write(t, "back\n")
	p.comes(" back")
}

// If a program writes a thousand lines a second, its lines are redrawn once a second, and sixty are kept.
func TestMuchOutputIsShownOnceASecond(t *testing.T) {
	m := talking()
	p := played(t, m, 120, 40, nil)
	m.write(t, "first\n")
	p.comes(" first")
	for n := range 200 {
		m.write(t, fmt.Sprintf("line %d\n", n))
	}
	time.Sleep(100 * time.Millisecond)
	p.settle()
	p.shows(" first").hides("line 199")
	p.comes(" line 199")
	if n := len(p.app.(App).following.lines); n != tailLines {
		t.Errorf("%d lines are kept", n)
	}
}

// If the selected instance disappears, the lower half changes at once.
func TestTheLowerHalfLeavesWhatIsGone(t *testing.T) {
	m := talking()
	p := played(t, m, 120, 40, nil).shows("─ C.1017 job-8")
	m.Change(func(f *model.Fleet) { f.Instances = f.Instances[:8] })
	p.tell(<-p.msgs)
	p.shows("─ C.1016 job-7")
	m.Change(func(f *model.Fleet) { f.Instances = nil })
	p.settle()
	p.shows("n launches your first", "What is selected is shown here")
}

func TestAnotherRunOfKeysShowsOnlyItsLast(t *testing.T) {
	m := talking()
	p := played(t, m, 120, 40, nil)
	p.tell(keyPress("j"))
	p.shows("▸C.1016", "─ C.1017")
	p.tell(restedMsg{p.app.(App).following.turn - 1}) // the message of an earlier move
	p.shows("─ C.1017")
	p.settle()
	p.shows("─ C.1016")
}

// A regression test: after a start the lower half said for five seconds that nothing listens on a port, while the list
// said that the instance is ready.
func TestPortsAreLookedAtMoreOftenAfterAStart(t *testing.T) {
	for _, c := range []struct {
		name  string
		phase model.Phase
		age   time.Duration
		want  time.Duration
	}{
		{"just started", model.PhaseRunning, 3 * time.Second, time.Second},
		{"connecting for long", model.PhaseConnecting, time.Hour, time.Second},
		{"running for long", model.PhaseRunning, time.Hour, 5 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := fleetWith(8, 1, func(f *model.Fleet) {
				f.Instances[0].Phase, f.Instances[0].StartedAt = c.phase, f.At.Add(-c.age)
			})
			f := following{shown: pane.Subject{Instance: 1009}}
			f, _ = f.startReading(calls{ctx: t.Context(), machine: m}, m.Fleet())
			_, again := f.handle(calls{}, listeningMsg{tag: f.stream.Tag}, false)
			asked := time.Now()
			if again(); time.Since(asked) != c.want {
				t.Errorf("%s: looked at again after %v, want %v", c.name, time.Since(asked), c.want)
			}
			f.stream.Cancel()
		})
	}
}

// What an instance without output has to tell is its history: half of the screen isn't left black.
func TestTheLowerHalfShowsTheHistoryOfWhatSaysNothing(t *testing.T) {
	m := usual()
	for _, id := range []model.InstanceID{1010, 1017} {
		if err := m.Act(t.Context(), id, model.ActionStop); err != nil {
			t.Fatal(err)
		}
	}
	p := played(t, m, 120, 40, nil).press("G", "k")
	p.comes("─ C.1010", "─ output · history ─", "shown here once it has a container", "you      stop")
	if n := strings.Count(p.text(), "you      stop"); n != 1 {
		t.Errorf("%d events are shown, want the one of this instance:\n%s", n, p.text())
	}
	p.press("g")
	p.comes("─ C.1017", "─ output ─", "step 199")
}
