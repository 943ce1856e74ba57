package label

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Proof is the label that proves the others: anyone can write labels, and an image hands its own on to every container
// that is made from it.
const Proof = "berth.proof"

// A Key proves labels. It belongs to a state folder: whoever can read that folder's ledger can read the key.
type Key []byte

const keyFile = "labels.key"

// OpenKey reads the key of a state folder, or makes one where there is none. Of several processes that come first at
// the same time one wins.
func OpenKey(home string) (Key, error) {
	path := filepath.Join(home, keyFile)
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	draft, err := os.CreateTemp(home, "."+keyFile+"-*")
	if err != nil {
		return nil, fmt.Errorf("key of labels: %w", err)
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // a name left behind harms nobody
	fresh := make([]byte, sha256.Size)
	_, _ = rand.Read(fresh) // never fails: the runtime ends the program instead
	_, err = draft.WriteString(hex.EncodeToString(fresh) + "\n")
	if err = errors.Join(err, draft.Chmod(FileMode(home)), draft.Sync(), draft.Close()); err != nil {
		return nil, fmt.Errorf("key of labels: %w", err)
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("key of labels: %w", err)
	}
	return readKey(path)
}

func readKey(path string) (Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key of labels: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != sha256.Size {
		return nil, fmt.Errorf("key of labels: %s holds no key; remove it, and containers whose rows are lost are strangers", path)
	}
	return key, nil
}

// FileMode is the mode of a file that is as open to the group as its folder is.
func FileMode(home string) fs.FileMode {
	const groupMayWrite = 0o020
	if info, err := os.Stat(home); err == nil && info.Mode().Perm()&groupMayWrite != 0 {
		return 0o660
	}
	return 0o600
}

// Sign returns the proof of a container's labels: it holds for a container of that name, made from that image, alone.
func (k Key) Sign(name, image string, labels map[string]string) string {
	mac := hmac.New(sha256.New, k)
	for _, part := range []string{name, image, labels[ID], labels[Home], labels[Owner], labels[Order]} {
		fmt.Fprintf(mac, "%d:%s,", len(part), part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// Proves reports whether a container's labels are those that this berth gave it.
func (k Key) Proves(name, image string, labels map[string]string) bool {
	proof := labels[Proof]
	return len(k) > 0 && proof != "" && hmac.Equal([]byte(proof), []byte(k.Sign(name, image, labels)))
}
