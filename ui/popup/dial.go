package popup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

const (
	// dialFor is how long an address may take to answer: a SYN that was lost is sent again after 1 s.
	dialFor = 3 * time.Second
	// hearFor is how long whoever answered may take to speak first, or to hang up. The engine's own proxy
	// accepts whatever comes and hangs up when nothing listens inside, so accepting alone says nothing.
	hearFor = 400 * time.Millisecond
)

// loopback is the address by which a machine always reaches itself.
const loopback = "127.0.0.1"

// A dialed is the result of testing one port from this machine.
type dialed struct {
	tag  tag
	said said
}

// dialCmd tests a port by connecting to it from here.
func dialCmd(ctx context.Context, t tag, publicIP string, p model.Port) tea.Cmd {
	return func() tea.Msg {
		return dialed{t, dialPort(ctx, publicIP, p)}
	}
}

// dialPort connects to the port's public address and, where that fails, to the loopback one: many routers
// don't lead a machine's own public address back to it, which says nothing about the outside.
func dialPort(ctx context.Context, publicIP string, p model.Port) said {
	if p.Protocol == model.UDP {
		return said{"a UDP port can't be tested by connecting: ask from outside with its own client", true}
	}
	if publicIP == "" {
		publicIP = loopback
	}
	public := net.JoinHostPort(publicIP, strconv.Itoa(p.External))
	words, err := hear(ctx, public)
	if err == nil {
		return said{text: public + " " + words}
	}
	local := net.JoinHostPort(loopback, strconv.Itoa(p.External))
	if words, localErr := hear(ctx, local); publicIP != loopback && localErr == nil {
		return said{text: fmt.Sprintf("%s %s; %s: %v, which may only mean that this machine can't reach itself by it",
			local, words, public, err)}
	}
	return said{fmt.Sprintf("%s: %v", public, err), true}
}

// hear connects and says in words what answered.
func hear(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, dialFor)
	defer cancel()
	begun := time.Now()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", dialError(err)
	}
	defer conn.Close()
	took := time.Since(begun).Round(100 * time.Microsecond)
	if err := conn.SetReadDeadline(time.Now().Add(hearFor)); err != nil {
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

// dialError says what a failed connection means.
func dialError(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return fmt.Errorf("no answer within %v, as behind a firewall", dialFor)
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("refused, so nothing listens")
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
