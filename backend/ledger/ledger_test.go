package ledger_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"berth/backend/ledger"
	"berth/model"
)

// A clock stands still until it is set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, dir string) *ledger.Ledger {
	t.Helper()
	return openAt(t, dir, time.Now)
}

func openAt(t testing.TB, dir string, now func() time.Time) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), dir, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

// full returns an instance with a value in each field that the ledger stores.
func full(id model.InstanceID) model.Instance {
	return model.Instance{
		ID: id, Owner: "maria", Label: "llama-ft",
		Order: model.Order{
			Name: "pytorch", Image: "pytorch/pytorch:latest", Mode: model.ModeSSH, GPUs: 2, Disk: 40,
			Options: `-e TEST="a b" -p 8081:8081`, OnStart: "echo ü\n", Args: []string{"a", ""},
		},
		Plan: model.Plan{
			GPUs: []model.GPUID{"GPU-b", "GPU-a"}, GPUModel: "H100", WhyGPUs: []string{"linked"},
			Share: model.Share{Fraction: 0.25, Cores: 16, Memory: 64 * model.GiB}, Disk: 40 * model.GB,
			DiskHold: model.DiskWatched,
			Ports: []model.Port{
				{Asked: 22, Internal: 22, External: 20022, Protocol: model.TCP, From: model.PortFromMode},
				{Asked: 8082, Internal: 8082, External: 20022, Protocol: model.UDP, From: model.PortFromOptions},
				{Asked: 9000, Internal: 9000, Protocol: model.TCP, From: model.PortFromImage},
			},
			Env: []model.Var{{Name: "TEST", Value: "a b"}}, Keys: []string{"ssh-ed25519 AAAA me"},
			Token: "t", APIKey: "k", Secret: "s",
		},
		Wish: 1, Turn: 1, Intent: model.WantRunning, Phase: model.PhaseLoading, Message: "Pulling fs layer",
		Pull: model.Progress{
			Layers: 3, Bytes: 5, BytesTotal: 50,
			Detail: []model.LayerProgress{{ID: "abc", Status: "Downloading", Bytes: 5, Total: 50}},
		},
		Silent:    map[int]string{8081: "nothing answers on port 8081"},
		Container: "0123abcd", GPUs: []model.GPUID{"GPU-b", "GPU-a"}, ExitCode: model.Known(137),
		AskedAt: noon.Add(123), CreatedAt: noon, StartedAt: noon.Add(time.Minute), EndedAt: noon.Add(time.Hour),
	}
}

