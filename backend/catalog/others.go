package catalog

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ErrOutOfReach says that this process can't read or write another user's files.
var ErrOutOfReach = errors.New("another user's files are out of reach")

// unreachable is ErrOutOfReach in words that say whose files, and what to do.
type unreachable struct{ words string }

// Error is the words.
func (u unreachable) Error() string { return u.words }

// Is makes it of the kind ErrOutOfReach.
func (u unreachable) Is(target error) bool { return target == ErrOutOfReach }

// A person is another user, with whose rights their files are read and written.
type person struct {
	name     string
	uid, gid int
	home     string
	turn     chan struct{} // of one, which whoever acts for them holds
}

// For returns the catalog of another user of this machine: what their own berth finds in ~/.config/berth. It is
// this one if they are the user whose process this is. Only root reaches others; for anybody else, and for a name
// that isn't in the user database, the error is of the kind ErrOutOfReach.
func (c *Catalog) For(name string) (*Catalog, error) {
	p, err := c.others.find(name)
	me := os.Geteuid()
	switch {
	case err == nil && p.uid == me && c.as == nil:
		return c, nil
	case me != 0:
		return nil, unreachable{fmt.Sprintf("berth runs as %s here and can't reach %s's files: `sudo berth setup` makes a root service that can",
			userName(me), name)}
	case err != nil:
		return nil, err
	}
	theirs := *c
	theirs.folders.User, theirs.as = filepath.Join(p.home, ".config", "berth"), p
	if p.uid == me {
		theirs.as = nil
	}
	return &theirs, nil
}

// Public is the catalog without anything that is one user's own.
func (c *Catalog) Public() *Catalog {
	everybodys := *c
	everybodys.folders.User, everybodys.as = "", nil
	return &everybodys
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "uid " + strconv.Itoa(uid)
}

// others are the users that were asked for so far. A user database may be across a network, and so may homes:
// asking either has its deadline.
type others struct {
	lookup   func(name string) (*user.User, error)
	patience time.Duration

	mu    sync.Mutex
	turns map[int]chan struct{} // by user id
}

// patient is how long a user database or a home may take to answer.
const patient = 10 * time.Second

func newOthers(lookup func(string) (*user.User, error)) *others {
	if lookup == nil {
		lookup = user.Lookup
	}
	return &others{lookup: lookup, patience: patient, turns: map[int]chan struct{}{}}
}

// find asks the user database.
func (o *others) find(name string) (*person, error) {
	u, err := inTime(o.patience, "the user database", func() (*user.User, error) { return o.lookup(name) })
	if err != nil {
		return nil, unreachable{fmt.Sprintf("%s's files can't be found: %v", name, err)}
	}
	p := &person{name: name, home: u.HomeDir}
	var bad error
	p.uid, err = strconv.Atoi(u.Uid)
	p.gid, bad = strconv.Atoi(u.Gid)
	if errors.Join(err, bad) != nil || p.uid < 0 || p.gid < 0 || !filepath.IsAbs(p.home) {
		return nil, unreachable{fmt.Sprintf("%s's files can't be found: the user database has uid %q, gid %q and home %q", name, u.Uid, u.Gid, u.HomeDir)}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.turns[p.uid] == nil {
		o.turns[p.uid] = make(chan struct{}, 1)
	}
	p.turn = o.turns[p.uid]
	return p, nil
}

// acting does something with a catalog's files: as this process for its own user's, or else with the rights of
// the user whose they are.
func acting[T any](c *Catalog, do func() (T, error)) (T, error) {
	if c.as == nil {
		return do()
	}
	var none T
	late := time.NewTimer(c.others.patience)
	defer late.Stop()
	select {
	case c.as.turn <- struct{}{}:
	case <-late.C: // an earlier one hangs: threads that hang are not to become many
		return none, unreachable{c.as.name + "'s home doesn't answer"}
	}
	return inTime(c.others.patience, c.as.name+"'s home", func() (T, error) {
		defer func() { <-c.as.turn }()
		if err := c.as.become(); err != nil {
			return none, err
		}
		return do()
	})
}

// become gives the calling goroutine a thread of its own with this user's rights to files, and no other user's:
// the kernel checks each path that is walked and each file that is opened, as if the user did it, and what is
// made is the user's. A link leads only where the user may go anyway. The thread is never given back: it ends
// with the goroutine.
func (p *person) become() error {
	runtime.LockOSThread()
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); errno != 0 { // of this thread; unix.Setgroups is for all
		return fmt.Errorf("acting for %s: leaving root's groups: %w", p.name, errno)
	}
	// These two report what was before, not whether it worked: asked with an id that there isn't, they tell.
	_ = unix.Setfsgid(p.gid)
	_ = unix.Setfsuid(p.uid)
	gid, err1 := unix.SetfsgidRetGid(-1)
	uid, err2 := unix.SetfsuidRetUid(-1)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("acting for %s: %w", p.name, err)
	}
	if uid != p.uid || gid != p.gid {
		return fmt.Errorf("acting for %s: the kernel stays at uid %d, gid %d", p.name, uid, gid)
	}
	return nil
}

// inTime does something that may hang, in a goroutine of its own, and leaves it there when it does.
func inTime[T any](patience time.Duration, what string, do func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
		crash any
	}
	done := make(chan outcome, 1)
	go func() {
		var out outcome
		defer func() {
			out.crash = recover()
			done <- out
		}()
		out.value, out.err = do()
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case out := <-done:
		if out.crash != nil {
			panic(out.crash) // it is the caller's, who has somebody to report it to
		}
		return out.value, out.err
	case <-late.C:
		var none T
		return none, unreachable{fmt.Sprintf("%s doesn't answer", what)}
	}
}
