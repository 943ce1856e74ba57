package world

import (
	"testing"

	"berth/model"
)

func TestWhatIsKeptBackIsAsConfiguredOrByTheMachinesSize(t *testing.T) {
	machine := model.Host{Memory: 1000 * model.GiB, DiskTotal: 1000 * model.GB}
	for name, test := range map[string]struct {
		machine      model.Host
		written      model.Bytes
		site         Site
		memory, disk model.Bytes
	}{
		"by size": {
			machine: machine, written: 100 * model.GB,
			memory: 40 * model.GiB, disk: 120 * model.GB,
		},
		"a small machine keeps half a gibibyte": {
			machine: model.Host{Memory: 2 * model.GiB}, memory: 512 * model.MiB,
		},
		"as configured": {
			machine: machine, written: 100 * model.GB, site: Site{MemoryReserve: 64 * model.GB, DiskReserve: 200 * model.GB},
			memory: 64 * model.GB, disk: 200 * model.GB,
		},
		"more is written than was to be kept back": {
			machine: machine, written: 300 * model.GB, site: Site{DiskReserve: 200 * model.GB},
			memory: 40 * model.GiB, disk: 300 * model.GB,
		},
		"a full disk, where a fiftieth more than all would be kept": {
			machine: machine, written: machine.DiskTotal, memory: 40 * model.GiB, disk: machine.DiskTotal,
		},
		"more written than the file system says it has": {
			machine: machine, written: machine.DiskTotal + model.GB, site: Site{DiskReserve: model.GB}, memory: 40 * model.GiB, disk: machine.DiskTotal,
		},
		"as much as there is, but for a tenth of the memory": {
			machine: machine, site: Site{MemoryReserve: 1e6 * model.GB, DiskReserve: 1e6 * model.GB},
			memory: 900 * model.GiB, disk: machine.DiskTotal,
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := test.machine
			setReserves(&m, test.written, test.site)
			if m.MemoryReserve != test.memory || m.DiskReserve != test.disk {
				t.Errorf("keeps back %d of memory and %d of disk, want %d and %d", m.MemoryReserve, m.DiskReserve, test.memory, test.disk)
			}
		})
	}
}
