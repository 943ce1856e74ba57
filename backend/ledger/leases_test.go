package ledger_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"berth/backend/ledger"
	"berth/model"
)

func TestPromisesAreWhatTheOthersHold(t *testing.T) {
	l := open(t, t.TempDir())
	a := put(t, l, small([]model.GPUID{"GPU-a", "GPU-b"}, 20001))
	b := put(t, l, small([]model.GPUID{"GPU-c"}, 20002))
	want := ledger.Promises{
		GPUs: map[model.GPUID]model.InstanceID{"GPU-a": a.ID, "GPU-b": a.ID, "GPU-c": b.ID},
		Sockets: map[model.Socket]model.InstanceID{
			{Protocol: model.TCP, Port: 20001}: a.ID, {Protocol: model.TCP, Port: 20002}: b.ID,
		},
		Disk: 2 * model.GB,
		Held: map[string]model.Holding{a.Owner: {GPUs: 3, Disk: 2 * model.GB}},
	}
	if got := held(t, l); !reflect.DeepEqual(got, want) {
		t.Errorf("at an insert: %+v", got)
	}
	_, err := l.Reserve(t.Context(), a.ID, func(_ *model.Instance, got ledger.Promises) error {
		delete(want.GPUs, "GPU-a")
		delete(want.GPUs, "GPU-b")
		delete(want.Sockets, model.Socket{Protocol: model.TCP, Port: 20001})
		want.Disk, want.Held[b.Owner] = model.GB, model.Holding{GPUs: 1, Disk: model.GB}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("at a reservation: %+v", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWhatIsPromisedIsRefusedNamingItsHolder(t *testing.T) {
	l := open(t, t.TempDir())
	put(t, l, full) // C.1000 llama-ft (maria): GPU-a, GPU-b, 20022/tcp, 20022/udp
	mine := put(t, l, small([]model.GPUID{"GPU-c"}, 20001))
	udp := small(nil)(0)
	udp.Plan.Ports = []model.Port{{External: 20022, Protocol: model.UDP}}
	for name, c := range map[string]struct {
		want model.Instance
		says string
	}{
		"a GPU":             {small([]model.GPUID{"GPU-a"})(0), "GPU GPU-a is held by C.1000 llama-ft (maria)"},
		"one GPU of two":    {small([]model.GPUID{"GPU-d", "GPU-b"})(0), "GPU GPU-b is held by C.1000"},
		"a port":            {small(nil, 20022)(0), "port 20022/tcp is held by C.1000"},
		"one port of two":   {small(nil, 20003, 20022)(0), "port 20022/tcp is held by C.1000"},
		"a port over UDP":   {udp, "port 20022/udp is held by C.1000"},
		"a GPU, not a port": {small([]model.GPUID{"GPU-a"}, 20003)(0), "GPU GPU-a is held by C.1000"},
	} {
		t.Run(name, func(t *testing.T) {
			_, insert := l.Insert(t.Context(), func(model.InstanceID, ledger.Promises) (model.Instance, error) {
				return c.want, nil
			})
			_, update := l.Update(t.Context(), mine.ID, func(i *model.Instance) error {
				i.GPUs, i.Plan = c.want.GPUs, c.want.Plan
				return nil
			})
			c.want.ID = 5000
			adopt := l.Adopt(t.Context(), c.want)
			for verb, err := range map[string]error{"insert": insert, "update": update, "adopt": adopt} {
				if !errors.Is(err, ledger.ErrTaken) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s: %v", verb, err)
				}
			}
			if got, err := l.Instance(t.Context(), mine.ID); err != nil || !reflect.DeepEqual(got, mine) {
				t.Errorf("%v, the refused one became %+v", err, got)
			}
		})
	}
	if all, err := l.Instances(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("%v, refused ones are left: %d", err, len(all))
	}
}

func TestTheSamePortOverTCPAndUDPIsTwo(t *testing.T) {
	l := open(t, t.TempDir())
	put(t, l, small(nil, 20001))
	put(t, l, func(id model.InstanceID) model.Instance {
		i := small(nil)(id)
		i.Plan.Ports = []model.Port{{External: 20001, Protocol: model.UDP}}
		return i
	})
}

func TestOneGPUTwiceInOneInstanceIsRefused(t *testing.T) {
	l := open(t, t.TempDir())
	_, err := l.Insert(t.Context(), func(id model.InstanceID, _ ledger.Promises) (model.Instance, error) {
		return small([]model.GPUID{"GPU-a", "GPU-a"})(id), nil
	})
	if err == nil {
		t.Error("accepted")
	}
}

func TestLeasesFollowWhatTheInstanceSays(t *testing.T) {
	l := open(t, t.TempDir())
	i := put(t, l, small([]model.GPUID{"GPU-a", "GPU-b"}, 20001, 20002))
	type gpus = []model.GPUID
	for _, c := range []struct {
		name  string
		gpus  gpus
		ports []int
	}{
		{"fewer", gpus{"GPU-b"}, []int{20002}},
		{"others", gpus{"GPU-c", "GPU-d"}, []int{20003, 20004}},
		{"the same in another order", gpus{"GPU-d", "GPU-c"}, []int{20004, 20003}},
		{"one kept, one new", gpus{"GPU-a", "GPU-d"}, []int{20004, 20001}},
		{"none", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := small(c.gpus, c.ports...)(i.ID)
			_, err := l.Update(t.Context(), i.ID, func(i *model.Instance) error {
				i.GPUs, i.Plan.Ports = want.GPUs, want.Plan.Ports
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := l.Instance(t.Context(), i.ID)
			if !reflect.DeepEqual(got.GPUs, want.GPUs) {
				t.Errorf("GPUs %v, want %v", got.GPUs, want.GPUs)
			}
			now := held(t, l)
			if len(now.GPUs) != len(c.gpus) || len(now.Sockets) != len(c.ports) {
				t.Errorf("held %+v", now)
			}
		})
	}
}

func TestARemovedInstanceHoldsNothing(t *testing.T) {
	l := open(t, t.TempDir())
	i := put(t, l, full)
	if err := l.Remove(t.Context(), i.ID); err != nil {
		t.Fatal(err)
	}
	if now := held(t, l); len(now.GPUs)+len(now.Sockets) != 0 || now.Disk != 0 {
		t.Errorf("still held: %+v", now)
	}
	put(t, l, full)
	all, err := l.Instances(t.Context())
	if err != nil || len(all) != 1 || !reflect.DeepEqual(all[0], full(1001)) {
		t.Errorf("%v, what it had can't be had again: %+v", err, all)
	}
}

func TestAPlanMayPromiseNoDiskButNotLessThanNone(t *testing.T) {
	l := open(t, t.TempDir())
	_, err := l.Insert(t.Context(), func(id model.InstanceID, _ ledger.Promises) (model.Instance, error) {
		return model.Instance{ID: id, Plan: model.Plan{Disk: -1}}, nil
	})
	if err == nil {
		t.Error("a negative disk was promised")
	}
	put(t, l, func(id model.InstanceID) model.Instance { return model.Instance{ID: id} })
}