// put inserts the instance that from returns for the new id.
func put(t testing.TB, l *ledger.Ledger, from func(model.InstanceID) model.Instance) model.Instance {
	t.Helper()
	i, err := l.Insert(t.Context(), func(id model.InstanceID, _ ledger.Promises) (model.Instance, error) {
		return from(id), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// small returns an instance that holds these GPUs and ports, and one gigabyte of disk.
func small(gpus []model.GPUID, ports ...int) func(model.InstanceID) model.Instance {
	return func(id model.InstanceID) model.Instance {
		i := model.Instance{ID: id, Owner: "tom", GPUs: gpus, Plan: model.Plan{Disk: model.GB}}
		for _, p := range ports {
			i.Plan.Ports = append(i.Plan.Ports, model.Port{Internal: p, External: p, Protocol: model.TCP})
		}
		return i
	}
}

func held(t testing.TB, l *ledger.Ledger) ledger.Promises {
	t.Helper()
	var held ledger.Promises
	stop := errors.New("only looking")
	_, err := l.Insert(t.Context(), func(_ model.InstanceID, p ledger.Promises) (model.Instance, error) {
		held = p
		return model.Instance{}, stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	return held
}

func TestAnInstanceComesBackAsItWasPut(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	put(t, l, full)
	want := full(1000)
	again := open(t, dir)
	for name, l := range map[string]*ledger.Ledger{"same": l, "reopened": again} {
		got, err := l.Instance(t.Context(), 1000)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, want)
		}
		all, err := l.Instances(t.Context())
		if err != nil || !reflect.DeepEqual(all, []model.Instance{want}) {
			t.Errorf("%s, all: %v\n got %+v", name, err, all)
		}
	}
}

func TestAnUnknownInstanceIsErrNoInstance(t *testing.T) {
	l := open(t, t.TempDir())
	keep := func(*model.Instance) error { return nil }
	_, look := l.Instance(t.Context(), 7)
	_, update := l.Update(t.Context(), 7, keep)
	for name, err := range map[string]error{
		"look": look, "update": update,
		"progress": l.SetProgress(t.Context(), 7, model.Progress{}),
		"remove":   l.Remove(t.Context(), 7),
	} {
		if !errors.Is(err, model.ErrNoInstance) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNumbersBeginAt1000AndAreNeverGivenTwice(t *testing.T) {
	l := open(t, t.TempDir())
	first, second := put(t, l, small(nil)), put(t, l, small(nil))
	if first.ID != 1000 || second.ID != 1001 {
		t.Fatalf("got %s and %s", first.ID, second.ID)
	}
	if err := l.Remove(t.Context(), second.ID); err != nil {
		t.Fatal(err)
	}
	if third := put(t, l, small(nil)); third.ID != 1002 {
		t.Errorf("after a removal got %s", third.ID)
	}
	if err := l.Adopt(t.Context(), model.Instance{ID: 4711}); err != nil {
		t.Fatal(err)
	}
	if next := put(t, l, small(nil)); next.ID != 4712 {
		t.Errorf("after an adoption got %s", next.ID)
	}
	if err := l.Adopt(t.Context(), model.Instance{ID: 4711}); err == nil {
		t.Error("a number was adopted twice")
	}
}

func TestNumbersCanBeSkippedButNotBack(t *testing.T) {
	l := open(t, t.TempDir())
	for _, c := range []struct{ skip, next model.InstanceID }{{1200, 1201}, {1100, 1202}, {1202, 1203}} {
		if err := l.SkipTo(t.Context(), c.skip); err != nil {
			t.Fatal(err)
		}
		if i := put(t, l, small(nil)); i.ID != c.next {
			t.Errorf("after skipping to %s got %s, want %s", c.skip, i.ID, c.next)
		}
	}
}

func TestAllInstancesAreAlwaysAsTheyAreNow(t *testing.T) {
	dir := t.TempDir()
	l, neighbour := open(t, dir), open(t, dir)
	a, b := put(t, l, small([]model.GPUID{"GPU-a"}, 20001)), put(t, l, small(nil))
	see := func(want ...model.Instance) {
		t.Helper()
		got, err := l.Instances(t.Context())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
		}
	}
	see(a, b)
	b, err := neighbour.Update(t.Context(), b.ID, func(i *model.Instance) error {
		i.Plan.Ports, i.Plan.Env, i.Order.Image = a.Plan.Ports[:0:0], []model.Var{{Name: "A"}}, "debian"
		i.GPUs = []model.GPUID{"GPU-b"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Plan.Ports = nil // the ledger may return an empty list as nil
	see(a, b)
	if err := neighbour.Remove(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	see(b)
	if err := neighbour.Adopt(t.Context(), model.Instance{ID: a.ID, Owner: "another"}); err != nil {
		t.Fatal(err)
	}
	see(model.Instance{ID: a.ID, Owner: "another", Wish: 1, Turn: 3}, b)
}

func TestARefusalUndoesEverythingAndComesOutUnchanged(t *testing.T) {
	l := open(t, t.TempDir())
	i := put(t, l, small([]model.GPUID{"GPU-a"}, 20001))
	no := errors.New("no")
	_, err := l.Insert(t.Context(), func(model.InstanceID, ledger.Promises) (model.Instance, error) {
		return model.Instance{}, no
	})
	if !errors.Is(err, no) {
		t.Errorf("insert: %v", err)
	}
	_, err = l.Update(t.Context(), i.ID, func(i *model.Instance) error {
		i.Label, i.GPUs = "x", nil
		return no
	})
	if !errors.Is(err, no) {
		t.Errorf("update: %v", err)
	}
	got, err := l.Instance(t.Context(), i.ID)
	if err != nil || got.Label != "" || len(got.GPUs) != 1 {
		t.Errorf("%v, left behind: %+v", err, got)
	}
}

func TestProgressIsKeptUntilAnUpdateEndsIt(t *testing.T) {
	l := open(t, t.TempDir())
	i := put(t, l, small(nil))
	p := model.Progress{Layers: 2, Bytes: 10, BytesTotal: 20}
	if err := l.SetProgress(t.Context(), i.ID, p); err != nil {
		t.Fatal(err)
	}
	got, _ := l.Instance(t.Context(), i.ID)
	if !reflect.DeepEqual(got.Pull, p) {
		t.Errorf("got %+v", got.Pull)
	}
	got, err := l.Update(t.Context(), i.ID, func(i *model.Instance) error {
		i.Pull = model.Progress{}
		return nil
	})
	if err != nil || !reflect.DeepEqual(got.Pull, model.Progress{}) {
		t.Errorf("%v, got %+v", err, got.Pull)
	}
	got, _ = l.Instance(t.Context(), i.ID)
	if !reflect.DeepEqual(got.Pull, model.Progress{}) {
		t.Errorf("read back %+v", got.Pull)
	}
}

func TestACancelledContextStopsAWait(t *testing.T) {
	dir := t.TempDir()
	l, other := open(t, dir), open(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var late error
	_, err := l.Insert(t.Context(), func(id model.InstanceID, _ ledger.Promises) (model.Instance, error) {
		began := time.Now()
		late = other.Note(ctx, "k", "v")
		if waited := time.Since(began); waited > 5*time.Second {
			t.Errorf("waited %s", waited)
		}
		return small(nil)(id), nil
	})
	if err != nil {
		t.Error(err)
	}
	if !errors.Is(late, context.DeadlineExceeded) {
		t.Errorf("got %v", late)
	}
}

// Turns follow the sequence of orders, even if the clock is set back between two of them.
func TestOrdersHaveTurnsWhateverTheClockSays(t *testing.T) {
	l := open(t, t.TempDir())
	a, b := put(t, l, small(nil)), put(t, l, small(nil))
	if a.Turn >= b.Turn {
		t.Errorf("the first has turn %d, the second %d", a.Turn, b.Turn)
	}
	again, err := l.Order(t.Context(), a.ID, func(i *model.Instance, _ ledger.Promises) error {
		i.AskedAt = time.Unix(1, 0)
		return nil
	})
	if err != nil || again.Turn <= b.Turn {
		t.Errorf("%v: ordered again it has turn %d, the other %d", err, again.Turn, b.Turn)
	}
	edited, err := l.Edit(t.Context(), b.ID, func(i *model.Instance) error { i.Label = "new"; return nil })
	if err != nil || edited.Turn != b.Turn {
		t.Errorf("%v: an edit gave it turn %d for %d", err, edited.Turn, b.Turn)
	}
}
