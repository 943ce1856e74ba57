package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// gpuNames is a World that names GPUs by their ids.
type gpuNames struct{ World }

func (gpuNames) GPUNames(_ context.Context, ids []model.GPUID) string { return fmt.Sprint(ids) }

// terminals is an Inside that keeps what it writes to terminals.
type terminals struct {
	Inside
	mu   sync.Mutex
	said []string
}

func (s *terminals) Wall(_ context.Context, container, line string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, container+": "+line)
	return nil
}

func TestWhatTheDriverReportsIsWrittenAndToldOnce(t *testing.T) {
	k, l, _, _ := keeping(t)
	inside := &terminals{}
	var news []model.News
	k.Guard = func(work func()) func() { return work }
	k.World, k.Inside, k.News = gpuNames{}, inside, func(_ context.Context, n model.News) { news = append(news, n) }
	i, err := l.Insert(t.Context(), func(id model.InstanceID, _ ledger.Promises) (model.Instance, error) {
		return model.Instance{ID: id, Owner: "ada", Phase: model.PhaseRunning, Container: "c", GPUs: []model.GPUID{"a"}}, nil
	})
	check(t, err)
	w := world.World{Instances: []model.Instance{i}, Devices: []model.Device{
		{GPU: model.GPU{ID: "a"}}, {GPU: model.GPU{ID: "b-1", Parent: "b"}}, {GPU: model.GPU{ID: "b-2", Parent: "b"}},
	}}
	at := time.Now()
	report := func(x model.Xid, devices ...int) {
		at = at.Add(time.Second)
		for _, n := range devices {
			w.Devices[n].Xids = append(w.Devices[n].Xids, model.XidSeen{Xid: x, At: at})
		}
	}
	look := func() []model.GPUEvent {
		t.Helper()
		k.noteGPUEvents(t.Context(), w)
		k.wg.Wait()
		events, err := l.GPUEvents(t.Context())
		check(t, err)
		return events
	}
	if got := look(); len(got) > 0 {
		t.Fatalf("nothing was reported, and %+v is written", got)
	}
	report(31, 0)
	if got := look(); len(got) != 1 || got[0].Instance != i.ID || got[0].Bars() {
		t.Errorf("a program's own mistake: %+v", got)
	}
	report(79, 0)
	report(79, 1, 2)
	got := look()
	if _, barred := model.Barred(got, w.Devices[0].GPU); !barred || len(got) != 3 {
		t.Errorf("it fell off the bus, as its neighbour did: %+v", got)
	}
	if _, barred := model.Barred(got, w.Devices[2].GPU); !barred || got[0].GPU != "b" || got[0].Instance != 0 {
		t.Errorf("the whole GPU of MIG instances that nobody has: %+v", got[0])
	}
	_, err = l.ClearGPU(t.Context(), "a", "ada")
	check(t, err)
	if _, barred := model.Barred(look(), w.Devices[0].GPU); barred {
		t.Error("a reading that still has the report bars it again, although somebody cleared it")
	}
	want := []string{"[a]: " + model.Xid(31).String(), "[a]: " + model.Xid(79).String() + "; it isn't given out again until berth gpus clear"}
	var told []string
	for _, n := range news {
		if n.Kind != model.NewsGPU || n.Instance != i.ID || n.Owner != "ada" {
			t.Errorf("%+v", n)
		}
		told = append(told, n.Text)
	}
	if !slices.Equal(told, want) {
		t.Errorf("news: %q, want %q", told, want)
	}
	if wall := fmt.Sprintf("c: berth: %s %s", i.ID, want[1]); len(inside.said) != 2 || inside.said[1] != wall {
		t.Errorf("inside: %q, want %q last", inside.said, wall)
	}
}

// fullLedger is a ledger that takes no reports.
type fullLedger struct{ Ledger }

func (fullLedger) NoteGPUEvents(context.Context, []model.GPUEvent) error {
	return errors.New("database or disk is full")
}

func TestAReportThatCouldntBeWrittenIsWrittenAtTheNextLook(t *testing.T) {
	k, l, _, _ := keeping(t)
	k.World = gpuNames{}
	w := world.World{Devices: []model.Device{{GPU: model.GPU{ID: "a"}, Reading: model.Reading{Xids: []model.XidSeen{{Xid: 79, At: time.Now()}}}}}}
	good := k.Ledger
	k.Ledger = fullLedger{good}
	k.noteGPUEvents(t.Context(), w)
	k.Ledger = good
	k.noteGPUEvents(t.Context(), w)
	if events, err := l.GPUEvents(t.Context()); err != nil || len(events) != 1 {
		t.Errorf("%v: %+v", err, events)
	}
}
