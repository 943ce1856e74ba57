// Package sshkey reads the public keys that people give, and finds those that a user has at hand.
package sshkey

import (
	"golang.org/x/crypto/ssh"

	"berth/model"
)

// Check returns an SSH public key as one line of authorized_keys, as model.PublicKey does, after reading the key itself:
// what an instance's server couldn't read lets nobody in.
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
