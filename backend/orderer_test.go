package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"berth/backend/catalog"
	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/model"
)

// partOrders is the variable of a process that orders. Its value is an orderer as JSON.
const partOrders = "BERTH_TEST_ORDERS"

// An orderer is a process that runs berth, with the same ledger and engine as the others. It launches instances,
// becomes the keeper if there is none, and destroys its instances again.
type orderer struct {
	Home, Host, Cards, Image, Owner string
	Orders                          int
}

// An orderer prints one of these lines after each order, so the order counts even if the process is killed later.
const (
	saysLaunched = "launched"
	saysStarted  = "restarted" // launched, stopped and started again
	saysRefused  = "refused"
)

// roomyEngine doesn't report its disk's size, so no launch is refused for lack of disk.
type roomyEngine struct{ Engine }

func (e roomyEngine) Facts(ctx context.Context) (engine.Facts, error) {
	f, err := e.Engine.Facts(ctx)
	f.RootDir = ""
	return f, err
}

func playOrders(text string) error {
	var o orderer
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	m, err := o.machine(ctx)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() { m.Run(running) })
	err = o.order(ctx, m)
	stop()
	ended.Wait()
	return err
}

func (o orderer) machine(ctx context.Context) (*Machine, error) {
	c, err := cardsAt(o.Cards)
	if err != nil {
		return nil, err
	}
	e, err := engine.Dial(ctx, o.Host)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, o.Home, time.Now)
	if err != nil {
		return nil, err
	}
	folders, err := catalog.Open(catalog.Folders{State: o.Home, User: o.Home})
	if err != nil {
		return nil, err
	}
	return New(Parts{
		Home: o.Home, Owner: o.Owner, Ledger: l, Engine: roomyEngine{e}, GPUs: c, Catalog: folders, HostSpec: c.host,
	})
}

// order first destroys what a killed orderer of the same name left, and then launches its orders.
func (o orderer) order(ctx context.Context, m *Machine) error {
	left, err := m.parts.Ledger.Instances(ctx)
	if err != nil {
		return err
	}
	for _, i := range left {
		if i.Owner == o.Owner {
			if err := o.end(ctx, m, i.ID); err != nil {
				return err
			}
		}
	}
	for range o.Orders {
		i, err := m.Launch(ctx, resident(o.Image, 1+rand.IntN(4)))
		if errors.Is(err, model.ErrGPUsTaken) || errors.Is(err, ledger.ErrTaken) {
			fmt.Println(saysRefused)
			time.Sleep(time.Duration(rand.IntN(2000)) * time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		says, restart := saysLaunched, rand.IntN(3) == 0
		if restart {
			says = saysStarted
		}
		if err := o.live(ctx, m, i.ID, restart); err != nil {
			return fmt.Errorf("%s: %w", i.ID, err)
		}
		fmt.Println(says)
	}
	return nil
}

// live waits until an instance runs, perhaps stops and starts it again, and destroys it.
func (o orderer) live(ctx context.Context, m *Machine, id model.InstanceID, restart bool) error {
	if err := await(ctx, m, id, model.PhaseRunning); err != nil {
		return err
	}
	if restart {
		for _, half := range []struct {
			a model.Action
			p model.Phase
		}{{model.ActionStop, model.PhaseStopped}, {model.ActionStart, model.PhaseRunning}} {
			if err := errors.Join(m.Act(ctx, id, half.a), await(ctx, m, id, half.p)); err != nil {
				return err
			}
		}
	}
	return o.end(ctx, m, id)
}

func (o orderer) end(ctx context.Context, m *Machine, id model.InstanceID) error {
	err := m.Act(ctx, id, model.ActionDestroy)
	if errors.Is(err, model.ErrNoInstance) { // left by a killed orderer, and gone by now
		return nil
	}
	if err != nil && !errors.Is(err, model.ErrNotAllowed) {
		return err
	}
	if err := await(ctx, m, id, ""); !errors.Is(err, model.ErrNoInstance) {
		return err
	}
	return nil
}

// await waits until an instance is in a phase. If the instance is gone, the error wraps ErrNoInstance.
func await(ctx context.Context, m *Machine, id model.InstanceID, p model.Phase) error {
	for {
		i, err := m.parts.Ledger.Instance(ctx, id)
		switch {
		case err != nil:
			return err
		case i.Phase == p:
			return nil
		case i.Phase == model.PhaseFailed || i.Phase == model.PhaseLost:
			return fmt.Errorf("%s: %s", i.Phase, i.Message)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
