package model

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func nobody(Socket) bool { return false }

func TestChoosePortsKeepsItsPromises(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	within := PortRange{20000, 20099}
	for range 200 {
		taken := map[Socket]bool{}
		for range 30 {
			taken[Socket{TCP, 20000 + r.IntN(100)}] = true
		}
		asked := []Port{
			{Asked: 21, Internal: 21, External: 20049, Protocol: TCP}, {Asked: 22, Internal: 22, Protocol: TCP}, {Asked: 70000, Protocol: TCP}, {Asked: 70000, Protocol: UDP}, {Asked: 70001, Protocol: TCP},
			{Asked: 20007, Internal: 20007, Protocol: TCP}, {Asked: 80, Internal: 80, External: 20050, Protocol: TCP},
		}
		before := slices.Clone(asked)
		got, err := ChoosePorts(asked, within, func(s Socket) bool { return taken[s] }, r.IntN)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(asked, before) {
			t.Fatal("the plan's own ports were changed")
		}
		external, internal := map[Socket]bool{}, map[Socket]bool{}
		for i, p := range got {
			outside, inside := Socket{p.Protocol, p.External}, Socket{p.Protocol, p.Internal}
			switch {
			case p.External < within.First || p.External > within.Last:
				t.Fatalf("%+v is out of the range", p)
			case external[outside] || internal[inside]:
				t.Fatalf("%+v is there twice", p)
			case before[i].External == 0 && taken[outside]:
				t.Fatalf("%+v is taken", p)
			case before[i].External != 0 && p != before[i]:
				t.Fatalf("%+v had a port and lost it: %+v", before[i], p)
			case p.Identity() && p.Internal != p.External, !p.Identity() && p.Internal != p.Asked:
				t.Fatalf("%+v has the wrong number inside", p)
			}
			external[outside], internal[inside] = true, true
		}
	}
}

func TestChoosePortsUsesTheLastOnesLeft(t *testing.T) {
	ports := []Port{{Asked: 1, Internal: 1, Protocol: TCP}, {Asked: 2, Internal: 2, Protocol: TCP}, {Asked: 3, Internal: 3, Protocol: UDP}}
	busy := func(s Socket) bool { return s.Port == 101 }
	got, err := ChoosePorts(ports, PortRange{100, 102}, busy, func(n int) int { return n - 1 })
	if err != nil || got[0].External != 102 || got[1].External != 100 || got[2].External != 102 {
		t.Errorf("got %v, %v; want 102, 100 and, of udp, 102 again", got, err)
	}
	_, err = ChoosePorts(ports, PortRange{100, 101}, busy, func(int) int { return 0 })
	if !errors.Is(err, ErrNoPort) || !strings.Contains(err.Error(), "every tcp port of 100-101 is taken") {
		t.Errorf("two ports out of one: %v", err)
	}
	if _, err := ChoosePorts(ports, PortRange{1, 0}, nobody, func(int) int { return 0 }); !errors.Is(err, ErrNoPort) {
		t.Errorf("an empty range: %v", err)
	}
}

func TestWithExposed(t *testing.T) {
	exposed := func(n int, p Protocol) Port { return Port{Asked: n, Internal: n, Protocol: p, From: PortFromImage} }
	ssh := Port{Asked: 22, Internal: 22, External: 20000, Protocol: TCP, From: PortFromMode}
	tests := []struct {
		name string
		have []Port
		give []string
		want []Port
	}{
		{"nothing exposed adds nothing", []Port{ssh}, nil, []Port{ssh}},
		{"ports come in order, whatever the engine's", []Port{ssh}, []string{"9000/udp", "8080/tcp", "443/tcp"},
			[]Port{ssh, exposed(443, TCP), exposed(8080, TCP), exposed(9000, UDP)}},
		{"without a protocol it is tcp", nil, []string{"80"}, []Port{exposed(80, TCP)}},
		{"what is there already is not added", []Port{ssh}, []string{"22/tcp", "22/udp"}, []Port{ssh, exposed(22, UDP)}},
		{"not even the inside of an identity port", []Port{{Asked: 70000, Internal: 20005, External: 20005, Protocol: TCP}}, []string{"20005/tcp"},
			[]Port{{Asked: 70000, Internal: 20005, External: 20005, Protocol: TCP}}},
		{"a range is each of its ports", nil, []string{"5-7/udp"}, []Port{exposed(5, UDP), exposed(6, UDP), exposed(7, UDP)}},
		{"port 1 and the last are ports", nil, []string{"1", "65535"}, []Port{exposed(1, TCP), exposed(65535, TCP)}},
		{"a protocol that can't be opened is passed over", nil, []string{"132/sctp"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := WithExposed(tt.have, tt.give)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
	for name, give := range map[string][]string{"too many": {"100-163/tcp"}, "a flood": {"1-65535/udp"}, "no port": {"http/tcp"}, "port 0": {"0/tcp"}, "no such port": {"65536/tcp"}} {
		var faults Faults
		if _, err := WithExposed([]Port{ssh}, give); !errors.As(err, &faults) || faults[0].Field != "image" {
			t.Errorf("%s: %v, want a fault of the image", name, err)
		}
	}
}

func TestAPortSaysItsName(t *testing.T) {
	p := Port{Asked: 70000, Protocol: UDP}
	if p.String() != "70000/udp" || p.Variable() != "VAST_UDP_PORT_70000" {
		t.Errorf("an identity port without a number is %s, %s", p, p.Variable())
	}
	if p.Internal = 20001; p.String() != "20001/udp" || p.Variable() != "VAST_UDP_PORT_70000" {
		t.Errorf("with one it is %s, %s", p, p.Variable())
	}
}

func FuzzWithExposed(f *testing.F) {
	f.Add("8080/tcp")
	f.Add("1-2-3/udp")
	f.Fuzz(func(t *testing.T, spec string) {
		got, err := WithExposed(nil, []string{spec})
		if err == nil && len(got) > 0 && !reflect.DeepEqual(got[0], Port{Asked: got[0].Asked, Internal: got[0].Asked, Protocol: got[0].Protocol, From: PortFromImage}) {
			t.Errorf("%q exposes %+v", spec, got)
		}
	})
}
