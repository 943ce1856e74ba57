package sshd

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
)

// A grant is what a line of authorized_keys allows to its key.
type grant struct {
	Command   string // the only command that may run; empty: any
	Forced    bool   // the line sets Command
	NoPTY     bool
	NoForward bool
	NoAgent   bool
	NoTouch   bool // a hardware security key needn't be touched
}

// authorized finds a key in the text of an authorized_keys file. The first line counts that has the key and only
// options that are known here. A line with an unknown option grants nothing: the option was meant to restrict the key,
// or asks for something that this server doesn't do.
func authorized(file []byte, key ssh.PublicKey) (grant, bool) {
	wanted := key.Marshal()
	for len(file) > 0 {
		found, _, options, rest, err := ssh.ParseAuthorizedKey(file)
		if err != nil {
			return grant{}, false // no key is left in the file
		}
		file = rest
		if !bytes.Equal(found.Marshal(), wanted) {
			continue
		}
		if g, ok := parseGrant(options); ok {
			return g, true
		}
	}
	return grant{}, false
}

func parseGrant(options []string) (grant, bool) {
	var g grant
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		switch strings.ToLower(name) {
		case "command":
			text, err := strconv.Unquote(value)
			if err != nil {
				return grant{}, false
			}
			g.Command, g.Forced = text, true
		case "restrict":
			g.NoPTY, g.NoForward, g.NoAgent = true, true, true
		case "no-pty":
			g.NoPTY = true
		case "pty":
			g.NoPTY = false
		case "no-port-forwarding":
			g.NoForward = true
		case "port-forwarding":
			g.NoForward = false
		case "no-agent-forwarding":
			g.NoAgent = true
		case "agent-forwarding":
			g.NoAgent = false
		case "no-touch-required":
			g.NoTouch = true
		case "no-x11-forwarding", "x11-forwarding", "no-user-rc", "user-rc": // this server has neither
		default:
			return grant{}, false
		}
	}
	return g, true
}
