// Package secret draws what nobody may guess: API keys, tokens, the secret line of an instance.
package secret

import (
	"crypto/rand"
	"encoding/hex"
)

// Hex is 64 random hex digits.
func Hex() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the program instead
	return hex.EncodeToString(b[:])
}
