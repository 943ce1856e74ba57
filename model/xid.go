package model

import (
	"fmt"
	"slices"
	"time"
)

// A Xid is the number that the NVIDIA driver gives to a kind of trouble with a GPU. NVIDIA's catalog of Xid errors lists
// them.
type Xid int

// xids are the kinds that people meet. The ones that lose the GPU, or after which what it computes can't be trusted until
// it is reset, keep it from being given out. The others are the program's own doing, or over.
var xids = map[Xid]struct {
	words string
	bars  bool
}{
	13:  {"a program made an invalid access", false},
	31:  {"a program accessed memory that isn't its own", false},
	43:  {"a program's work was stopped, the GPU goes on", false},
	45:  {"a program's work was cleaned up after an earlier error", false},
	48:  {"memory error that can't be corrected (double bit ECC)", true},
	62:  {"its internal micro-controller halted", true},
	63:  {"a page or row of its memory is to be retired at the next reset", false},
	64:  {"a page or row of its memory couldn't be retired", true},
	74:  {"an NVLink failed", true},
	79:  {"it has fallen off the bus", true},
	92:  {"many memory errors that were corrected", false},
	94:  {"a memory error that only its program was hit by", false},
	95:  {"a memory error that any program may have been hit by", true},
	119: {"its system processor (GSP) doesn't answer", true},
	120: {"its system processor (GSP) failed", true},
	140: {"memory error that can't be recovered (ECC)", true},
	143: {"it couldn't be initialized", true},
	154: {"it needs a reset or a restart of the machine", true},
}

// Bars reports whether a GPU isn't given out after this trouble until somebody says so.
func (x Xid) Bars() bool { return xids[x].bars }

// BarringXids returns the kinds of trouble after which a GPU isn't given out, in ascending order.
func BarringXids() []Xid {
	var all []Xid
	for x, kind := range xids {
		if kind.bars {
			all = append(all, x)
		}
	}
	slices.Sort(all)
	return all
}

// String names the trouble: Xid 79, it has fallen off the bus.
func (x Xid) String() string {
	if words := xids[x].words; words != "" {
		return fmt.Sprintf("Xid %d, %s", int(x), words)
	}
	return fmt.Sprintf("Xid %d", int(x))
}

// A XidSeen is one report of the driver.
type XidSeen struct {
	Xid Xid       `json:"xid"`
	At  time.Time `json:"at"`
}

// A GPUEvent is a report of the driver as the ledger has it.
type GPUEvent struct {
	GPU GPUID `json:"-"`
	XidSeen
	Instance  InstanceID `json:"instance,omitzero"` // that had the GPU then; 0: none
	ClearedAt time.Time  `json:"cleared_at,omitzero"`
	ClearedBy string     `json:"cleared_by,omitempty"`
}

// Words say what was reported, when, and who cleared it.
func (e GPUEvent) Words(now time.Time) string {
	words := e.Xid.String() + ", " + Age(now.Sub(e.At)) + " ago"
	if e.Instance != 0 {
		words += ", " + e.Instance.String() + " had it"
	}
	if !e.ClearedAt.IsZero() {
		words += "; cleared by " + e.ClearedBy
	}
	return words
}

// Bars reports whether the event keeps its GPU from being given out.
func (e GPUEvent) Bars() bool { return e.Xid.Bars() && e.ClearedAt.IsZero() }

// Barred returns the first event that keeps a device from being given out. A MIG instance is barred with its GPU.
func Barred(events []GPUEvent, d GPU) (GPUEvent, bool) {
	at := slices.IndexFunc(events, func(e GPUEvent) bool { return e.Bars() && e.GPU == d.Board() })
	if at < 0 {
		return GPUEvent{}, false
	}
	return events[at], true
}

// WithEvents returns a device with the driver's reports about it. One that they bar is unhealthy, also while the driver
// says that all is well: a reset or a restart may have hidden what is broken, and somebody has to say that it isn't.
func (d Device) WithEvents(events []GPUEvent) Device {
	d.Events = nil
	for _, e := range events {
		if e.GPU == d.Board() {
			d.Events = append(d.Events, e)
		}
	}
	if e, barred := Barred(d.Events, d.GPU); barred && d.Health.OK {
		d.Health = Health{Reason: fmt.Sprintf("%s; berth gpus clear %d gives it out again", e.Xid, d.Index)}
	}
	return d
}
