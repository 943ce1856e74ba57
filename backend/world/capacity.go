package world

import (
	"context"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"

	"berth/backend/ledger"
	"berth/model"
)

// Capacity is what an order is held against inside the ledger's transaction: the devices as the world has
// them, with the leases that the ledger itself has now.
func (w World) Capacity(p ledger.Promises, a model.Account) model.Capacity {
	devices := w.devicesLeased(p.GPUs)
	for n := range devices {
		if !w.Sample.Condition.OK { // what it said last is no ground for giving a GPU out
			devices[n].Health = model.Health{Reason: w.Sample.Condition.Reason}
		}
	}
	host := w.host()
	host.DiskPromised = p.Disk
	return model.Capacity{Host: host, Devices: devices, Account: a}
}

// ChoosePorts gives a plan's open ports external numbers that nobody has.
func (w World) ChoosePorts(ports []model.Port, p ledger.Promises) ([]model.Port, error) {
	bound, free, pick := w.Taken(), w.Site.Free, w.Site.Pick
	if free == nil {
		free = canBind
	}
	if pick == nil {
		pick = rand.IntN
	}
	taken := func(s model.Socket) bool {
		_, leased := p.Sockets[s]
		return leased || bound[s] || !free(s)
	}
	return model.ChoosePorts(ports, w.Site.Ports, taken, pick)
}

// canBind tries whether a socket of the machine is really free, on both address families.
func canBind(s model.Socket) bool {
	address := ":" + strconv.Itoa(s.Port)
	if s.Protocol == model.UDP {
		c, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp", address)
		return err == nil && c.Close() == nil
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	return err == nil && l.Close() == nil
}

// HighestName is the largest N of all containers named C.N, foreign ones too: two ledgers may share an engine, and a name
// is the engine's. Where a stranger had the first of an instance's names, its container has the second: C.N-mark. A name
// is anybody's claim, so that those in the last nine tenths of all numbers count for nothing: after such a one there would
// be no number left.
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

// Named are GPUs as people name them.
func (w World) Named(ids []model.GPUID) string { return model.NameGPUs(w.Devices, ids) }
