package popup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

const (
	// dialTimeout is how long an address may take to answer: a SYN that was lost is sent again after 1 s.
	dialTimeout = 3 * time.Second
	// firstByteTimeout is how long a server may take to send its first byte or to close the connection. The engine's
	// proxy accepts every connection and closes it when nothing listens inside, so that a connection is accepted proves
	// nothing.
	firstByteTimeout = 400 * time.Millisecond
)

// loopback is the address at which a machine always reaches itself.
const loopback = "127.0.0.1"

// A portTested is the result of testing one port from this machine.
type portTested struct {
	tag    tag
	result result
}

// dialCmd returns a command that tests a port by connecting to it from this machine.
func dialCmd(ctx context.Context, t tag, publicIP string, p model.Port) tea.Cmd {
	return func() tea.Msg {
		return portTested{t, dialPort(ctx, publicIP, p)}
	}
}

// dialPort connects to the port's public address, and to the loopback address if that fails. Many routers don't route a
// machine's own public address back to it, so such a failure says nothing about connections from outside.
func dialPort(ctx context.Context, publicIP string, p model.Port) result {
	if p.Protocol == model.UDP {
		return result{"a UDP port can't be tested by connecting: ask from outside with its own client", true}
	}
	if publicIP == "" {
		publicIP = loopback
	}
	public := net.JoinHostPort(publicIP, strconv.Itoa(p.External))
	words, err := probePort(ctx, public)
	if err == nil {
		return result{text: public + " " + words}
	}
	local := net.JoinHostPort(loopback, strconv.Itoa(p.External))
	if words, localErr := probePort(ctx, local); publicIP != loopback && localErr == nil {
		return result{text: fmt.Sprintf("%s %s; %s: %s, which may only mean that this machine can't reach itself by it",
			local, words, public, unreached(err))}
	}
	return result{public + ": " + unreached(err), true}
}

// unreached says why nothing was reached.
func unreached(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("no answer in %v: a firewall or a router may drop what comes", dialTimeout)
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "this machine knows no way there"
	}
	return model.Said(err)
}

// probePort connects and returns the server's answer in words.
func probePort(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	begun := time.Now()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", dialError(err)
	}
	defer conn.Close()
	took := time.Since(begun).Round(100 * time.Microsecond)
	if err := conn.SetReadDeadline(time.Now().Add(firstByteTimeout)); err != nil {
		return "", err
	}
	first := make([]byte, 64)
	n, err := conn.Read(first)
	if n > 0 {
		banner, _, _ := strings.Cut(string(first[:n]), "\n")
		return fmt.Sprintf("answers in %v: %s", took, strings.TrimSpace(theme.Text(banner))), nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return "", errors.New("accepted and hung up at once, so nothing inside listens")
	}
	return fmt.Sprintf("answers in %v", took), nil
}

// dialError returns what a failed connection means.
func dialError(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return fmt.Errorf("no answer within %v, as behind a firewall", dialTimeout)
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("refused, so nothing listens")
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
