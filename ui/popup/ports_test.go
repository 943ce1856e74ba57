package popup

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"rsc.io/qr"

	"berth/model"
	"berth/ui/theme"
)

// A fakeListener knows the internal ports that are listened on.
type fakeListener struct {
	open map[int]bool
	err  error
}

func (e fakeListener) Listening(_ context.Context, id model.InstanceID) (map[model.Port]bool, error) {
	out := map[model.Port]bool{}
	i, _ := testFleet().Instance(id)
	for _, p := range i.Plan.Ports {
		if p.Protocol == model.TCP {
			out[p] = e.open[p.Internal]
		}
	}
	return out, e.err
}

func ports(t testing.TB, e fakeListener, f model.Fleet, id model.InstanceID) Ports {
	return NewPorts(background(t), testLook(t), e, f, id)
}

func TestPortsViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := fakeListener{open: map[int]bool{22: true, 8081: true}}
		drive(t, ports(t, e, testFleet(), 1012)).golden("ports")
		drive(t, ports(t, e, testFleet(), 1012), "down", "down", "Q").golden("ports-qr")
		drive(t, ports(t, e, testFleet(), 1014), "G", "y").golden("ports-stopped-cjk")
		drive(t, ports(t, e, testFleet(), 1064), "pgdown", "pgdown").golden("ports-many")
		drive(t, ports(t, e, testFleet(), 1013)).golden("ports-none")
	})
}

func TestPortsCopiesTheExactLineAndShowsIt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, ports(t, fakeListener{}, testFleet(), 1012), "down", "down", "y")
		b.emits(Copy{"65.130.162.74:33526 -> 8081/tcp"})
		b.shows("copied: 65.130.162.74:33526 -> 8081/tcp")
		b.keys("Y")
		all := b.emitted[len(b.emitted)-1].(Copy).Text
		for _, want := range []string{"65.130.162.74:33522 -> 22/tcp\n", "ssh -p 33522 root@65.130.162.74\n", "https://65.130.162.74:33580/?token="} {
			if !strings.Contains(all, want) {
				t.Errorf("copying all leaves out %q: %s", want, all)
			}
		}
	})
}

func TestPortsSaysWhatListensNow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, ports(t, fakeListener{open: map[int]bool{8081: true}}, testFleet(), 1012))
		b.shows("nothing inside listens on 22/tcp now")
		b.keys("down", "down")
		b.shows("something inside listens on it now")
		b.keys("down")
		b.shows("not known yet whether something listens")

		b = drive(t, ports(t, fakeListener{err: errors.New("engine: no answer")}, testFleet(), 1012))
		b.shows("not known whether something listens: engine: no answer")
	})
}

func TestPortsAsksAgainAfterEachAnswerAndIgnoresForeignOnes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := ports(t, fakeListener{}, testFleet(), 1012)
		_, cmd := p.Update(answer[map[model.Port]bool]{tag: p.tag})
		if cmd == nil {
			t.Error("an answer isn't followed by another question")
		}
		if _, cmd = p.Update(pollDue{p.tag}); cmd == nil {
			t.Error("a tick doesn't ask")
		}
		late := answer[map[model.Port]bool]{tag: p.tag + 1000, value: map[model.Port]bool{{Asked: 22}: true}}
		if after, cmd := p.Update(late); cmd != nil || after.listen != nil {
			t.Error("the answer to another popup was taken")
		}
		if _, cmd = p.Update(pollDue{p.tag + 1000}); cmd != nil {
			t.Error("the tick of another popup was taken")
		}
	})
}

func TestPortsKeepTheSelectedPortWhenOthersCome(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, ports(t, fakeListener{}, testFleet(), 1012), "down", "down")
		f := testFleet()
		first := model.Port{Asked: 1, Internal: 1, External: 33501, Protocol: model.TCP}
		f.Instances[0].Plan.Ports = append([]model.Port{first}, f.Instances[0].Plan.Ports...)
		b.popup = b.popup.WithFleet(f)
		b.keys("y")
		b.emits(Copy{"65.130.162.74:33526 -> 8081/tcp"})
	})
}

