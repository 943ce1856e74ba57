package layout

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"strings"

	"berth/backend/guest/files"

	"golang.org/x/crypto/ssh"
)

// HostKey returns the SSH server's key as PEM, and the public half as a line of known_hosts has it. It is the key from
// the keeper, else that of earlier starts, else a new one. If the key can't be saved, HostKey returns it with an error:
// it serves this start and is lost at the next.
func (s *Layout) HostKey() (private []byte, public string, err error) {
	if s.guest.HostKey != "" {
		private = []byte(s.guest.HostKey)
		if public, err = publicHalf(private); err != nil {
			return nil, "", fmt.Errorf("the host key handed in: %w", err)
		}
		return private, public, s.keepHostKey(private)
	}
	// A container made from a copy of another container's files has that container's key, and must not use it.
	if s.done.Files[files.HostKey] != "" {
		if private, err = s.disk.read(files.HostKey); err == nil {
			if public, err = publicHalf(private); err == nil {
				return private, public, nil
			}
		}
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, "", err
	}
	block, err := ssh.MarshalPrivateKey(key, s.guest.Instance.String())
	if err != nil {
		return nil, "", err
	}
	private = pem.EncodeToMemory(block)
	if public, err = publicHalf(private); err != nil {
		return nil, "", err
	}
	return private, public, s.keepHostKey(private)
}

func publicHalf(private []byte) (string, error) {
	signer, err := ssh.ParsePrivateKey(private)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))), nil
}

func (s *Layout) keepHostKey(text []byte) error {
	if err := s.disk.write(files.HostKey, text, 0o600); err != nil {
		return fmt.Errorf("the host key is kept for this start only: %w", err)
	}
	s.done.Files[files.HostKey] = "kept"
	return s.remember()
}
