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

// How often a process looks whether it can be the keeper, or should leave that to the service: this long a machine
// may be without a keeper. There is one service, and many screens; the service looks until it is the keeper.
const (
	lookForKeepership = time.Second
	lookForService    = 200 * time.Millisecond
)

// Leadership decides whether this process is the machine's keeper, and makes it keep while it is. Its methods may be
// called from any goroutine.
type Leadership struct {
	home    string
	service bool // it goes before others, see Claim
	log     *slog.Logger

	mu      sync.Mutex
	keeping bool
}

// NewLeadership makes one for a state folder.
func NewLeadership(home string, log *slog.Logger) *Leadership {
	return &Leadership{home: home, log: log}
}

// GoFirst says, before Run, that this process is the machine's service. It goes before screens and commands: one that
// keeps the machine hands over to it as soon as it pulls no image, and none becomes the keeper while it is there. It
// may be root, who reaches every user's logins and templates, and it stays.
func (l *Leadership) GoFirst() { l.service = true }

// Claim tells other processes that the service is there, until the context ends; at once where this is none.
func (l *Leadership) Claim(ctx context.Context) {
	for l.service && ctx.Err() == nil {
		lock, err := tryLockFile(l.home, serviceFile)
		if err != nil {
			l.log.Error("claiming keepership", "err", err)
		}
		if lock != nil { // else another service has it, or somebody looks just now
			<-ctx.Done()
			if err := lock.release(); err != nil {
				l.log.Error("giving up the claim on keepership", "err", err)
			}
			return
		}
		wait(ctx, lookForService)
	}
}

// Served reports whether another process than this is the machine's service.
func (l *Leadership) Served() bool { return !l.service && holderOf(l.home, serviceFile) != 0 }

// A Term is what the keeper does: Keep until the context ends, and whether it is at something now that the next
// keeper would have to begin anew.
type Term interface {
	Keep(ctx context.Context)
	Pulling() bool
}

// Run keeps whenever it can, until the context ends. begin begins a new term each time.
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

// lead keeps until the context ends or the service takes over.
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
	l.setKeeping(false) // before another can be
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

// State says who fulfils the wishes now.
func (l *Leadership) State() model.KeeperState {
	if l.Keeping() {
		return model.KeeperState{Here: true, PID: os.Getpid()}
	}
	return model.KeeperState{PID: PID(l.home)}
}

// Leave starts a keeper of its own by a command, detached from this terminal, unless somebody keeps the machine.
func (l *Leadership) Leave(command []string) error {
	if PID(l.home) != 0 || l.Served() {
		return nil
	}
	c := exec.Command(command[0], command[1:]...) //nolint:noctx // our own program, meant to outlive this one
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	c.Dir = "/" // it must not keep the folder it was started in from being unmounted
	c.Env = os.Environ()
	if err := c.Start(); err != nil {
		return fmt.Errorf("leaving a keeper behind: %w; run `berth serve`", err)
	}
	return c.Process.Release()
}
