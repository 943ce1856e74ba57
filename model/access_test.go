package model

import (
	"slices"
	"testing"
)

func TestPortLine(t *testing.T) {
	p := Port{Asked: 8081, Internal: 8081, External: 33526, Protocol: TCP}
	for ip, want := range map[string]string{
		"65.130.162.74": "65.130.162.74:33526 -> 8081/tcp",
		"2001:db8::1":   "[2001:db8::1]:33526 -> 8081/tcp",
		"":              "localhost:33526 -> 8081/tcp", // the address is unknown: localhost is right on the machine itself
	} {
		if got := PortLine(ip, p); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestLinksAreEveryWayIn(t *testing.T) {
	const ip = "65.130.162.74"
	const sshTail = "scp: scp -P 20000 FILE root@65.130.162.74:/workspace\n" +
		"rsync: rsync -avP -e \"ssh -p 20000\" FOLDER/ root@65.130.162.74:/workspace\n" +
		"code: vscode://vscode-remote/ssh-remote+root@65.130.162.74:20000/workspace\n" +
		"vscode: Host C.1012\n  HostName 65.130.162.74\n  Port 20000\n  User root\n"
	tests := []struct {
		name, options string
		mode          Mode
		ip            string
		want          string
	}{
		{name: "entrypoint mode without ports has none", mode: ModeEntrypoint, ip: ip},
		{name: "entrypoint mode has its ports, udp aside", mode: ModeEntrypoint, ip: ip, options: "-p 8081 -p 53/udp",
			want: "http 8081: http://65.130.162.74:20000/\n"},
		{name: "an SSH server of the image's own is no web page", mode: ModeEntrypoint, ip: ip, options: "-p 22",
			want: "ssh: ssh -p 20000 root@65.130.162.74\n"},
		{name: "ssh mode has its commands, a tunnel as an example", mode: ModeSSH, ip: ip,
			want: "ssh: ssh -p 20000 root@65.130.162.74\n" +
				"tunnel: ssh -p 20000 root@65.130.162.74 -N -L 8080:localhost:8080\n" + sshTail},
		{name: "each port has a tunnel, from a number that anyone may listen on", mode: ModeSSH, ip: ip, options: "-p 80 -p 8081 -p 9/udp",
			want: "ssh: ssh -p 20000 root@65.130.162.74\n" +
				"tunnel: ssh -p 20000 root@65.130.162.74 -N -L 8080:localhost:80\n" +
				"tunnel: ssh -p 20000 root@65.130.162.74 -N -L 8081:localhost:8081\n" + sshTail +
				"http 80: http://65.130.162.74:20001/\nhttp 8081: http://65.130.162.74:20002/\n"},
		{name: "the Open button leads to the port named, with its token", mode: ModeEntrypoint, ip: ip,
			options: "-p 1111 -e OPEN_BUTTON_PORT=1111 -e OPEN_BUTTON_TOKEN=a&b",
			want:    "open: http://65.130.162.74:20000/?token=a%26b\nhttp 1111: http://65.130.162.74:20000/\n"},
		{name: "an Open button to a port that isn't open leads nowhere", mode: ModeEntrypoint, ip: ip, options: "-e OPEN_BUTTON_PORT=1111"},
		{name: "Jupyter has its token, over TLS, wherever it is said to be", mode: ModeEntrypoint, ip: ip,
			options: "-p 8888 -e JUPYTER_PORT=8888 -e JUPYTER_TOKEN=mine",
			want:    "jupyter: https://65.130.162.74:20000/?token=mine\n"},
		{name: "8080 is Jupyter's in jupyter mode only", mode: ModeEntrypoint, ip: ip, options: "-p 8080",
			want: "http 8080: http://65.130.162.74:20000/\n"},
		{name: "only Jupyter is over TLS, beside it and by custom 443", mode: ModeEntrypoint, ip: ip,
			options: "-p 8888 -p 443 -p 80 -e JUPYTER_PORT=8888 -e OPEN_BUTTON_PORT=8888 -e JUPYTER_TOKEN=t",
			want: "jupyter: https://65.130.162.74:20000/?token=t\nopen: https://65.130.162.74:20000/?token=t\n" +
				"http 443: https://65.130.162.74:20001/\nhttp 80: http://65.130.162.74:20002/\n"},
		{name: "an address of IPv6 is bracketed where a colon would end it", mode: ModeSSH, ip: "2001:db8::1",
			want: "ssh: ssh -p 20000 root@2001:db8::1\n" +
				"tunnel: ssh -p 20000 root@2001:db8::1 -N -L 8080:localhost:8080\n" +
				"scp: scp -P 20000 FILE \"root@[2001:db8::1]:/workspace\"\n" +
				"rsync: rsync -avP -e \"ssh -p 20000\" FOLDER/ \"root@[2001:db8::1]:/workspace\"\n" +
				"vscode: Host C.1012\n  HostName 2001:db8::1\n  Port 20000\n  User root\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, l := range Links(launched(tt.mode, tt.options), tt.ip) {
				got += l.Name + ": " + l.Text + "\n"
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestJupyterModeOpensJupyter(t *testing.T) {
	i := launched(ModeJupyter, "")
	const want = "https://1.2.3.4:20001/?token=tok"
	for name, find := range map[string]func(Instance, string) (string, bool){"open": OpenURL, "jupyter": JupyterURL} {
		if got, ok := find(i, "1.2.3.4"); !ok || got != want {
			t.Errorf("%s leads to %s, want %s", name, got, want)
		}
		if !slices.Contains(Links(i, "1.2.3.4"), Link{name, want}) {
			t.Errorf("no link %s", name)
		}
	}
	i = launched(ModeJupyter, "-p 1111 -e OPEN_BUTTON_PORT=1111 -e OPEN_BUTTON_TOKEN=1")
	if got, _ := OpenURL(i, "1.2.3.4"); got != "http://1.2.3.4:20002/?token=tok" {
		t.Errorf("a button of its own leads to %s", got)
	}
}

func TestAPortWithoutALeaseIsNoWayIn(t *testing.T) {
	i := launched(ModeJupyter, "-p 8081")
	for at := range i.Plan.Ports {
		i.Plan.Ports[at].External = 0
	}
	if links := Links(i, "1.2.3.4"); len(links) != 0 {
		t.Errorf("links %v", links)
	}
}
