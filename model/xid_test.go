package model

import (
	"strings"
	"testing"
	"time"
)

func TestAGPUThatFellOffTheBusIsBarredUntilSomebodyClearsIt(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	seen := func(id GPUID, x Xid) GPUEvent { return GPUEvent{GPU: id, XidSeen: XidSeen{x, at}} }
	cleared := seen("a", 79)
	cleared.ClearedAt, cleared.ClearedBy = at, "ada"
	part := Device{GPU: GPU{ID: "a-1", Parent: "a"}, Reading: Reading{Health: Health{OK: true}}}
	whole := Device{GPU: GPU{ID: "a", Index: 3}, Reading: Reading{Health: Health{OK: true}}}
	for name, c := range map[string]struct {
		device Device
		events []GPUEvent
		free   bool
		says   string
	}{
		"nothing was reported":                    {whole, nil, true, ""},
		"it fell off the bus":                     {whole, []GPUEvent{seen("a", 79)}, false, "Xid 79, it has fallen off the bus; berth gpus clear 3"},
		"so did the GPU that it is a part of":     {part, []GPUEvent{seen("a", 79)}, false, "Xid 79"},
		"another GPU did":                         {whole, []GPUEvent{seen("b", 79)}, true, ""},
		"a program made a mistake":                {whole, []GPUEvent{seen("a", 31)}, true, ""},
		"somebody cleared it":                     {whole, []GPUEvent{cleared}, true, ""},
		"it did again after somebody cleared it":  {whole, []GPUEvent{cleared, seen("a", 48)}, false, "Xid 48"},
		"what isn't in the list bars nothing":     {whole, []GPUEvent{seen("a", 7777)}, true, ""},
		"what the driver itself says comes first": {Device{GPU: whole.GPU, Reading: Reading{Health: Health{Reason: "lost"}}}, []GPUEvent{seen("a", 79)}, false, "unhealthy: lost"},
	} {
		d := c.device.WithEvents(c.events)
		if d.Free() != c.free || !strings.Contains(d.Obstacle(), c.says) {
			t.Errorf("%s: free %t, %q", name, d.Free(), d.Obstacle())
		}
	}
}
