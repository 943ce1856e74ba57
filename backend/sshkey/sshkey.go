// Package sshkey reads the public keys that people give.
package sshkey

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"berth/model"
)

// Check returns an SSH public key as one line of authorized_keys. Options before the key are refused: they
// would let a key run commands as somebody chose who isn't its owner.
func Check(text string) (string, error) {
	line := strings.TrimSpace(model.PlainText([]byte(text)))
	switch {
	case strings.Contains(line, "BEGIN SSH2 PUBLIC KEY"):
		return "", noKey("this is a public key in PuTTY's form; ssh-keygen -i -f FILE writes it as one line, or copy what PuTTYgen shows " +
			"as \"Public key for pasting into OpenSSH authorized_keys file\"")
	case strings.HasPrefix(line, "PuTTY-User-Key-File"):
		return "", noKey("this is PuTTY's file of a private key; open it in PuTTYgen and copy what that shows as " +
			"\"Public key for pasting into OpenSSH authorized_keys file\", or puttygen FILE -L prints it")
	case strings.Contains(line, "BEGIN PUBLIC KEY"), strings.Contains(line, "BEGIN RSA PUBLIC KEY"):
		return "", noKey("this is a public key in PEM; ssh-keygen -i -m PKCS8 -f FILE writes it as one line (-m PEM for an RSA PUBLIC KEY)")
	case strings.Contains(line, "PRIVATE KEY"):
		return "", noKey("this is a private key; give the public one, the file ending in .pub")
	}
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	switch {
	case err != nil:
		return "", noKey("not a public key; want a line such as \"ssh-ed25519 AAAA… name\"")
	case strings.Contains(key.Type(), "-cert-"):
		return "", noKey("this is a certificate, which an instance doesn't check; give the key that it is of, the file ending in .pub without -cert")
	case key.Type() == "ssh-dss":
		return "", noKey("DSA isn't safe any more; make a key with ssh-keygen -t ed25519")
	case len(options) > 0:
		return "", noKey(fmt.Sprintf("begins with options (%s); give the key alone", strings.Join(options, ",")))
	case len(strings.TrimSpace(string(rest))) > 0:
		return "", noKey("more than one line; add one key at a time")
	}
	return line, nil
}

func noKey(reason string) error { return model.Fault{Field: "ssh key", Reason: reason} }

// Same compares two lines of authorized_keys by what makes a key: its type and its own part.
func Same(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	return len(x) > 1 && len(y) > 1 && x[0] == y[0] && x[1] == y[1]
}
