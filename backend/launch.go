package backend

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"strconv"

	"berth/backend/catalog"
	"berth/backend/ledger"
	"berth/model"
)

// Launch promises an instance: one transaction chooses its GPUs, ports and disk and writes it down, or
// answers with everything that is wrong (model.Faults) and who holds what. The keeper does the rest.
func (m *Machine) Launch(ctx context.Context, o model.Order) (model.Instance, error) {
	o = o.WithDefaults()
	w, err := m.see(ctx, everyone)
	if err != nil {
		return model.Instance{}, err
	}
	w = m.fresh(ctx, w, 0)
	account, err := m.accountFor(ctx, o)
	if err != nil {
		return model.Instance{}, err
	}
	if err := m.ledger.SkipTo(ctx, w.highestName()); err != nil {
		return model.Instance{}, err
	}
	i, err := m.ledger.Insert(ctx, func(id model.InstanceID, p ledger.Promises) (model.Instance, error) {
		plan, faults := model.Propose(o, m.capacity(w, p, account))
		if err := faults.Err(); err != nil {
			return model.Instance{}, err
		}
		ports, err := m.choosePortsIn(w, plan.Ports, p)
		if err != nil {
			return model.Instance{}, err
		}
		plan.Ports = ports
		addSecrets(&plan, o)
		return model.Instance{
			ID: id, Owner: m.user(ctx), Label: o.Label, Order: o, Plan: plan, GPUs: plan.GPUs,
			Intent: model.WantRunning, Phase: model.PhaseCreating, Message: "promised", AskedAt: m.now(),
		}, nil
	})
	if err != nil {
		return model.Instance{}, err
	}
	m.wrote(ctx, i.ID, "launch", fmt.Sprintf("%s from %s, %s, %s", i.Order.Mode, o.Image, model.NameGPUs(w.devices, i.GPUs), i.Plan.Disk))
	return i, nil
}

// accountFor is the account that an order is held against. Logins are looked up where the order names one: a file
// of logins that can't be read is nobody else's concern. Those of a user out of reach are taken to be there.
func (m *Machine) accountFor(ctx context.Context, o model.Order) (model.Account, error) {
	a, err := m.ledger.Account(ctx, m.user(ctx))
	if err != nil || o.Registry == "" {
		return a, err
	}
	c, err := m.catalogOf(ctx)
	if err == nil {
		a.Registries, err = c.Registries()
	}
	if errors.Is(err, catalog.ErrOutOfReach) {
		a.Registries, err = []string{o.Registry}, nil
	}
	return a, err
}

// capacity is what an order is held against inside the ledger's transaction: the devices as the world has
// them, with the leases that the ledger itself has now.
func (m *Machine) capacity(w world, p ledger.Promises, a model.Account) model.Capacity {
	f := m.compose(w)
	devices := w.devicesLeased(p.GPUs)
	for n := range devices {
		if !f.Driver.OK { // what it said last is no ground for giving a GPU out
			devices[n].Health = model.Health{Reason: f.Driver.Reason}
		}
	}
	f.Host.DiskPromised = p.Disk
	return model.Capacity{Host: f.Host, Devices: devices, Account: a}
}

// choosePorts gives a plan's open ports external numbers that nobody has.
func (m *Machine) choosePorts(ports []model.Port, p ledger.Promises) ([]model.Port, error) {
	w, _ := m.worlds.newest()
	return m.choosePortsIn(w, ports, p)
}

func (m *Machine) choosePortsIn(w world, ports []model.Port, p ledger.Promises) ([]model.Port, error) {
	bound := w.taken()
	taken := func(s model.Socket) bool {
		_, leased := p.Sockets[s]
		return leased || bound[s] || !canBind(s)
	}
	return model.ChoosePorts(ports, m.catalog.Config().PortRange(), taken, mathrand.IntN)
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

// addSecrets draws what must be random and stays the same for the instance's life.
func addSecrets(p *model.Plan, o model.Order) {
	p.APIKey, p.Secret = randomHex(), randomHex()
	if p.Token == "" && (o.Mode == model.ModeJupyter || wantsToken(*p)) {
		p.Token = randomHex()
	}
}

// wantsToken reports whether the plan asks for a token to be made for its Open button.
func wantsToken(p model.Plan) bool {
	value, _ := p.Var("OPEN_BUTTON_TOKEN")
	return value == "1"
}

// randomHex is 64 hex digits.
func randomHex() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the program instead
	return hex.EncodeToString(b[:])
}

// wrote notes what a user ordered.
func (m *Machine) wrote(ctx context.Context, id model.InstanceID, verb, detail string) {
	e := model.Event{At: m.now(), Actor: m.user(ctx), Instance: id, Verb: verb, Detail: detail}
	if err := m.ledger.Record(ctx, e); err != nil {
		m.log.Error("writing history", "err", err)
	}
}

// highestName is the largest N of all containers named C.N, foreign ones too: two ledgers may share an
// engine, and a name is the engine's.
func (w world) highestName() model.InstanceID {
	var highest model.InstanceID
	for _, c := range w.containers {
		if id, err := model.ParseInstanceID(c.Name); err == nil && c.Name == id.String() {
			highest = max(highest, id)
		}
	}
	return highest
}
