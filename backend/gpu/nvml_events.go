//go:build cgo

package gpu

import (
	"slices"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"berth/model"
)

const (
	// mostXids is how many reports of the driver are kept for each GPU.
	mostXids = 8
	// mostEvents bounds what one survey takes from the driver: a GPU in trouble may report without end.
	mostEvents = 64
)

// reports is what the driver reported of trouble with GPUs. The driver tells only what happens after a GPU was registered. The
// zero value watches nothing.
type reports struct {
	set     nvml.EventSet
	boards  map[nvml.Device]model.GPUID     // that are registered
	refused map[model.GPUID]bool            // the driver doesn't report of these
	xids    map[model.GPUID][]model.XidSeen // oldest first
}

// watchSymbols are the entry points that reports need.
var watchSymbols = []string{"nvmlEventSetCreate", "nvmlDeviceRegisterEvents", "nvmlEventSetWait", "nvmlEventSetFree"}

// watchEvents takes in what the driver has reported since the last survey. A library that lacks the entry points, and a
// GPU or a driver that refuses, report nothing, which is no trouble.
func (l *library) watchEvents(units []unit, at time.Time) {
	if slices.ContainsFunc(watchSymbols, func(s string) bool { return !l.has(s) }) {
		return
	}
	w := &l.reports
	if w.set == nil {
		set, ret := l.nvml.EventSetCreate()
		if ret != nvml.SUCCESS {
			return
		}
		*w = reports{set: set, boards: map[nvml.Device]model.GPUID{}, refused: map[model.GPUID]bool{}, xids: map[model.GPUID][]model.XidSeen{}}
	}
	for _, u := range units {
		w.register(u)
	}
	for range mostEvents {
		e, ret := w.set.Wait(0)
		if ret != nvml.SUCCESS {
			return
		}
		if id, known := w.boards[e.Device]; known && e.EventType == nvml.EventTypeXidCriticalError {
			seen := append(slices.Clone(w.xids[id]), model.XidSeen{Xid: model.Xid(e.EventData), At: at}) //nolint:gosec // a small number
			w.xids[id] = seen[max(len(seen)-mostXids, 0):]
		}
	}
}

// register has the driver report trouble with a unit's GPU.
func (w *reports) register(u unit) {
	if u.board == nil || u.nameless() {
		return
	}
	id := u.gpu.Board()
	if _, known := w.boards[u.board]; known || w.refused[id] {
		return
	}
	if ret := u.board.RegisterEvents(nvml.EventTypeXidCriticalError, w.set); ret != nvml.SUCCESS {
		w.refused[id] = ret == nvml.ERROR_NOT_SUPPORTED
		return
	}
	w.boards[u.board] = id
}

// end frees the driver's side, and forgets what was reported.
func (w *reports) end() {
	if w.set != nil {
		_ = w.set.Free() // the driver goes with it
	}
	*w = reports{}
}
