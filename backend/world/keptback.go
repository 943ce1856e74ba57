package world

import "berth/model"

// setReserves sets the memory and disk that no instance is promised: as configured, or by the machine's size. The
// default for memory is 4 %, and at least 512 MiB. The default for the disk is what others have written plus a
// fiftieth, so that it never runs full. Even if configured otherwise, what others have written can't be promised, and a
// tenth of the memory stays for instances: a limit of 0 would mean no limit to the engine.
func setReserves(h *model.Host, written model.Bytes, s Site) {
	h.MemoryReserve = max(h.Memory/25, 512*model.MiB)
	if r := s.MemoryReserve; r > 0 {
		h.MemoryReserve = min(r, h.Memory-h.Memory/10)
	}
	h.DiskReserve = written + h.DiskTotal/50
	if r := s.DiskReserve; r > 0 {
		h.DiskReserve = max(written, r)
	}
	h.DiskReserve = min(h.DiskReserve, h.DiskTotal) // a full disk isn't more than full
}
