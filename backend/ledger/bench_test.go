package ledger_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"berth/backend/ledger"
	"berth/model"
)

// crowd fills a ledger with instances like real ones: with ports, variables and an on-start script.
func crowd(b *testing.B, l *ledger.Ledger, size int) {
	b.Helper()
	for n := range size {
		put(b, l, func(id model.InstanceID) model.Instance { return busy(id, n) })
	}
}

func busy(id model.InstanceID, n int) model.Instance {
	i := full(id)
	i.GPUs = []model.GPUID{model.GPUID("GPU-" + strconv.Itoa(n))}
	i.Pull = model.Progress{}
	i.Plan.Ports = nil
	for p := range 6 {
		i.Plan.Ports = append(i.Plan.Ports, model.Port{Internal: 8080 + p, External: 20000 + 10*n + p, Protocol: model.TCP})
	}
	for v := range 12 {
		i.Plan.Env = append(i.Plan.Env, model.Var{Name: fmt.Sprintf("VARIABLE_%d", v), Value: "some value of it"})
	}
	return i
}

// insertBudget is how long the insert of a launch may take at 200 instances.
const insertBudget = 5 * time.Millisecond

func BenchmarkInsertAt200(b *testing.B) {
	l := open(b, b.TempDir())
	crowd(b, l, 200)
	for b.Loop() {
		i := put(b, l, func(id model.InstanceID) model.Instance { return busy(id, 201) })
		b.StopTimer()
		if err := l.Remove(b.Context(), i.ID); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	if took := b.Elapsed() / time.Duration(b.N); took > insertBudget {
		b.Errorf("%s, more than %s", took, insertBudget)
	}
}

func BenchmarkUpdateAt200(b *testing.B) {
	l := open(b, b.TempDir())
	crowd(b, l, 200)
	for n := 0; b.Loop(); n++ {
		_, err := l.Update(b.Context(), 1100, func(i *model.Instance) error {
			i.Message = strconv.Itoa(n)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSetProgressAt200(b *testing.B) {
	l := open(b, b.TempDir())
	crowd(b, l, 200)
	p := full(0).Pull
	for b.Loop() {
		p.Bytes++
		if err := l.SetProgress(b.Context(), 1100, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInstancesAt200(b *testing.B) { benchmarkInstances(b, 200) }

func BenchmarkInstancesAt2000(b *testing.B) { benchmarkInstances(b, 2000) }

func benchmarkInstances(b *testing.B, size int) {
	l := open(b, b.TempDir())
	crowd(b, l, size)
	for b.Loop() {
		if _, err := l.Instances(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// As during a pull: at each read one row has changed.
func BenchmarkInstancesAt200OneChanging(b *testing.B) {
	l := open(b, b.TempDir())
	crowd(b, l, 200)
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		if err := l.SetProgress(b.Context(), 1100, model.Progress{Layers: n}); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, err := l.Instances(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenAndRead(b *testing.B) {
	dir := b.TempDir()
	crowd(b, open(b, dir), 20)
	for b.Loop() {
		l, err := ledger.Open(b.Context(), dir, time.Now)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Instances(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
