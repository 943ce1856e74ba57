package sockets

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"berth/model"
)

// mostTable bounds what is read of one table: a line for each port that there is. Listening TCP sockets come first.
const mostTable = 8 << 20

// readTables returns the sockets that wait, by the kernel's tables of these names.
func readTables(pid int, tables ...string) (map[model.Socket]bool, error) {
	open := map[model.Socket]bool{}
	for _, table := range tables {
		f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if errors.Is(err, os.ErrNotExist) && strings.HasSuffix(table, "6") {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		waitingIn(f, model.Protocol(table[:3]), open)
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return open, nil
}

// waitingIn reads one table. TCP's begins with those that listen; what follows is read no further.
func waitingIn(table io.Reader, p model.Protocol, open map[model.Socket]bool) {
	waits := "0A" // the state of a listening TCP socket
	if p == model.UDP {
		waits = "07" // of one that is bound to no peer
	}
	for s := bufio.NewScanner(io.LimitReader(table, mostTable)); s.Scan(); {
		// sl local_address rem_address st …, addresses being hexadecimal ADDRESS:PORT.
		field := strings.Fields(s.Text())
		if len(field) < 4 || field[0] == "sl" {
			continue
		}
		if field[3] != waits {
			if p == model.TCP {
				return
			}
			continue
		}
		_, port, _ := strings.Cut(field[1], ":")
		if n, err := strconv.ParseUint(port, 16, 16); err == nil {
			open[model.Socket{Protocol: p, Port: int(n)}] = true
		}
	}
}

// readListeners returns the TCP sockets that wait at a port, by the kernel's tables.
func readListeners(port int) []Listener {
	var all []Listener
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue // a kernel without IPv6
		}
		all = append(all, listenersIn(f, port)...)
		_ = f.Close() // it was only read
	}
	return all
}

// listenersIn reads one table. It begins with those that listen.
func listenersIn(table io.Reader, port int) (all []Listener) {
	const listens = "0A"
	for s := bufio.NewScanner(io.LimitReader(table, mostTable)); s.Scan(); {
		// sl local_address rem_address st tx:rx tr:when retrnsmt uid …
		field := strings.Fields(s.Text())
		if len(field) < 8 || field[0] == "sl" {
			continue
		}
		if field[3] != listens {
			break
		}
		at, known := socketAddress(field[1])
		uid, err := strconv.Atoi(field[7])
		if known && err == nil && int(at.Port()) == port {
			all = append(all, Listener{at, uid})
		}
	}
	return all
}

// socketAddress reads an address such as 0100007F:2260 from the kernel's table. It has words of four bytes in the
// machine's byte order, which is little-endian on every architecture that berth is built for.
func socketAddress(text string) (at netip.AddrPort, known bool) {
	address, digits, _ := strings.Cut(text, ":")
	ip, _ := hex.DecodeString(address)
	for word := range slices.Chunk(ip, 4) {
		slices.Reverse(word)
	}
	addr, known := netip.AddrFromSlice(ip)
	port, err := strconv.ParseUint(digits, 16, 16)
	return netip.AddrPortFrom(addr, uint16(port)), known && err == nil
}
