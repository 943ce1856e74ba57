package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/ledger"
	"berth/model"
)

// part names the variable that makes a copy of the test binary play a part instead of testing. Its value is the part's
// name and arguments, one a line.
const part = "BERTH_LEDGER_TEST_PART"

var parts = map[string]func(ctx context.Context, args []string) error{
	"order": orderGPUs,
	"note":  noteOnce,
	"catch": catch,
}

func TestMain(m *testing.M) {
	play := os.Getenv(part)
	if play == "" {
		os.Exit(m.Run())
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	args := strings.Split(play, "\n")
	err := parts[args[0]](ctx, args[1:])
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// player returns a command that runs this binary as another process, with a part to play.
func player(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), part+"="+strings.Join(args, "\n"))
	return c
}

const machineGPUs, diskLimit = 8, 12 * model.GB

// orderGPUs takes some GPUs, holds them for a moment and returns them, again and again. Whoever holds a GPU creates a
// file with its name. These files are evidence that doesn't depend on the ledger.
func orderGPUs(ctx context.Context, args []string) error {
	dir, witness := args[0], args[1]
	orders, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	l, err := ledger.Open(ctx, dir, time.Now)
	if err != nil {
		return err
	}
	won := 0
	for n := range orders {
		i, err := l.Insert(ctx, wish(n))
		if errors.Is(err, model.ErrGPUsTaken) || errors.Is(err, model.ErrDiskFull) || errors.Is(err, ledger.ErrTaken) {
			continue
		}
		if err != nil {
			return err
		}
		won++
		if err := hold(ctx, l, i, witness); err != nil {
			return fmt.Errorf("%s: %w", i.ID, err)
		}
	}
	fmt.Println(won)
	return l.Close()
}

// wish takes free GPUs. Every fifth time it takes GPUs without looking, so that only the database's constraint can
// refuse them.
func wish(n int) func(model.InstanceID, ledger.Promises) (model.Instance, error) {
	return func(id model.InstanceID, p ledger.Promises) (model.Instance, error) {
		i := model.Instance{ID: id, Plan: model.Plan{Disk: model.Bytes(1+rand.IntN(3)) * model.GB}}
		if p.Disk+i.Plan.Disk > diskLimit {
			return i, model.ErrDiskFull
		}
		want := 1 + rand.IntN(3)
		for _, g := range rand.Perm(machineGPUs) {
			gpu := model.GPUID("GPU-" + strconv.Itoa(g))
			if _, taken := p.GPUs[gpu]; len(i.GPUs) < want && (!taken || n%5 == 0) {
				i.GPUs = append(i.GPUs, gpu)
			}
		}
		if len(i.GPUs) < want {
			return i, model.ErrGPUsTaken
		}
		return i, nil
	}
}

func hold(ctx context.Context, l *ledger.Ledger, i model.Instance, witness string) error {
	for _, gpu := range i.GPUs {
		f, err := os.OpenFile(filepath.Join(witness, string(gpu)), os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("held twice: %w", err)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
	for _, gpu := range i.GPUs {
		if err := os.Remove(filepath.Join(witness, string(gpu))); err != nil {
			return err
		}
	}
	return l.Remove(ctx, i.ID)
}

func TestSixteenProcessesNeverHoldOneGPUTwice(t *testing.T) {
	const processes, orders = 16, 50
	dir, witness := t.TempDir(), t.TempDir()
	outputs := make([]strings.Builder, processes)
	players := make([]*exec.Cmd, processes)
	for n := range players { // the first processes also create the ledger, at the same time
		players[n] = player(t, "order", dir, witness, strconv.Itoa(orders))
		players[n].Stdout, players[n].Stderr = &outputs[n], &outputs[n]
		if err := players[n].Start(); err != nil {
			t.Fatal(err)
		}
	}
	won := 0
	for n, p := range players {
		err := p.Wait()
		wins, _ := strconv.Atoi(strings.TrimSpace(outputs[n].String()))
		if err != nil {
			t.Errorf("process %d: %v\n%s", n, err, outputs[n].String())
		}
		won += wins
	}
	if won == 0 || won == processes*orders {
		t.Errorf("%d of %d orders won: nothing was fought over", won, processes*orders)
	}
	t.Logf("%d of %d orders won", won, processes*orders)
	l := open(t, dir)
	if now := held(t, l); len(now.GPUs) != 0 || now.Disk != 0 {
		t.Errorf("left: %+v", now)
	}
	checkTenures(t, l)
}

// checkTenures is the second check: by the ledger's own tenures, no GPU had two holders at one moment.
func checkTenures(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	all, err := l.Tenures(t.Context(), time.Time{})
	if err != nil || len(all) == 0 {
		t.Fatalf("%v, %d tenures", err, len(all))
	}
	slices.SortStableFunc(all, func(a, b model.Tenure) int {
		return strings.Compare(string(a.GPU), string(b.GPU))
	})
	for n := 1; n < len(all); n++ {
		last, next := all[n-1], all[n]
		if last.GPU == next.GPU && (last.To.IsZero() || last.To.After(next.From)) {
			t.Errorf("%s: %s until %s, but %s from %s", next.GPU, last.Instance, last.To, next.Instance, next.From)
		}
	}
}

func noteOnce(ctx context.Context, args []string) error {
	l, err := ledger.Open(ctx, args[0], time.Now)
	if err != nil {
		return err
	}
	return errors.Join(l.Note(ctx, args[1], args[2]), l.Close())
}
