// Package secret makes random values that nobody can guess: API keys, tokens, the secret line of an instance.
package secret

import (
	"crypto/rand"
	"encoding/hex"
)

// Hex returns 64 random hex digits (256 bits).
func Hex() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the program instead
	return hex.EncodeToString(b[:])
}
