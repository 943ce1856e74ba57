package world

import (
	"context"
	"math/rand/v2"
	"net"
	"strconv"

	"berth/backend/ledger"
	"berth/model"
)

// ChoosePorts gives a plan's open ports external port numbers that are free.
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

// canBind tests whether a socket of the machine is free by binding it, on IPv4 and IPv6.
func canBind(s model.Socket) bool {
	address := ":" + strconv.Itoa(s.Port)
	if s.Protocol == model.UDP {
		c, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp", address)
		return err == nil && c.Close() == nil
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	return err == nil && l.Close() == nil
}
