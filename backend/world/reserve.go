package world

import "berth/model"

// keepBack sets what no instance is promised: as configured, or by the machine's size. Of memory that is 4 %, at
// least half a gibibyte; of the disk what others have written, and a fiftieth so that it never runs full. What
// others have written can't be promised whatever is configured, and a tenth of the memory stays for instances: to
// the engine a limit of 0 means none.
func keepBack(h *model.Host, written model.Bytes, s Site) {
	h.MemoryReserve = max(h.Memory/25, 512*model.MiB)
	if r := s.MemoryReserve; r > 0 {
		h.MemoryReserve = min(r, h.Memory-h.Memory/10)
	}
	h.DiskReserve = written + h.DiskTotal/50
	if r := s.DiskReserve; r > 0 {
		h.DiskReserve = max(written, min(r, h.DiskTotal))
	}
}
