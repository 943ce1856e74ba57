package model

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// PortLine is the line of IP Port Info, exactly: "65.130.162.74:33526 -> 8081/tcp".
func PortLine(publicIP string, p Port) string {
	return address(publicIP, p.External) + " -> " + p.String()
}

// A Link is one way into an instance: a line that can be copied whole.
type Link struct {
	Name string // what it is for: "ssh", "tunnel", "open", "jupyter", "scp", …
	Text string // the command or URL
}

// Links are all ways into an instance as they stand: SSH commands, tunnels, copy commands, URLs.
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
		if p.Protocol == TCP && p.External != 0 && !i.isSSH(p) && !i.isJupyter(p.Asked) {
			links = append(links, Link{"http " + strconv.Itoa(p.Internal), i.url(publicIP, p, "")})
		}
	}
	return links
}

// sshLinks are the ways that go through the instance's SSH server.
func sshLinks(i Instance, publicIP string, port int) []Link {
	host := reachable(publicIP)
	login := fmt.Sprintf("ssh -p %d root@%s", port, host)
	// scp and rsync end a host at the first colon, too.
	remote := QuoteWord("root@" + bracketed(host) + ":" + i.Plan.DataDirectory())
	links := []Link{{"ssh", login}}
	for _, p := range i.Plan.Ports {
		if p.Protocol == TCP && !i.isSSH(p) && p.Internal != 0 {
			links = append(links, Link{"tunnel", fmt.Sprintf("%s -N -L %d:localhost:%d", login, near(p.Internal), p.Internal)})
		}
	}
	if len(links) == 1 {
		links = append(links, Link{"tunnel", login + " -N -L 8080:localhost:8080"})
	}
	links = append(links,
		Link{"scp", fmt.Sprintf("scp -P %d FILE %s", port, remote)},
		Link{"rsync", fmt.Sprintf("rsync -avP -e \"ssh -p %d\" FOLDER/ %s", port, remote)})
	if !strings.Contains(host, ":") { // VS Code takes the colons of IPv6 for a port's
		folder := url.URL{Path: i.Plan.DataDirectory()}
		links = append(links, Link{"code", fmt.Sprintf("vscode://vscode-remote/ssh-remote+root@%s:%d%s", host, port, folder.EscapedPath())})
	}
	return append(links, Link{"vscode", fmt.Sprintf("Host %s\n  HostName %s\n  Port %d\n  User root", i.ID, host, port)})
}

// near is the port where somebody sits that a tunnel to a port begins at: the same, where anybody may listen on it.
func near(port int) int {
	const firstFree = 1024 // those below are root's
	if port < firstFree {
		return port + 8000
	}
	return port
}

// Distinct are links without those that lead where one before them leads: the same line twice makes people look for what
// tells them apart.
func Distinct(links []Link) []Link {
	var out []Link
	for _, l := range links {
		if !slices.ContainsFunc(out, func(o Link) bool { return o.Text == l.Text }) {
			out = append(out, l)
		}
	}
	return out
}

// OpenURL is what the Open action opens: the port that OPEN_BUTTON_PORT names, with OPEN_BUTTON_TOKEN, else
// Jupyter in jupyter mode.
func OpenURL(i Instance, publicIP string) (string, bool) {
	p := i.button("OPEN_BUTTON_PORT")
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

// JupyterURL is what the Jupyter action opens: the port that JUPYTER_PORT names, else the launcher's own.
func JupyterURL(i Instance, publicIP string) (string, bool) {
	door := i.JupyterDoor()
	if door.External == 0 {
		return "", false
	}
	return "https://" + address(publicIP, door.External) + "/?token=" + url.QueryEscape(i.Plan.JupyterToken()), true
}

// button reads a variable that names a port inside and finds that; it is the zero one where there is none.
func (i Instance) button(name string) Port {
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

// isJupyter reports whether Jupyter answers on this internal port, over HTTPS.
func (i Instance) isJupyter(asked int) bool {
	named := i.button("JUPYTER_PORT")
	return named.External != 0 && asked == named.Asked || asked == PortJupyter && i.Order.Mode == ModeJupyter
}

// url is a port's address in a browser. Jupyter answers TLS, the ports that are HTTPS by custom do, and those that were
// seen to.
func (i Instance) url(publicIP string, p Port, token string) string {
	scheme := "http"
	if i.isJupyter(p.Asked) || p.Asked == 443 || p.Asked == 8443 || slices.Contains(i.Secure, p.Internal) {
		scheme = "https"
	}
	u := scheme + "://" + address(publicIP, p.External) + "/"
	if token != "" {
		u += "?token=" + url.QueryEscape(token)
	}
	return u
}

func address(publicIP string, port int) string {
	return bracketed(reachable(publicIP)) + ":" + strconv.Itoa(port)
}

// bracketed sets an address of IPv6 apart from the port that follows it.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// reachable is the machine's address, or the one name by which it always reaches itself.
func reachable(publicIP string) string { return orElse(publicIP, "localhost") }
