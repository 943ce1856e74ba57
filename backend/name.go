package backend

import (
	"crypto/sha256"
	"encoding/hex"

	"berth/model"
)

// containerNames are what an instance's container may be called: as the instance, or, where another ledger's has
// that name on the same engine, a name that only this ledger uses. Two ledgers that launch at the same moment
// choose the same number: each sees the engine before the other's container is made.
func (m *Machine) containerNames(id model.InstanceID) []string {
	const digits = 8
	sum := sha256.Sum256([]byte(m.home))
	return []string{id.String(), id.String() + "-" + hex.EncodeToString(sum[:])[:digits]}
}
