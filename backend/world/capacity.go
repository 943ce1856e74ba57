package world

import (
	"strings"

	"berth/backend/ledger"
	"berth/model"
)

// Capacity returns what an order is checked against inside the ledger's transaction: the devices that the world has
// seen, with the leases that the ledger has at this moment.
func (w World) Capacity(p ledger.Promises, a model.Account) model.Capacity {
	w.Events = p.Events
	devices := p.Line.Keep(w.devicesLeased(p.GPUs), p.Reservations, w.Sample.At)
	for n := range devices {
		if !w.Sample.Condition.OK { // don't give a GPU out on an old reading
			devices[n].Health = model.Health{Reason: w.Sample.Condition.Reason}
		}
	}
	host := w.host()
	host.DiskPromised = p.Disk
	return model.Capacity{
		Host: host, Devices: devices, Account: a, Line: p.Line, At: w.Sample.At, Policy: w.Policy(),
		Volumes: p.Volumes, Reservations: p.Reservations, Held: p.Held[a.Owner],
	}
}

// HighestName returns the largest N of all containers named C.N, including other people's: two ledgers may share an
// engine, and a name can exist only once on an engine. If a stranger's container has an instance's first name, the
// instance's container has its second name, C.N-mark. Anybody may choose any name. So numbers above a tenth of the
// largest possible one are ignored: otherwise one such name could use up all numbers.
func (w World) HighestName() model.InstanceID {
	const most = model.MostInstanceID / 10
	var highest model.InstanceID
	for _, c := range w.Containers {
		name, _, _ := strings.Cut(c.Name, "-")
		if id, err := model.ParseInstanceID(name); err == nil && name == id.String() && id <= most {
			highest = max(highest, id)
		}
	}
	return highest
}

// GPUNames returns the GPUs' names as people know them.
func (w World) GPUNames(ids []model.GPUID) string { return model.NameGPUs(w.Devices, ids) }
