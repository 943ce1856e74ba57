// Package label has the names of the labels on every container that berth makes. A lost ledger is rebuilt from the
// labels of instances' containers. The package is only names and the proof of labels.
package label

import (
	"crypto/sha256"
	"encoding/hex"
)

// Labels of an instance's container.
const (
	ID    = "berth.id"    // the instance's number
	Home  = "berth.home"  // the state folder it belongs to: several may share one engine
	Owner = "berth.owner" // user name
	Order = "berth.order" // the whole order and plan, as JSON
)

// Helper is the label of a container that isn't an instance's and does one small task for berth. Its value names the
// task.
const Helper = "berth.helper"

// Labels of a volume, beside Home, Owner and Proof.
const (
	Volume = "berth.volume" // its name here
	Size   = "berth.size"   // in bytes
	Made   = "berth.made"   // when it was promised, so that no other of its name has its proof
)

// Snapshot is the label of an image that was made of an instance: it says which.
const Snapshot = "berth.snapshot"

// VolumeName is what a volume of a state folder is called on the engine.
func VolumeName(home, name string) string { return "berth-" + Mark(home) + "-" + name }

// Mark returns a short name of the ledger in a state folder: eight hex digits. It marks what the ledger has on an
// engine that several ledgers may share.
func Mark(home string) string {
	const digits = 8
	sum := sha256.Sum256([]byte(home))
	return hex.EncodeToString(sum[:])[:digits]
}

// Kept returns the beginning of the name of an image with an instance's own files; a part that makes it unique follows.
// Its domain can't exist, so no registry is ever asked for it.
func Kept(home, instance string) string {
	return "berth.invalid/kept-" + Mark(home) + ":" + instance + "-"
}

// Network is the name of the bridge network of instances. It allows no traffic between them, and its gateway is where
// they reach the API.
const Network = "berth"
