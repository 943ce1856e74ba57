package keeper

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"berth/model"
)

// How often a process tries to become the keeper, or checks whether it must hand over to the service. A machine may be
// without a keeper for that long. There are many screens but one service, so the service tries more often.
const (
	lookForKeepership = time.Second
	lookForService    = 200 * time.Millisecond
)

// Leadership decides whether this process is the machine's keeper, and runs the keeper while it is. Its methods may be
// called from any goroutine.
type Leadership struct {
	home    string
	service bool // this process has precedence, see Claim
	log     *slog.Logger

	mu      sync.Mutex
	keeping bool
}

// NewLeadership makes the Leadership of a state folder.
func NewLeadership(home string, log *slog.Logger) *Leadership {
	return &Leadership{home: home, log: log}
}

// GoFirst says, before Run, that this process is the machine's service. The service has precedence over screens and
// commands: a keeper of another kind hands over to it as soon as it pulls no image, and none begins while the service
// is there. The service may run as root, which can read every user's logins and templates, and it stays.
func (l *Leadership) GoFirst() { l.service = true }

// Claim holds the service's lock until the context ends, so that other processes know of the service. It returns at
// once if this process isn't the service.
func (l *Leadership) Claim(ctx context.Context) {
	for l.service && ctx.Err() == nil {
		lock, err := tryLockFile(l.home, serviceFile)
		if err != nil {
			l.log.Error("claiming keepership", "err", err)
		}
		if lock != nil { // nil: another service has it, or somebody is testing the lock
			<-ctx.Done()
			if err := lock.release(); err != nil {
				l.log.Error("giving up the claim on keepership", "err", err)
			}
			return
		}
		wait(ctx, lookForService)
	}
}

// Served reports whether another process is the machine's service.
func (l *Leadership) Served() bool { return !l.service && holderOf(l.home, serviceFile) != 0 }

// A Term is one period as keeper. Keep runs until the context ends. Pulling reports whether there is work under way
// that the next keeper would have to begin again.
type Term interface {
	Keep(ctx context.Context)
	Pulling() bool
}

// Run is the keeper whenever it can be, until the context ends. begin starts a new term each time.
func (l *Leadership) Run(ctx context.Context, begin func(context.Context) (Term, error)) {
	pause := lookForKeepership
	if l.service {
		pause = lookForService
	}
	for ; ctx.Err() == nil; wait(ctx, pause) {
		if l.Served() {
			continue
		}
		lock, err := tryLock(l.home)
		if err != nil {
			l.log.Error("becoming the keeper", "err", err)
		}
		if lock != nil {
			l.lead(ctx, lock, begin)
		}
	}
}

// lead is the keeper until the context ends or the service takes over.
func (l *Leadership) lead(ctx context.Context, lock *keeperLock, begin func(context.Context) (Term, error)) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer func() {
		if err := lock.release(); err != nil {
			l.log.Error("letting go of keepership", "err", err)
		}
	}()
	term, err := begin(ctx)
	if err != nil {
		l.log.Error("becoming the keeper", "err", err)
		return
	}
	l.setKeeping(true)
	l.log.Info("keeping this machine", "home", l.home)
	var beside sync.WaitGroup
	if !l.service {
		beside.Go(func() {
			for ; ctx.Err() == nil; wait(ctx, lookForKeepership) {
				if l.Served() && !term.Pulling() {
					l.log.Info("handing over to the service")
					stop()
				}
			}
		})
	}
	term.Keep(ctx)
	stop()
	beside.Wait()
	l.setKeeping(false) // before the lock is released
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (l *Leadership) setKeeping(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keeping = on
}

// Keeping reports whether this process is the machine's keeper.
func (l *Leadership) Keeping() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keeping
}

// State says which process is the keeper now.
func (l *Leadership) State() model.KeeperState {
	if l.Keeping() {
		return model.KeeperState{Here: true, PID: os.Getpid()}
	}
	return model.KeeperState{PID: PID(l.home)}
}

// Leave starts a keeper as a detached process, unless the machine has a keeper or a service.
func (l *Leadership) Leave(command []string) error {
	if PID(l.home) != 0 || l.Served() {
		return nil
	}
	c := exec.Command(command[0], command[1:]...) //nolint:noctx // our own program, meant to outlive this one
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	c.Dir = "/" // so that the folder it was started in can be unmounted
	c.Env = os.Environ()
	if err := c.Start(); err != nil {
		return fmt.Errorf("leaving a keeper behind: %w; run `berth serve`", err)
	}
	return c.Process.Release()
}
