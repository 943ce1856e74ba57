package gpu

import (
	"context"
	"time"

	"berth/model"
)

// A Sample is the complete inventory and its readings at one moment, or why there is none. It is a value:
// nobody changes one that was handed out.
type Sample struct {
	// At is when the readings were taken, which is in the past while the driver doesn't answer; zero where
	// there never were any.
	At     time.Time
	Driver string // its version; empty while unknown
	// Devices are by index. Their holders are empty: Holders works those out, Idle the idle times.
	Devices []model.Device
	// Condition says whether the driver answered this time. While it is not OK, Devices are the last ones
	// read, so no GPU may be given out because of them.
	Condition model.Condition
}

// A Reader samples the GPUs of one machine. It may be used by several goroutines.
type Reader interface {
	// Sample reads every GPU. It returns when the driver has answered, after its own deadline, or when ctx
	// ends, whichever is first; in the last two cases with the last readings and a condition that says so.
	Sample(ctx context.Context) Sample
	// Close lets go of the driver, waiting no longer than the deadline for a call that hangs.
	Close()
}

// Open reads the GPUs by NVML. There is always a reader: without a driver its samples say so in one line,
// and it looks again now and then, for a driver may be loaded later. log gets a line whenever the driver's
// state changes, from any goroutine.
func Open(log func(string)) Reader {
	return newWatcher(newDriver(), log)
}

// A driver is what the watcher asks of the driver's library. Only one goroutine uses it; any of its calls
// may hang.
type driver interface {
	// open loads the library and asks the driver's version. Its error is one line for a person.
	open() (version string, err error)
	// survey reads everything. An error means that the driver as a whole is gone; a single GPU's trouble is
	// in its Health.
	survey(at time.Time) ([]model.Device, error)
	close()
}
