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

// ErrOutOfReach means that this process can't read or write another user's files.
var ErrOutOfReach = errors.New("another user's files are out of reach")

// unreachable is an ErrOutOfReach with a message that says whose files, and what to do.
type unreachable struct{ words string }

// Error returns the message.
func (u unreachable) Error() string { return u.words }

// Is makes errors.Is report ErrOutOfReach.
func (u unreachable) Is(target error) bool { return target == ErrOutOfReach }

// A person is another user, whose files are read and written with that user's rights.
type person struct {
	name     string
	uid, gid int
	home     string
	turn     chan struct{} // a lock: a channel of one, filled by the goroutine that acts for this user
}

// For returns the catalog of another user of this machine: what that user's own berth finds in ~/.config/berth. For the
// user of this process it returns c. Only root can reach the files of others. For any other process, and for a name
// that isn't in the user database, the error wraps ErrOutOfReach.
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

// Public returns the catalog without any user's own files.
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

// others finds other users. The user database and a home may be on another machine, so access to both has a timeout.
type others struct {
	lookup  func(name string) (*user.User, error)
	timeout time.Duration

	mu    sync.Mutex
	turns map[int]chan struct{} // by user ID
}

// lookupTimeout is the timeout of the user database and of a home.
const lookupTimeout = 10 * time.Second

func newOthers(lookup func(string) (*user.User, error)) *others {
	if lookup == nil {
		lookup = user.Lookup
	}
	return &others{lookup: lookup, timeout: lookupTimeout, turns: map[int]chan struct{}{}}
}

// find looks a user up in the user database.
func (o *others) find(name string) (*person, error) {
	u, err := inTime(o.timeout, "the user database", func() (*user.User, error) { return o.lookup(name) })
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

// Groups returns the names of a user's groups in the machine's user database.
func (c *Catalog) Groups(name string) ([]string, error) {
	return inTime(c.others.timeout, "the user database", func() ([]string, error) {
		u, err := c.others.lookup(name)
		if err != nil {
			return nil, unreachable{fmt.Sprintf("%s isn't in the user database: %v", name, err)}
		}
		ids, err := u.GroupIds()
		if err != nil {
			return nil, unreachable{fmt.Sprintf("%s's groups can't be found: %v", name, err)}
		}
		var groups []string
		for _, id := range ids {
			if g, err := user.LookupGroupId(id); err == nil { // a group without a name can't be in a configuration
				groups = append(groups, g.Name)
			}
		}
		return groups, nil
	})
}

// withRights runs do, which uses a catalog's files: with this process's rights for its own user, else with the rights
// of the user whose files they are.
func withRights[T any](c *Catalog, do func() (T, error)) (T, error) {
	if c.as == nil {
		return do()
	}
	var none T
	late := time.NewTimer(c.others.timeout)
	defer late.Stop()
	select {
	case c.as.turn <- struct{}{}:
	case <-late.C: // an earlier call hangs, and each further one could hang a thread too
		return none, unreachable{c.as.name + "'s home doesn't answer"}
	}
	return inTime(c.others.timeout, c.as.name+"'s home", func() (T, error) {
		defer func() { <-c.as.turn }()
		if err := c.as.takeRights(); err != nil {
			return none, err
		}
		return do()
	})
}

// takeRights gives the calling goroutine a thread of its own that has this user's rights to files and no others. The
// kernel then checks each folder on a path and each opened file as if the user had opened it, and new files belong to
// the user. A link leads only where the user may go anyway. The thread is never unlocked: it ends with the goroutine.
func (p *person) takeRights() error {
	runtime.LockOSThread()
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); errno != 0 { // the raw call changes only this thread; unix.Setgroups changes all
		return fmt.Errorf("acting for %s: leaving root's groups: %w", p.name, errno)
	}
	// Both calls return the previous ID and no error. Called with -1, which is not a valid ID, they return the current
	// one.
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

// inTime runs do, which may hang, in a goroutine. If the goroutine takes too long, it is left behind.
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
			panic(out.crash) // the caller's goroutine reports panics
		}
		return out.value, out.err
	case <-late.C:
		var none T
		return none, unreachable{fmt.Sprintf("%s doesn't answer", what)}
	}
}
