package backend

import (
	"context"
	"sync"
	"time"
)

// How often a process looks whether it can be the keeper, or should leave that to the service: this long a machine
// may be without a keeper. There is one service, and many screens; the service looks until it is the keeper.
const (
	lookForKeepership = time.Second
	lookForService    = 200 * time.Millisecond
)

// Serve is Run for the machine's service. It goes before screens and commands: one that keeps the machine hands over
// to it as soon as it pulls no image, and none becomes the keeper while it is there. It may be root, who reaches
// every user's logins and templates, and it stays.
func (m *Machine) Serve(ctx context.Context) error {
	m.service = true
	return m.Run(ctx)
}

// claim tells other processes that the service is there, until the context ends.
func (m *Machine) claim(ctx context.Context) {
	for ctx.Err() == nil {
		lock, err := tryLockFile(m.home, serviceFile)
		if err != nil {
			m.log.Error("claiming keepership", "err", err)
		}
		if lock != nil { // else another service has it, or somebody looks just now
			<-ctx.Done()
			if err := lock.release(); err != nil {
				m.log.Error("giving up the claim on keepership", "err", err)
			}
			return
		}
		wait(ctx, lookForService)
	}
}

// served reports whether another process than this is the machine's service.
func (m *Machine) served() bool { return !m.service && holderOf(m.home, serviceFile) != 0 }

// keep is the keeper whenever it can be, until the context ends.
func (m *Machine) keep(ctx context.Context) {
	pause := lookForKeepership
	if m.service {
		pause = lookForService
	}
	for ; ctx.Err() == nil; wait(ctx, pause) {
		if m.served() {
			continue
		}
		lock, err := tryLock(m.home)
		if err != nil {
			m.log.Error("becoming the keeper", "err", err)
		}
		if lock != nil {
			m.keepLocked(ctx, lock)
		}
	}
}

// keepLocked is the keeper until the context ends or the service takes over.
func (m *Machine) keepLocked(ctx context.Context, lock *keeperLock) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	m.setKeeping(true)
	worlds, leave := m.worlds.join()
	defer leave()
	m.log.Info("keeping this machine", "home", m.home)
	k := newKeeper(m)
	var beside sync.WaitGroup
	beside.Go(m.guarded(func() { m.serveAPI(ctx) }))
	if !m.service {
		beside.Go(m.guarded(func() {
			for ; ctx.Err() == nil; wait(ctx, lookForKeepership) {
				if m.served() && !k.pulling() {
					m.log.Info("handing over to the service")
					stop()
				}
			}
		}))
	}
	k.run(ctx, worlds)
	beside.Wait()
	m.setKeeping(false) // before another can be
	if err := lock.release(); err != nil {
		m.log.Error("letting go of keepership", "err", err)
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (m *Machine) setKeeping(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keeping = on
}

// Keeping reports whether this process is the machine's keeper.
func (m *Machine) Keeping() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keeping
}
