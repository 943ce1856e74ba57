package backend

import (
	"context"
	"errors"
	"maps"
	"net"
	"strconv"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// attendWait is how long looking for one instance's web servers may hold the keeper up.
const attendWait = 200 * time.Millisecond

// attend sees whether the web servers of a running instance answer still, or by now, and writes down what has
// changed. It looks when there is a new world to look at, so nothing is woken for it.
func (k *Keeper) attend(ctx context.Context, w world, i model.Instance, c *engine.Container) {
	now := k.m.now()
	switch {
	case i.Phase != model.PhaseRunning || c == nil || !c.Alive() || len(c.IPs) == 0 || !w.facts.Local || len(i.Doors()) == 0:
		return
	case now.Sub(k.attended[i.ID]) < attendEvery(now.Sub(i.StartedAt)):
		return
	}
	k.attended[i.ID] = now
	looking, cancel := context.WithTimeout(ctx, attendWait)
	seen := silent(looking, i, c)
	late := looking.Err()
	cancel()
	if late != nil || maps.Equal(seen, i.Silent) {
		return
	}
	_, err := k.m.ledger.Update(ctx, i.ID, func(now *model.Instance) error {
		if now.Phase != model.PhaseRunning || now.Container != c.ID || !now.StartedAt.Equal(i.StartedAt) {
			return errNotYet // the world had its row of before this start
		}
		now.Silent = seen
		now.Message = said(*now) + diskException(now.Plan)
		return nil
	})
	if !errors.Is(err, errNotYet) && err != nil {
		k.complain(ctx, i.ID, "looking for its web servers", err)
	}
}

// attendEvery is how far apart two looks are at an instance that has run for so long: what comes with it comes soon.
func attendEvery(age time.Duration) time.Duration {
	return min(max(age/10, time.Second), 15*time.Second)
}

// silent are the ports where a web server is expected and doesn't answer, and why. The kernel's table is asked, which
// nobody inside notices. One that was silent and listens is connected to once: it may listen for itself alone. Where
// the table isn't ours to read, each is connected to.
func silent(ctx context.Context, i model.Instance, c *engine.Container) map[int]string {
	sockets, err := listeners(c.PID)
	var out map[int]string
	for _, port := range i.Doors() {
		why, was := i.Silent[port]
		listens := sockets[model.Socket{Protocol: model.TCP, Port: port}]
		switch {
		case err == nil && listens && !was:
			continue
		case (err != nil || listens) && accepts(ctx, net.JoinHostPort(c.IPs[0], strconv.Itoa(port))):
			continue
		}
		if s := glance(c.PID).Jupyter; i.Order.Mode == model.ModeJupyter && port == model.PortJupyter &&
			s.Message != "" && s.State != model.ServiceRunning {
			why = s.Message
		}
		if why == "" {
			why = nothingOn(port)
		}
		if out == nil {
			out = map[int]string{}
		}
		out[port] = why
	}
	return out
}

// nothingOn says that a port is silent for no reason that is known.
func nothingOn(port int) string { return "nothing answers on port " + strconv.Itoa(port) }

// said is what a running instance says of itself: that it answers, or what of it doesn't.
func said(i model.Instance) string {
	open := i.OpenDoor().Internal
	why := i.Silent[open]
	switch {
	case i.Order.Mode == model.ModeJupyter && i.Silent[model.PortJupyter] != "":
		return "runs with SSH only: " + i.Silent[model.PortJupyter]
	case why == "":
		return "answers"
	case i.Order.Mode == model.ModeSSH:
		return "SSH answers, port " + strconv.Itoa(open) + " doesn't"
	case i.Order.Mode == model.ModeJupyter:
		return "Jupyter answers, port " + strconv.Itoa(open) + " doesn't"
	}
	return "runs, " + why
}
