package apiport

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A port is no identity: while nobody holds the API's, any user of the machine may listen there. So everybody who shows
// the machine looks whether whoever listens there may.

// A Stranger is a user who listens where the API should, and isn't the keeper's.
type Stranger struct {
	UID  int
	At   string // the address
	Port int
}

func (s Stranger) String() string {
	at := net.JoinHostPort(s.At, strconv.Itoa(s.Port))
	return fmt.Sprintf("user %d listens at %s, the API's port, and isn't the keeper: keys shown there are theirs to read", s.UID, at)
}

// Strangers are those who listen where the API should be.
func (p *Port) Strangers(ctx context.Context) ([]Stranger, error) {
	noted, err := p.Ledger.Noted(ctx, notePort)
	if err != nil {
		return nil, err
	}
	port, _ := strconv.Atoi(noted)
	if port <= 0 {
		return nil, nil // none was chosen yet
	}
	may := []int{0, os.Geteuid()}
	if pid := p.Keeper(); pid > 0 {
		may = []int{0}
		if info, err := os.Stat("/proc/" + strconv.Itoa(pid)); err == nil {
			may = append(may, int(info.Sys().(*syscall.Stat_t).Uid))
		}
	}
	var all []Stranger
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue // a kernel without IPv6
		}
		all = append(all, strangersIn(f, port, ours(), may)...)
		_ = f.Close() // it was only read
	}
	return all, nil
}

// ours are the addresses of this machine that the API may be asked at: the loopback, and gateways of the engine's
// networks, whose bridges it names br-ID.
func ours() []net.IP {
	all := []net.IP{net.IPv4(127, 0, 0, 1)}
	links, _ := net.Interfaces() // without an answer the loopback alone
	for _, link := range links {
		if !strings.HasPrefix(link.Name, "br-") {
			continue
		}
		addresses, _ := link.Addrs() // it may have gone just now
		for _, a := range addresses {
			if n, is := a.(*net.IPNet); is {
				all = append(all, n.IP)
			}
		}
	}
	return all
}

// strangersIn reads a table of the kernel's sockets: those that listen come first.
func strangersIn(table io.Reader, port int, at []net.IP, may []int) (all []Stranger) {
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
		if ip.IsUnspecified() || slices.ContainsFunc(at, ip.Equal) {
			all = append(all, Stranger{UID: uid, At: ip.String(), Port: port})
		}
	}
	return all
}

// socketAddress reads the kernel's 0100007F:2260: words of four bytes, each in the machine's order, which is little-endian
// on all that berth is built for.
func socketAddress(text string) (net.IP, int) {
	address, digits, _ := strings.Cut(text, ":")
	ip, _ := hex.DecodeString(address)
	port, _ := strconv.ParseInt(digits, 16, 32)
	for word := range slices.Chunk(ip, 4) {
		slices.Reverse(word)
	}
	return ip, int(port)
}

// A lookout remembers whom it saw. One who lets go of the port just as another takes it isn't said.
type lookout struct {
	mu   sync.Mutex
	at   time.Time
	seen []Stranger
	said string
}

// Intruder is a sentence on who else has listened on the API's port for a while; empty where nobody has. It looks at
// most every few seconds.
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
		return o.said // the ledger's trouble is said elsewhere
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
