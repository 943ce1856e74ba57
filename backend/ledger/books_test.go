package ledger_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"berth/backend/ledger"
	"berth/model"
)

func TestTenuresFollowTheLeases(t *testing.T) {
	c := &clock{noon}
	l := openAt(t, t.TempDir(), c.now)
	a := put(t, l, full) // holds GPU-b and GPU-a from noon
	c.at = noon.Add(time.Hour)
	if _, err := l.Update(t.Context(), a.ID, func(i *model.Instance) error {
		i.GPUs, i.Label = []model.GPUID{"GPU-a", "GPU-c"}, "renamed"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	c.at = noon.Add(2 * time.Hour)
	if err := l.Remove(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	put(t, l, small([]model.GPUID{"GPU-a"}))
	held := func(gpu model.GPUID, from, to int) model.Tenure {
		return model.Tenure{
			GPU: gpu, Model: "H100", Instance: 1000, Owner: "maria", Label: "renamed",
			From: noon.Add(time.Duration(from) * time.Hour), To: noon.Add(time.Duration(to) * time.Hour),
		}
	}
	want := []model.Tenure{
		held("GPU-b", 0, 1), held("GPU-a", 0, 2), held("GPU-c", 1, 2),
		{GPU: "GPU-a", Instance: 1001, Owner: "tom", From: c.at},
	}
	for name, c := range map[string]struct {
		since time.Time
		want  []model.Tenure
	}{
		"all":                         {time.Time{}, want},
		"what ended before is gone":   {noon.Add(90 * time.Minute), want[1:]},
		"what goes on is always told": {noon.Add(99 * time.Hour), want[3:]},
	} {
		got, err := l.Tenures(t.Context(), c.since)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v\n got %v\nwant %v", name, err, got, c.want)
		}
	}
}

func TestTheFirstRecordIsTheFirstThatIsKnown(t *testing.T) {
	c := &clock{noon}
	l := openAt(t, t.TempDir(), c.now)
	first := func(want time.Time) {
		t.Helper()
		if got, err := l.FirstRecord(t.Context()); err != nil || !got.Equal(want) {
			t.Errorf("the first record is of %v (%v), want %v", got, err, want)
		}
	}
	first(time.Time{})
	put(t, l, small([]model.GPUID{"GPU-a"}))
	first(noon)
	if err := l.Record(t.Context(), model.Event{At: noon.Add(-time.Hour), Verb: "launch"}); err != nil {
		t.Fatal(err)
	}
	first(noon.Add(-time.Hour))
}

func TestAGPUIsFreeSinceItsLastTenureEnded(t *testing.T) {
	c := &clock{noon}
	l := openAt(t, t.TempDir(), c.now)
	for range 2 {
		i := put(t, l, small([]model.GPUID{"GPU-a", "GPU-b"}))
		c.at = c.at.Add(time.Hour)
		if err := l.Remove(t.Context(), i.ID); err != nil {
			t.Fatal(err)
		}
	}
	put(t, l, small([]model.GPUID{"GPU-a"}))
	c.at = c.at.Add(time.Hour)
	got, err := l.Freed(t.Context())
	if want := map[model.GPUID]time.Time{"GPU-b": noon.Add(2 * time.Hour)}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func TestTenuresOlderThanAYearAreForgotten(t *testing.T) {
	c := &clock{noon}
	l := openAt(t, t.TempDir(), c.now)
	for range 2 {
		i := put(t, l, small([]model.GPUID{"GPU-a"}))
		if err := l.Remove(t.Context(), i.ID); err != nil {
			t.Fatal(err)
		}
		c.at = c.at.Add(401 * 24 * time.Hour)
	}
	got, err := l.Tenures(t.Context(), time.Time{})
	if err != nil || len(got) != 1 || got[0].Instance != 1001 {
		t.Errorf("%v, %v", err, got)
	}
}

func TestHistoryIsNewestFirstAndBounded(t *testing.T) {
	l := open(t, t.TempDir())
	const kept = 10_000
	events := make([]model.Event, kept+5)
	for n := range events {
		events[n] = model.Event{At: noon.Add(time.Duration(n)), Actor: "tom", Instance: 1000, Verb: "start", Detail: "…"}
	}
	if err := l.Record(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
	got, err := l.History(t.Context(), 2)
	if err != nil || !reflect.DeepEqual(got, []model.Event{events[kept+4], events[kept+3]}) {
		t.Errorf("%v, %v", err, got)
	}
	got, err = l.History(t.Context(), 0)
	if err != nil || len(got) != kept || !reflect.DeepEqual(got[kept-1], events[5]) {
		t.Errorf("%v, %d kept", err, len(got))
	}
}

func TestAnEventKeepsTheCallsBehindIt(t *testing.T) {
	l := open(t, t.TempDir())
	want := []model.Event{
		{At: noon.Add(1), Verb: "start", Calls: []model.Call{{Text: "POST /containers/c/start", Took: time.Second, Err: "no"}}},
		{At: noon, Verb: "label"},
	}
	if err := l.Record(t.Context(), want[1], want[0]); err != nil {
		t.Fatal(err)
	}
	if got, err := l.History(t.Context(), 0); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", err, got)
	}
}

func TestARemovedInstanceLeavesALineOfHistoryWithoutSecrets(t *testing.T) {
	c := &clock{noon.Add(90 * time.Minute)}
	l := openAt(t, t.TempDir(), c.now)
	i := put(t, l, full)
	if err := l.Remove(t.Context(), i.ID); err != nil {
		t.Fatal(err)
	}
	want := []model.Event{{
		At: c.at, Actor: "maria", Instance: 1000, Verb: "gone",
		Detail: `pytorch/pytorch:latest, "llama-ft", 2 GPUs, disk 40 GB, existed 1h30m0s`,
	}}
	if got, err := l.History(t.Context(), 0); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", err, got)
	}
}

func TestAnAccountKeepsVariablesAndKeysOfItsOwner(t *testing.T) {
	l := open(t, t.TempDir())
	ctx := t.Context()
	for _, err := range []error{
		l.SetVar(ctx, "maria", model.Var{Name: "WANDB", Value: "1"}),
		l.SetVar(ctx, "maria", model.Var{Name: "HF", Value: "x=y\nz"}),
		l.SetVar(ctx, "maria", model.Var{Name: "WANDB", Value: "2"}),
		l.SetVar(ctx, "maria", model.Var{Name: "OLD", Value: ""}),
		l.UnsetVar(ctx, "maria", "OLD"),
		l.SetVar(ctx, "tom", model.Var{Name: "WANDB", Value: "tom's"}),
		l.AddKey(ctx, "maria", "ssh-ed25519 Z"),
		l.AddKey(ctx, "maria", "ssh-ed25519 A"),
		l.AddKey(ctx, "maria", "ssh-ed25519 Z"),
		l.AddKey(ctx, "maria", "ssh-ed25519 old"),
		l.RemoveKey(ctx, "maria", "ssh-ed25519 old"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []model.Account{
		{
			Owner: "maria", Env: []model.Var{{Name: "HF", Value: "x=y\nz"}, {Name: "WANDB", Value: "2"}},
			Keys: []string{"ssh-ed25519 Z", "ssh-ed25519 A"},
		},
		{Owner: "tom", Env: []model.Var{{Name: "WANDB", Value: "tom's"}}},
		{Owner: "nobody"},
	} {
		got, err := l.Account(ctx, want.Owner)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v, %+v", err, got)
		}
	}
	for _, err := range []error{l.UnsetVar(ctx, "tom", "HF"), l.RemoveKey(ctx, "tom", "ssh-ed25519 Z")} {
		if !errors.Is(err, ledger.ErrAbsent) {
			t.Errorf("what belongs to another: %v", err)
		}
	}
}

func TestTheLastOrderIsWhatItsOwnerLaunchedLast(t *testing.T) {
	l := open(t, t.TempDir())
	if _, any, err := l.LastOrder(t.Context(), "maria"); any || err != nil {
		t.Errorf("%v, %v", any, err)
	}
	put(t, l, full)
	put(t, l, func(id model.InstanceID) model.Instance {
		i := full(id)
		i.GPUs, i.Plan.Ports, i.Order.Image = nil, nil, "ubuntu:24.04"
		return i
	})
	put(t, l, small(nil)) // owned by tom
	want := full(0).Order
	want.Image = "ubuntu:24.04"
	if o, any, err := l.LastOrder(t.Context(), "maria"); !any || err != nil || !reflect.DeepEqual(o, want) {
		t.Errorf("%v, %v, %+v", any, err, o)
	}
}

func TestNotesOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	if out, err := player(t, "note", dir, "engine", "was up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	l := open(t, dir)
	if v, err := l.Noted(t.Context(), "engine"); err != nil || v != "was up" {
		t.Errorf("%v, %q", err, v)
	}
	if v, err := l.Noted(t.Context(), "unknown"); err != nil || v != "" {
		t.Errorf("%v, %q", err, v)
	}
}

func TestAccountKeysAreKeptAsHashesUntilDropped(t *testing.T) {
	c := &clock{noon}
	l := openAt(t, t.TempDir(), c.now)
	ctx := t.Context()
	first := ledger.AccountKey{Hash: ledger.HashKey("first"), Owner: "maria", CreatedAt: c.at}
	if err := l.PutAccountKey(ctx, first); err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(time.Second)
	next := ledger.AccountKey{Hash: ledger.HashKey("next"), Owner: "maria", CreatedAt: c.at}
	other := ledger.AccountKey{Hash: ledger.HashKey("other"), Owner: "jonas", CreatedAt: c.at}
	if err := errors.Join(l.PutAccountKey(ctx, next), l.PutAccountKey(ctx, other)); err != nil {
		t.Fatal(err)
	}
	if got, err := l.FindAccountKey(ctx, ledger.HashKey("next")); err != nil || got != next {
		t.Errorf("%v, %+v", err, got)
	}
	if got, err := l.AccountKeys(ctx, "maria"); err != nil || !reflect.DeepEqual(got, []ledger.AccountKey{first, next}) {
		t.Errorf("%v, %+v", err, got)
	}
	if err := l.DropAccountKey(ctx, first.Hash); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"dropped twice": l.DropAccountKey(ctx, first.Hash),
		"found":         second(l.FindAccountKey(ctx, first.Hash)),
		"never there":   second(l.FindAccountKey(ctx, ledger.HashKey(""))),
	} {
		if !errors.Is(err, ledger.ErrAbsent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
