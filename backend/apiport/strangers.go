package apiport

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"berth/backend/sockets"
)

// A port doesn't prove who listens on it: while nobody holds the API's port, any user of the machine may listen there.
// So each process that shows the machine checks that whoever listens there is allowed to.

// A Stranger is a user who listens where the API should, and who isn't the keeper's user.
type Stranger struct {
	UID  int
	At   string // the address
	Port int
}

func (s Stranger) String() string {
	at := net.JoinHostPort(s.At, strconv.Itoa(s.Port))
	return fmt.Sprintf("user %d listens at %s, the API's port, and isn't the keeper: keys shown there are theirs to read", s.UID, at)
}

// Strangers returns the users other than the keeper's who listen where the API should be.
func (p *Port) Strangers(ctx context.Context) ([]Stranger, error) {
	noted, err := p.Ledger.Noted(ctx, notePort)
	if err != nil {
		return nil, err
	}
	port, _ := strconv.Atoi(noted)
	if port <= 0 {
		return nil, nil // no port was chosen yet
	}
	may := []int{0, os.Geteuid()}
	if pid := p.Keeper(); pid > 0 {
		may = append([]int{0}, p.usersOf(pid)...)
	}
	return strangersAmong(sockets.Listeners(port), ours, may), nil
}

// usersOf returns the user of the keeper, by its process. Where /proc hides that (hidepid), it is whoever made the API's
// socket in the state folder: only the state folder's own users can.
func (p *Port) usersOf(keeper int) []int {
	for _, path := range []string{filepath.Join(p.proc, strconv.Itoa(keeper)), filepath.Join(p.Home, SocketName)} {
		if info, err := os.Lstat(path); err == nil {
			return []int{int(info.Sys().(*syscall.Stat_t).Uid)}
		}
	}
	return nil
}

// ours returns the addresses of this machine that the API may be reached at: the loopback, and the gateways of the
// engine's networks, whose bridges are named br-ID.
func ours() []netip.Addr {
	all := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	links, _ := net.Interfaces() // on an error the loopback only
	for _, link := range links {
		if !strings.HasPrefix(link.Name, "br-") {
			continue
		}
		addresses, _ := link.Addrs() // the interface may have gone just now
		for _, a := range addresses {
			if n, is := a.(*net.IPNet); is {
				if ip, known := netip.AddrFromSlice(n.IP); known {
					all = append(all, ip.Unmap())
				}
			}
		}
	}
	return all
}

// strangersAmong returns those who may not listen where the API is reached. Which addresses these are is asked only where
// somebody else has the port.
func strangersAmong(there []sockets.Listener, at func() []netip.Addr, may []int) (all []Stranger) {
	for _, l := range there {
		if slices.Contains(may, l.UID) {
			continue
		}
		if ip := l.At.Addr().Unmap(); ip.IsUnspecified() || slices.Contains(at(), ip) {
			all = append(all, Stranger{UID: l.UID, At: ip.String(), Port: int(l.At.Port())})
		}
	}
	return all
}

// A lookout remembers the strangers it saw last. A stranger is only reported when seen twice in a row, so that a
// listener that is just closing isn't reported.
type lookout struct {
	mu   sync.Mutex
	at   time.Time
	seen []Stranger
	said string
}

// Intruder returns a sentence about a stranger who has listened on the API's port for a while; empty if there is none.
// It checks at most every 3 seconds.
func (p *Port) Intruder(ctx context.Context, now time.Time) string {
	const seldom = 3 * time.Second
	o := &p.lookout
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Sub(o.at) < seldom {
		return o.said
	}
	all, err := p.Strangers(ctx)
	if err != nil {
		return o.said // the ledger's error is shown elsewhere
	}
	o.said = ""
	for _, s := range all {
		if slices.Contains(o.seen, s) {
			o.said = s.String()
		}
	}
	o.at, o.seen = now, all
	return o.said
}
