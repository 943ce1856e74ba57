package gpu

import (
	"context"
	"time"

	"berth/model"
)

// A Sample is the complete inventory with its readings at one moment, or why there is none. It is a value: nobody
// changes a sample that was handed out.
type Sample struct {
	// At is when the readings were taken. It is in the past while the driver doesn't answer, and zero if there were
	// never any.
	At     time.Time
	Driver string // its version; empty while unknown
	// Devices are sorted by index. Their holders are empty: Holders works them out, and Idle the idle times.
	Devices []model.Device
	// Condition says whether the driver answered this time. If it isn't OK, Devices are the last ones read, so no GPU
	// may be given out by them.
	Condition model.Condition
}

// A Reader samples the GPUs of one machine. Several goroutines may use it.
type Reader interface {
	// Sample reads every GPU. It returns when the driver has answered, after a deadline, or when ctx ends, whichever is
	// first. In the last two cases it returns the last readings, and a condition that says so.
	Sample(ctx context.Context) Sample
	// Close releases the driver. It waits for a call that hangs at most for the deadline.
	Close()
}

// Open reads the GPUs through NVML. It always returns a reader: without a driver its samples say so in one line, and it
// tries again now and then, because a driver may be loaded later. log gets a line whenever the driver's state changes,
// from any goroutine.
func Open(log func(string)) Reader {
	return newWatcher(newDriver(), log)
}

// A driver is the watcher's access to the driver's library. Only one goroutine uses it; any of its calls may hang.
type driver interface {
	// open loads the library and asks for the driver's version. Its error is one line for a person.
	open() (version string, err error)
	// survey reads everything. An error means that the driver as a whole is gone; a fault of a single GPU is in its
	// Health.
	survey(at time.Time) ([]model.Device, error)
	close()
}