func TestPortsOfAnInstanceThatGoes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, ports(t, fakeListener{}, testFleet(), 1012))
		b.popup = b.popup.WithFleet(model.Fleet{})
		b.shows("C.1012 is gone.")
		b.keys("y", "t", "Q", "Q", "esc")
		b.emits(Close{})
	})
}

// here is a fleet whose instance 1012 has its port 8081 on this port of this machine.
func here(external int) model.Fleet {
	f := testFleet()
	f.Host.PublicIP = "127.0.0.1"
	f.Instances[0].Plan.Ports[2].External = external
	return f
}

func TestPortIsTestedFromThisMachine(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve func(net.Conn)
		want  string
	}{
		{"one that speaks first is quoted", func(c net.Conn) { c.Write([]byte("SSH-2.0-berth\x1b[2J\r\n")); c.Read(make([]byte, 1)) }, ": SSH-2.0-berth"},
		{"one that waits for us answers", func(c net.Conn) { c.Read(make([]byte, 1)) }, " answers in "},
		{"one that hangs up is the engine's proxy alone", func(net.Conn) {}, "nothing inside listens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					c.serve(conn)
					conn.Close()
				}
			}()
			port := l.Addr().(*net.TCPAddr).Port
			got := dialPort(t.Context(), "127.0.0.1", here(port).Instances[0].Plan.Ports[2])
			if !strings.Contains(got.text, c.want) || strings.Contains(got.text, "\x1b") {
				t.Errorf("said %q, want %q in it", got.text, c.want)
			}
		})
	}
}

func TestPortThatRefusesSaysSo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	b := drive(t, ports(t, fakeListener{}, here(port), 1012), "down", "down", "t")
	b.shows("refused, so nothing listens")
	b.keys("down", "t")
	b.shows("a UDP port can't be tested")
	b.keys("down", "down", "t")
	b.shows("no number yet")
}

func TestQRCodeHasTheModulesOfItsText(t *testing.T) {
	const text = "http://65.130.162.74:33526/"
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []theme.Options{
		{Env: []string{"LANG=C.UTF-8"}},
		{Env: []string{"LANG=C.UTF-8"}, Light: true},
		{ASCII: true},
	} {
		th := lookWith(t, o).Theme
		rows, ok := qrRows(th, text, 200, 200)
		if !ok {
			t.Fatal("no code in plenty of room")
		}
		inked := readQR(rows, th.ASCII)
		for y := range code.Size {
			for x := range code.Size {
				if black := inked[y+quietZone][x+quietZone] != th.Dark; black != code.Black(x, y) {
					t.Fatalf("%+v: module %d,%d is wrong", o, x, y)
				}
			}
		}
	}
}

// readQR reads drawn rows back as modules.
func readQR(rows []string, ascii bool) [][]bool {
	var m [][]bool
	for _, row := range rows {
		var upper, lower []bool
		for n, r := range []rune(row) {
			switch {
			case !ascii:
				upper, lower = append(upper, r == '█' || r == '▀'), append(lower, r == '█' || r == '▄')
			case n%2 == 0:
				upper = append(upper, r == '#')
			}
		}
		m = append(m, upper)
		if !ascii {
			m = append(m, lower)
		}
	}
	return m
}

func TestQRCodeIsDrawnOnlyWhereItFits(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		th := testLook(t).Theme
		for _, c := range []struct {
			w, h int
			want bool
		}{{76, 22, true}, {56, 14, true}, {56, 12, false}, {20, 40, false}} {
			rows, ok := qrRows(th, "http://65.130.162.74:33526/", c.w, c.h)
			if ok != c.want {
				t.Errorf("drawn in %d×%d: %v, want %v", c.w, c.h, ok, c.want)
			}
			if ok && (len(rows) > c.h || theme.Width(rows[0]) > c.w) {
				t.Errorf("%d rows of %d cells in %d×%d", len(rows), theme.Width(rows[0]), c.w, c.h)
			}
		}
		b := drive(t, ports(t, fakeListener{}, testFleet(), 1012), "Q")
		if view := b.popup.View(40, 10); !strings.Contains(ansi.Strip(view), "needs a larger") {
			t.Errorf("no word where it doesn't fit:\n%s", view)
		}
		b.keys("esc")
		b.shows("WAYS IN")
	})
}
