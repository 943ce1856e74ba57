// Package label names the labels on every container that berth makes. Those of instances are what a lost ledger is
// rebuilt from. It is names alone, and imports nothing of ours.
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

// Helper is the label of a container that is no instance's and does one small thing for berth: its value says what
// for.
const Helper = "berth.helper"

// Mark is a short name of the ledger in a state folder, eight hex digits, for what it has on an engine that several
// ledgers may share.
func Mark(home string) string {
	const digits = 8
	sum := sha256.Sum256([]byte(home))
	return hex.EncodeToString(sum[:])[:digits]
}

// Kept is what images of an instance's own files are called, up to a part that tells them apart. A domain that can't
// exist has no registry.
func Kept(home, instance string) string {
	return "berth.invalid/kept-" + Mark(home) + ":" + instance + "-"
}

// Network is the name of the bridge that instances sit on: without traffic between them, its gateway being where they
// reach the API.
const Network = "berth"
