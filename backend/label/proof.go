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

// Proof is the label that proves the others. Proof is needed because anybody can write labels, and every container
// inherits the labels of its image.
const Proof = "berth.proof"

// A Key proves labels. It belongs to a state folder: whoever can read that folder's ledger can read the key.
type Key []byte

const keyFile = "labels.key"

// OpenKey reads the key of a state folder, or makes one if there is none. If several processes make one at the same
// time, one wins.
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
	defer os.Remove(draft.Name()) //nolint:errcheck // a leftover file does no harm
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

// FileMode returns the mode of a new file in a folder: the group may write the file if it may write the folder.
func FileMode(home string) fs.FileMode {
	const groupMayWrite = 0o020
	if info, err := os.Stat(home); err == nil && info.Mode().Perm()&groupMayWrite != 0 {
		return 0o660
	}
	return 0o600
}

// Sign returns the proof of a container's labels. It is valid only for a container with that name and image.
func (k Key) Sign(name, image string, labels map[string]string) string {
	return k.mac(name, image, labels[ID], labels[Home], labels[Owner], labels[Order])
}

// SignVolume returns the proof of a volume's labels: it holds for a volume of that name on the engine alone, and for no
// container.
func (k Key) SignVolume(name string, labels map[string]string) string {
	return k.mac("volume", name, labels[Volume], labels[Home], labels[Owner], labels[Size], labels[Made])
}

// ProvesVolume reports whether a volume's labels are those that this berth gave it.
func (k Key) ProvesVolume(name string, labels map[string]string) bool {
	proof := labels[Proof]
	return len(k) > 0 && proof != "" && hmac.Equal([]byte(proof), []byte(k.SignVolume(name, labels)))
}

// mac is the code of some texts: other texts, or as many of them joined otherwise, have another.
func (k Key) mac(parts ...string) string {
	mac := hmac.New(sha256.New, k)
	for _, part := range parts {
		fmt.Fprintf(mac, "%d:%s,", len(part), part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// Proves reports whether a container's labels are those that this berth gave it.
func (k Key) Proves(name, image string, labels map[string]string) bool {
	proof := labels[Proof]
	return len(k) > 0 && proof != "" && hmac.Equal([]byte(proof), []byte(k.Sign(name, image, labels)))
}
