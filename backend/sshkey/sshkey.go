// Package sshkey checks the public keys that people enter, and finds the keys that a user already has. Begin reading at
// Check and Own.
package sshkey

import (
	"golang.org/x/crypto/ssh"

	"berth/model"
)

// Check returns an SSH public key as one line of authorized_keys, as model.PublicKey does. It also parses the key: an
// instance's SSH server must be able to read it.
func Check(text string) (string, error) {
	line, err := model.PublicKey(text)
	if err != nil {
		return "", err
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line)); err != nil {
		return "", model.Fault{Field: "ssh key", Reason: "not a public key: it is cut or mistyped, copy the whole line again"}
	}
	return line, nil
}
