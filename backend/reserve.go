package backend

import (
	"berth/backend/catalog"
	"berth/model"
)

// keepBack sets what no instance is promised: as configured, or by the machine's size. Of memory that is 4 %, at
// least half a gibibyte; of the disk what others have written, and a fiftieth so that it never runs full. What
// others have written can't be promised whatever is configured, and a tenth of the memory stays for instances: to
// the engine a limit of 0 means none.
func keepBack(m *model.Host, written model.Bytes, c catalog.Config) {
	m.MemoryReserve = max(m.Memory/25, 512*model.MiB)
	if r := c.MemoryReserve.Bytes(); r > 0 {
		m.MemoryReserve = min(r, m.Memory-m.Memory/10)
	}
	m.DiskReserve = written + m.DiskTotal/50
	if r := c.DiskReserve.Bytes(); r > 0 {
		m.DiskReserve = max(written, min(r, m.DiskTotal))
	}
}
