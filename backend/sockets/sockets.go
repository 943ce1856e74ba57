// Package sockets says who listens in a process's network namespace, from what the kernel knows: no packet is sent, and
// nobody inside notices.
//
// There are two sources. Socket diagnostics take microseconds, but need the right to enter the namespace; they are asked
// first. The tables in /proc can be read by more users, but take milliseconds, because the kernel goes through every
// connection that the whole machine could have.
package sockets

import (
	"net/netip"

	"berth/model"
)

// Listening are the sockets that wait for somebody in a process's network namespace, UDP's too.
func Listening(pid int) (map[model.Socket]bool, error) {
	open, err := dumpListening(pid)
	if err != nil {
		return readTables(pid, "tcp", "tcp6", "udp", "udp6")
	}
	udp, err := readTables(pid, "udp", "udp6") // a short table
	for s := range udp {
		open[s] = true
	}
	return open, err
}

// ListensAt reports whether something in a process's network namespace waits for TCP connections at an address of the
// namespace, or at all of them. Where only the tables tell, what waits at another address counts too.
func ListensAt(pid int, at netip.AddrPort) (bool, error) {
	found, err := lookUp(pid, at)
	if err == nil {
		return found, nil
	}
	open, err := readTables(pid, "tcp", "tcp6")
	return open[model.Socket{Protocol: model.TCP, Port: int(at.Port())}], err
}

// A Listener is a TCP socket that waits for connections, and the user whose it is.
type Listener struct {
	At  netip.AddrPort
	UID int
}

// Listeners are the TCP sockets that wait at a port of this process's network namespace.
func Listeners(port int) []Listener {
	if all, err := dumpListeners(port); err == nil {
		return all
	}
	return readListeners(port)
}
