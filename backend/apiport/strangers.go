package apiport

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
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
	var all []Stranger
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue // a kernel without IPv6
		}
		all = append(all, strangersIn(f, port, ours, may)...)
		_ = f.Close() // it was only read
	}
	return all, nil
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
func ours() []net.IP {
	all := []net.IP{net.IPv4(127, 0, 0, 1)}
	links, _ := net.Interfaces() // on an error the loopback only
	for _, link := range links {
		if !strings.HasPrefix(link.Name, "br-") {
			continue
		}
		addresses, _ := link.Addrs() // the interface may have gone just now
		for _, a := range addresses {
			if n, is := a.(*net.IPNet); is {
				all = append(all, n.IP)
			}
		}
	}
	return all
}

// strangersIn reads a table of the kernel's sockets: those that listen come first. Which addresses count is asked only
// where somebody has the port.
func strangersIn(table io.Reader, port int, at func() []net.IP, may []int) (all []Stranger) {
	const listens = "0A"
	for s := bufio.NewScanner(table); s.Scan(); {
		// sl local_address rem_address st tx:rx tr:when retrnsmt uid …
		field := strings.Fields(s.Text())
		if len(field) < 8 || field[0] == "sl" {
			continue
		}
		if field[3] != listens {
			break
		}
		ip, number := socketAddress(field[1])
		uid, err := strconv.Atoi(field[7])
		if err != nil || number != port || slices.Contains(may, uid) {
			continue
		}
		if ip.IsUnspecified() || slices.ContainsFunc(at(), ip.Equal) {
			all = append(all, Stranger{UID: uid, At: ip.String(), Port: port})
		}
	}
	return all
}

// socketAddress reads an address such as 0100007F:2260 from the kernel's table. It has words of four bytes in the
// machine's byte order, which is little-endian on every architecture that berth is built for.
func socketAddress(text string) (net.IP, int) {
	address, digits, _ := strings.Cut(text, ":")
	ip, _ := hex.DecodeString(address)
	port, _ := strconv.ParseInt(digits, 16, 32)
	for word := range slices.Chunk(ip, 4) {
		slices.Reverse(word)
	}
	return ip, int(port)
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
