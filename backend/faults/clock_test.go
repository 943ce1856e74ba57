package faults

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"berth/backend"
	"berth/backend/catalog"
	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/backend/ledger"
)

// clockVar has the test binary keep a machine by a clock that is off by so much. The machine's own clock is everybody's:
// so berth's parts are put together as main does, with a clock of their own.
const clockVar = "BERTH_FAULTS_CLOCK"

// clockOff has the next keeper think that it is a day later, or earlier, than the last.
func clockOff(w *town) {
	w.around(w.next(), time.Second, func() {
		w.end(w.keeper, syscall.SIGKILL)
		offset := "24h"
		if w.chance.IntN(2) == 0 {
			offset = "-24h"
		}
		w.keeper = w.keeperAt(offset)
		w.until("a keeper", func() bool { return w.keeps() != 0 })
	})
}

func (w *town) keeperAt(offset string, environ ...string) *exec.Cmd {
	c := w.engine.Enter(context.Background(), os.Args[0])
	c.Env = append(append(w.environ(), clockVar+"="+offset), environ...)
	log, err := os.OpenFile(w.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	w.check(err)
	defer log.Close()
	c.Stdout, c.Stderr = log, log
	w.check(c.Start())
	return c
}

// keepAtAnotherTime is the keeper's process.
func keepAtAnotherTime(offset string) (code int) {
	off, err := time.ParseDuration(offset)
	if err != nil {
		fmt.Println(err)
		return 2
	}
	if path := os.Getenv(pulseVar); path != "" {
		go beat(path)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := keepBy(ctx, func() time.Time { return time.Now().Add(off) }); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func keepBy(ctx context.Context, now func() time.Time) error {
	home := os.Getenv("BERTH_HOME")
	folders, err := catalog.Find(home)
	if err != nil {
		return err
	}
	p := backend.Parts{
		Home: folders.State, Owner: "root", Simulated: os.Getenv("BERTH_SIMULATE"), Now: now,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	if p.Catalog, err = catalog.Open(folders); err != nil {
		return err
	}
	if p.GPUs, err = gpu.Simulate(p.Simulated, now); err != nil {
		return err
	}
	defer p.GPUs.Close()
	if p.Ledger, err = ledger.Open(ctx, p.Home, now); err != nil {
		return err
	}
	defer p.Ledger.Close()
	if p.Engine, err = engine.Dial(ctx, ""); err != nil {
		return err
	}
	defer p.Engine.Close()
	m, err := backend.New(p)
	if err != nil {
		return err
	}
	return m.Serve(ctx)
}
