package model

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// PortLine formats one port as the IP Port Info dialog shows it: "65.130.162.74:33526 -> 8081/tcp".
func PortLine(publicIP string, p Port) string {
	return Address(publicIP, p.External) + " -> " + p.String()
}

// A Link is one way to reach an instance: a text that a user copies whole.
type Link struct {
	Name string // what it is for: "ssh", "tunnel", "open", "jupyter", "scp", …
	Text string // the command or URL
}

// Links returns all ways to reach an instance now: SSH commands, tunnels, copy commands and URLs. A port that has no
// external number yet is left out.
func Links(i Instance, publicIP string) []Link {
	var links []Link
	if ssh := i.Plan.External(PortSSH, TCP); ssh != 0 && i.Order.Mode.Launcher() {
		links = sshLinks(i, publicIP, ssh)
	}
	if u, ok := JupyterURL(i, publicIP); ok {
		links = append(links, Link{"jupyter", u})
	}
	if u, ok := OpenURL(i, publicIP); ok {
		links = append(links, Link{"open", u})
	}
	for _, p := range i.Plan.Ports {
		switch {
		case p.Protocol != TCP || p.External == 0 || i.isSSH(p) || i.isJupyter(p.Asked):
		case p.Internal == PortSSH: // a server of the image's own
			links = append(links, Link{"ssh", sshLogin(p.External, publicIP)})
		default:
			links = append(links, Link{"http " + strconv.Itoa(p.Internal), i.url(publicIP, p, "")})
		}
	}
	return links
}

// sshLogin returns the command that logs in at a port of the machine.
func sshLogin(port int, publicIP string) string {
	return fmt.Sprintf("ssh -p %d root@%s", port, reachable(publicIP))
}

// sshLinks returns the links that go through the instance's SSH server.
func sshLinks(i Instance, publicIP string, port int) []Link {
	host := reachable(publicIP)
	login := sshLogin(port, publicIP)
	// In scp and rsync the host ends at the first colon, so an IPv6 address needs brackets here too.
	remote := QuoteWord("root@" + bracketed(host) + ":" + i.Plan.DataDirectory())
	links := []Link{{"ssh", login}}
	for _, p := range i.Plan.Ports {
		if p.Protocol == TCP && !i.isSSH(p) && p.Internal != 0 {
			links = append(links, Link{"tunnel", fmt.Sprintf("%s -N -L %d:localhost:%d", login, localPort(p.Internal), p.Internal)})
		}
	}
	if len(links) == 1 {
		links = append(links, Link{"tunnel", login + " -N -L 8080:localhost:8080"})
	}
	links = append(links,
		Link{"scp", fmt.Sprintf("scp -P %d FILE %s", port, remote)},
		Link{"rsync", fmt.Sprintf("rsync -avP -e \"ssh -p %d\" FOLDER/ %s", port, remote)})
	if !strings.Contains(host, ":") { // VS Code would read the part after an IPv6 address's colon as the port
		folder := url.URL{Path: i.Plan.DataDirectory()}
		links = append(links, Link{"code", fmt.Sprintf("vscode://vscode-remote/ssh-remote+root@%s:%d%s", host, port, folder.EscapedPath())})
	}
	return append(links, Link{"vscode", fmt.Sprintf("Host %s\n  HostName %s\n  Port %d\n  User root", strings.ReplaceAll(NameOf(&i), "/", "-"), host, port)})
}

// localPort returns the local port on the user's computer that a tunnel to an internal port listens on. It is the same
// number, except below 1024, where only root may listen: there 8000 is added.
func localPort(port int) int {
	const firstFree = 1024 // ports below are privileged
	if port < firstFree {
		return port + 8000
	}
	return port
}

// Distinct removes links whose text equals that of an earlier link. If the same line were shown twice, users would look
// for a difference.
func Distinct(links []Link) []Link {
	var out []Link
	for _, l := range links {
		if !slices.ContainsFunc(out, func(o Link) bool { return o.Text == l.Text }) {
			out = append(out, l)
		}
	}
	return out
}

// OpenURL returns the URL for the Open action: the port in OPEN_BUTTON_PORT with the token in OPEN_BUTTON_TOKEN.
// Without such a port it is Jupyter's URL in jupyter mode, and false in the other modes.
func OpenURL(i Instance, publicIP string) (string, bool) {
	p := i.portFromVar("OPEN_BUTTON_PORT")
	if p.External == 0 {
		if i.Order.Mode == ModeJupyter {
			return JupyterURL(i, publicIP)
		}
		return "", false
	}
	token, _ := i.Plan.Var("OPEN_BUTTON_TOKEN")
	if token == "1" || token == "" && i.isJupyter(p.Asked) {
		token = i.Plan.JupyterToken()
	}
	return i.url(publicIP, p, token), true
}

// JupyterURL returns the URL for the Jupyter action: the port in JUPYTER_PORT, or the launcher's own Jupyter port. It
// returns false if neither has an external port.
func JupyterURL(i Instance, publicIP string) (string, bool) {
	door := i.JupyterDoor()
	if door.External == 0 {
		return "", false
	}
	return "https://" + Address(publicIP, door.External) + "/?token=" + url.QueryEscape(i.Plan.JupyterToken()), true
}

// portFromVar returns the port whose asked-for number is the value of a variable. It returns the zero Port if the
// variable is not a number or the port has no external number.
func (i Instance) portFromVar(name string) Port {
	value, _ := i.Plan.Var(name)
	asked, err := strconv.Atoi(value)
	if err != nil {
		return Port{}
	}
	return i.leased(asked)
}

func (i Instance) isSSH(p Port) bool {
	return p.Protocol == TCP && p.Internal == PortSSH && i.Order.Mode.Launcher()
}

// isJupyter reports whether Jupyter serves HTTPS on the port asked for by this number.
func (i Instance) isJupyter(asked int) bool {
	named := i.portFromVar("JUPYTER_PORT")
	return named.External != 0 && asked == named.Asked || asked == PortJupyter && i.Order.Mode == ModeJupyter
}

// url returns the URL of a port, with the token as its query. The scheme is https for Jupyter's ports, for 443 and
// 8443, and for ports on which TLS was detected (i.Secure).
func (i Instance) url(publicIP string, p Port, token string) string {
	scheme := "http"
	if i.isJupyter(p.Asked) || p.Asked == 443 || p.Asked == 8443 || slices.Contains(i.Secure, p.Internal) {
		scheme = "https"
	}
	u := scheme + "://" + Address(publicIP, p.External) + "/"
	if token != "" {
		u += "?token=" + url.QueryEscape(token)
	}
	return u
}

// Address returns a port of the machine as it is written behind ssh:// or https://: 65.130.162.74:33526, or in brackets if
// the address is IPv6.
func Address(publicIP string, port int) string {
	return bracketed(reachable(publicIP)) + ":" + strconv.Itoa(port)
}

// bracketed puts an IPv6 address in brackets, so that a port can follow it.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// reachable returns the machine's public address, or localhost if none is known.
func reachable(publicIP string) string { return orElse(publicIP, "localhost") }
