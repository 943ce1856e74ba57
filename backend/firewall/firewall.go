// Package firewall blocks connections from instances to this machine. Through their bridge, instances reach only the
// API's port, whichever of the machine's addresses they use. They don't reach each other, not even through published
// ports. The rules are in a table of their own, beside those of the machine's owner and of the engine, and only refuse
// more.
//
// It needs root and the program nft. It doesn't decide whether the machine is to be closed. Begin reading at Close.
package firewall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"time"
)

// Close blocks the bridge that has this gateway address, except for one port. Calling it again changes nothing. Called
// with another bridge or port, as by a berth with another state folder, it adds them.
func Close(ctx context.Context, gateway string, port int) error {
	bridge, err := bridgeOf(gateway)
	if err != nil {
		return err
	}
	return load(ctx, rules(bridge, port))
}

// Admit lets instances of closed bridges reach one more port. Where none is closed it changes nothing.
func Admit(ctx context.Context, port int) error {
	const table = "list table inet berth\n"
	if err := load(ctx, table); err != nil {
		return nil //nolint:nilerr // there is no table, or no firewall at all
	}
	return load(ctx, fmt.Sprintf("add element inet berth api { %d }\n", port))
}

// Open removes the table.
func Open(ctx context.Context) error {
	return load(ctx, "add table inet berth\ndelete table inet berth\n")
}

// rules returns one transaction for nft: all of its rules take effect at the same moment, or nothing changes.
//
// Replies are accepted (ct state established): those to the machine's own connections to instances, and those to the
// engine's proxies. The chains have priority -10, so they run before those of others. A reject is final; a packet that
// is accepted here still has to pass the chains of others.
func rules(bridge string, port int) string {
	return fmt.Sprintf(`add table inet berth
add set inet berth bridges { type ifname; }
add set inet berth api { type inet_service; }
add element inet berth bridges { "%s" }
add element inet berth api { %d }
add chain inet berth input { type filter hook input priority -10; policy accept; }
add chain inet berth forward { type filter hook forward priority -10; policy accept; }
flush chain inet berth input
flush chain inet berth forward
add rule inet berth input iifname @bridges ct state established,related accept
add rule inet berth input iifname @bridges tcp dport @api accept
add rule inet berth input iifname @bridges reject
add rule inet berth forward iifname @bridges oifname @bridges reject
`, bridge, port)
}

// bridgeOf returns the interface that has an address.
func bridgeOf(gateway string) (string, error) {
	want := net.ParseIP(gateway)
	links, err := net.Interfaces()
	if err != nil {
		return "", err
	}
	for _, link := range links {
		addresses, _ := link.Addrs() // the interface may have just gone
		for _, a := range addresses {
			if n, is := a.(*net.IPNet); is && n.IP.Equal(want) && !strings.ContainsAny(link.Name, "\"\\\n") {
				return link.Name, nil
			}
		}
	}
	return "", fmt.Errorf("no interface of this machine has the address %s", gateway)
}

// patience is how long nftables' program has. It takes milliseconds; on a machine that boots, and starts all that ran before
// at once, half a minute.
const patience = time.Minute

// load has nftables' program do a transaction.
func load(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, "nft", "-f", "-")
	c.Stdin, c.WaitDelay = strings.NewReader(text), time.Second
	said, err := c.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("there is no nft: install the package nftables")
	}
	if ctx.Err() != nil {
		return fmt.Errorf("nft hasn't ended in time: %w", ctx.Err())
	}
	if err != nil {
		first, _, _ := bytes.Cut(bytes.TrimSpace(said), []byte("\n"))
		return fmt.Errorf("nft: %w: %s", err, first)
	}
	return nil
}
