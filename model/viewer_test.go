package model

import (
	"fmt"
	"testing"
)

func TestAViewerReachesTheAddressTheyCameBy(t *testing.T) {
	const given = "65.130.162.74"
	for _, c := range []struct{ name, connection, given, want string }{
		{"nothing is known of one at the machine", "", given, given},
		{"over the internet, the address they came by", "203.0.113.9 51000 198.51.100.2 22", given, "198.51.100.2"},
		{"from the same network, the address they came by", "10.0.0.9 51000 10.0.0.2 22", given, "10.0.0.2"},
		{"through a router, the one that was given", "203.0.113.9 51000 10.0.0.2 22", given, given},
		{"through a router, with none given, what is known", "203.0.113.9 51000 10.0.0.2 22", "", "10.0.0.2"},
		{"from the machine itself, the one that was given", "127.0.0.1 51000 127.0.0.1 22", given, given},
		{"from the machine to itself by its own name", "10.0.0.2 51000 10.0.0.2 22", given, given},
		{"of IPv6", "2001:db8::9 51000 2001:db8::1 22", given, "2001:db8::1"},
		{"of IPv4 in IPv6", "::ffff:10.0.0.9 51000 ::ffff:10.0.0.2 22", given, "10.0.0.2"},
		{"what can't be read is nothing", "here there 22", given, given},
		{"nor can this", "a b c d", given, given},
	} {
		v := NewViewer("maria", c.connection)
		got := v.Address(c.given)
		if got != c.want || v.Address(got) != got {
			t.Errorf("%s: %s, and with that given %s; want %s", c.name, got, v.Address(got), c.want)
		}
	}
}

func TestWaysThroughTheMachine(t *testing.T) {
	const here = "203.0.113.9 51000 65.130.162.74 "
	for _, c := range []struct {
		name, connection, options string
		mode                      Mode
		want                      string
	}{
		{"a shell and a tunnel to each port, from numbers that anybody may listen on", here + "22", "-p 80 -p 8081 -p 9/udp", ModeSSH,
			"[{ssh -J ssh -J maria@65.130.162.74 -p 20000 root@localhost} " +
				"{tunnels ssh maria@65.130.162.74 -N -L 8080:localhost:20001 -L 8081:localhost:20002}]"},
		{"two ports that would begin at one number", here + "22", "-p 80 -p 8080", ModeEntrypoint,
			"[{tunnels ssh maria@65.130.162.74 -N -L 8080:localhost:20000 -L 8081:localhost:20001}]"},
		{"another port of the machine's server", here + "2222", "-p 8081", ModeSSH,
			"[{ssh -J ssh -J maria@65.130.162.74:2222 -p 20000 root@localhost} " +
				"{tunnels ssh -p 2222 maria@65.130.162.74 -N -L 8081:localhost:20001}]"},
		{"an image as it is has its ports alone", here + "22", "-p 8081", ModeEntrypoint,
			"[{tunnels ssh maria@65.130.162.74 -N -L 8081:localhost:20000}]"},
		{"without ports there is none", here + "22", "", ModeEntrypoint, "[]"},
		{"IPv6", "2001:db8::9 51000 2001:db8::1 22", "", ModeSSH, "[{ssh -J ssh -J maria@[2001:db8::1] -p 20000 root@localhost}]"},
	} {
		if got := fmt.Sprint(NewViewer("maria", c.connection).Through(launched(c.mode, c.options), "")); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	if links := (Viewer{}).Through(launched(ModeSSH, ""), "65.130.162.74"); links != nil {
		t.Errorf("of somebody without a login: %v", links)
	}
}

func TestDistinctLinksAreEachOnce(t *testing.T) {
	links := Distinct(Links(launched(ModeJupyter, ""), "1.2.3.4"))
	seen := map[string]bool{}
	for _, l := range links {
		if seen[l.Text] {
			t.Errorf("twice: %v", l)
		}
		seen[l.Text] = true
		if l.Name == "open" {
			t.Error("Jupyter's address is called open, which says less")
		}
	}
}
