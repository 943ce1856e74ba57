// Package firewall closes this machine to what comes from its instances' bridge: of the machine they reach the API's
// port, and nothing else that listens on any of its addresses; of each other nothing, published ports included. It
// refuses and never accepts for others, in a table of its own, beside whatever the machine's owner and the engine have.
//
// It takes root and nftables' program, and decides nothing about who wants it.
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

// Close closes this machine to the bridge whose gateway this is, but for a port. Done again it changes nothing; with
// another bridge or port, as another state folder has, it closes it to both.
func Close(ctx context.Context, gateway string, port int) error {
	bridge, err := bridgeOf(gateway)
	if err != nil {
		return err
	}
	return load(ctx, rules(bridge, port))
}

// Open takes the table away.
func Open(ctx context.Context) error {
	return load(ctx, "add table inet berth\ndelete table inet berth\n")
}

// rules are one transaction: all of it holds from one moment on, or nothing is changed.
//
// What answers comes through: the machine's own connections to instances, and the engine's proxies. The filter stands
// before those of others, whose accept would end here.
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

// bridgeOf is the interface that has an address.
func bridgeOf(gateway string) (string, error) {
	want := net.ParseIP(gateway)
	links, err := net.Interfaces()
	if err != nil {
		return "", err
	}
	for _, link := range links {
		addresses, _ := link.Addrs() // it may have gone just now
		for _, a := range addresses {
			if n, is := a.(*net.IPNet); is && n.IP.Equal(want) && !strings.ContainsAny(link.Name, "\"\\\n") {
				return link.Name, nil
			}
		}
	}
	return "", fmt.Errorf("no interface of this machine has the address %s", gateway)
}

// load has nftables' program do a transaction.
func load(ctx context.Context, text string) error {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, "nft", "-f", "-")
	c.Stdin = strings.NewReader(text)
	said, err := c.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("there is no nft: install the package nftables")
	}
	if err != nil {
		first, _, _ := bytes.Cut(bytes.TrimSpace(said), []byte("\n"))
		return fmt.Errorf("nft: %w: %s", err, first)
	}
	return nil
}
