package faults

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"berth/model"
)

// ledgerFull fills the state folder's file system for some seconds.
func ledgerFull(w *town) {
	fill := filepath.Join(w.home, "fill")
	w.around(w.next(), time.Second, func() {
		w.fill(fill)
		w.soon(4 * time.Second)
		w.check(os.Remove(fill))
	})
}

// fill writes to a file until its disk is full.
func (w *town) fill(path string) {
	f, err := os.Create(path)
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if f != nil {
		_ = f.Close()
	}
}

// ledgerReadOnly has the ledger's files refuse writes for some seconds, as a file system does that was remounted after
// an error.
func ledgerReadOnly(w *town) {
	files := []string{"berth.db", "berth.db-wal", "berth.db-shm"}
	w.around(w.next(), time.Second, func() {
		w.immutable("+i", files)
		w.soon(4 * time.Second)
		w.immutable("-i", files)
	})
}

func (w *town) immutable(flag string, files []string) {
	for _, name := range files {
		if out, err := exec.Command("chattr", flag, filepath.Join(w.home, name)).CombinedOutput(); err != nil {
			w.t.Fatalf("chattr: %v: %s", err, out)
		}
	}
}

// ledgerBusy has somebody hold the ledger's lock: half a minute in the long form.
func ledgerBusy(w *town) {
	long := 30 * time.Second
	if !w.run.long {
		long = 4 * time.Second
	}
	db, err := w.ledger()
	w.check(err)
	defer db.Close()
	w.around(w.next(), time.Second, func() {
		c, err := db.Conn(context.Background())
		w.check(err)
		defer c.Close()
		_, err = c.ExecContext(context.Background(), "PRAGMA busy_timeout = 20000; BEGIN EXCLUSIVE")
		w.check(err)
		time.Sleep(long)
		_, err = c.ExecContext(context.Background(), "COMMIT")
		w.check(err)
	})
}

// ledgerCorrupted writes nonsense over pages of the ledger while berth runs. Then does what a person does: ends berth,
// puts the file away, and starts it again. What ran runs on, and is taken in from its labels.
func ledgerCorrupted(w *town) {
	w.withoutLedger(func() {
		path := filepath.Join(w.home, "berth.db")
		db, err := w.ledger()
		w.check(err)
		_, err = db.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
		w.check(err)
		w.check(db.Close())
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		w.check(err)
		at, err := f.Stat()
		w.check(err)
		nonsense := make([]byte, 4096)
		for n := range nonsense {
			nonsense[n] = byte(w.chance.Uint32())
		}
		for range 3 {
			_, err = f.WriteAt(nonsense, w.chance.Int64N(at.Size()/4096)*4096)
			w.check(err)
		}
		w.check(f.Close())
		w.soon(4 * time.Second)
		w.endKeepers()
		w.takeAwayLedger()
	})
}

// ledgerDeleted removes the ledger under a running berth, which ends when it sees that; another begins.
func ledgerDeleted(w *town) {
	w.withoutLedger(func() {
		w.takeAwayLedger()
		w.soon(5 * time.Second)
		w.endKeepers()
	})
}

func (w *town) takeAwayLedger() {
	for _, name := range []string{"berth.db", "berth.db-wal", "berth.db-shm"} {
		if err := os.Remove(filepath.Join(w.home, name)); err != nil && !os.IsNotExist(err) {
			w.check(err)
		}
	}
}

// withoutLedger has the ledger go while an order is under way, and begins anew without it. An order in flight may go
// with it: whatever became of its instance, what runs is in the new ledger as it runs.
func (w *town) withoutLedger(failing func()) {
	o := w.next()
	w.hold()
	done := w.begin(o)
	w.soon(time.Second)
	failing()
	w.beginKeeping()
	w.expect(<-done)
	for id, m := range w.crew {
		if o.of == m || m.container == "" {
			m.wants = []model.Phase{model.PhaseRunning, model.PhaseStopped, model.PhaseExited, gone}
			m.same, m.anew, m.remade = false, false, false
		}
		_ = id
	}
	w.ended = map[model.InstanceID]bool{} // numbers begin anew
	w.settle(w.patience())
	w.forgetNumbers()
}

// forgetNumbers has the new ledger count on where the old one did, as it does by itself for all that is on the engine.
func (w *town) forgetNumbers() { w.ended = map[model.InstanceID]bool{} }

// ledgerNewer has the ledger be one of a newer berth for a while: nothing of this one writes to it, or ends anything.
func ledgerNewer(w *town) {
	var version int
	w.around(w.next(), time.Second, func() {
		w.pragma(func(db *sql.DB) error {
			err := db.QueryRow("PRAGMA user_version").Scan(&version)
			if err == nil {
				_, err = db.Exec("PRAGMA user_version = 99")
			}
			return err
		})
		w.end(w.keeper, syscall.SIGKILL)
		refused := w.serve() // ends by itself: the ledger isn't for it
		w.end(refused, 0)
		if refused.ProcessState.Success() {
			w.find(lost, "a berth of before took a newer ledger")
		}
		w.pragma(func(db *sql.DB) error {
			_, err := db.Exec(fmt.Sprint("PRAGMA user_version = ", version))
			return err
		})
		w.beginKeeping()
	})
}

func (w *town) pragma(do func(*sql.DB) error) {
	db, err := w.ledger()
	w.check(err)
	w.check(do(db))
	w.check(db.Close())
}
