package popup

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// View draws the popup in at most w × h cells.
func (p Ports) View(w, h int) string {
	pg := p.page(inner(w))
	if !p.qr {
		return p.view(pg, w, h)
	}
	th := p.look.Theme
	it, _ := p.list.Selected(pg.items)
	text := qrText(it)
	rows, ok := qrRows(th, text, w-4, h-2)
	if !ok {
		rows = theme.Wrap("The QR code of "+text+" needs a larger terminal. Esc goes back.", max(w-4, 1))
	}
	return th.Frame(th.Clip(text, max(w-6, 0)), strings.Join(rows, "\n"), min(w, max(theme.Width(rows[0])+4, 24)), min(h, len(rows)+2))
}

// qrText returns the text for the QR code: a URL, which a phone can open, else the address alone.
func qrText(it kit.Item) string {
	if it.URL != "" {
		return it.URL
	}
	address, _, _ := strings.Cut(it.Text, " -> ")
	return address
}

// page returns what the popup shows in a frame of that inner width.
func (p Ports) page(w int) page {
	k, th := p.look.Keys, p.look.Theme
	i, ok := p.fleet.Instance(p.id)
	pg := page{title: titled(th, "IP Port Info", p.id, i), hints: hints(k.Copy, k.CopyAll, k.Test, k.QR, k.Connect, k.Close)}
	switch {
	case !ok:
		pg.empty, pg.hints = p.id.String()+" is gone.", hints(k.Close)
		return pg
	case len(i.Plan.Ports) == 0:
		pg.hints = hints(k.Connect, k.Close)
		pg.empty = "This instance has no open ports. They are asked for at launch, in its options: -p 8081 opens one."
		return pg
	}
	// The link for VS Code is shown in Connect: here its rows would move the URLs out of sight.
	links := slices.DeleteFunc(model.Distinct(model.Links(i, p.fleet.HostOf(p.id).PublicIP)), func(l model.Link) bool { return l.Name == "vscode" || l.Name == "code" })
	pg.items = p.portItems(i, links, w)
	if len(links) > 0 {
		pg.items = append(pg.items, kit.Heading(th, ""), kit.Heading(th, "WAYS IN"))
		pg.items = append(pg.items, linkItems(th, links)...)
	}
	pg.foot = p.about(i, pg, w)
	return pg
}

// portItems returns the ports, one line each, under a heading. If there is no room for the column with the variables,
// only the selected port's variable is shown.
func (p Ports) portItems(i model.Instance, links []model.Link, w int) []kit.Item {
	th, ip := p.look.Theme, p.fleet.HostOf(p.id).PublicIP
	lines, widest := make([]string, len(i.Plan.Ports)), 0
	for n, port := range i.Plan.Ports {
		lines[n] = model.PortLine(ip, port)
		if port.External == 0 {
			lines[n] = th.Dash + " -> " + port.String()
		}
		widest = max(widest, theme.Width(lines[n]))
	}
	columns := func(service, variable string, style theme.Style) string {
		if w < 4+widest+2+serviceWidth+2+len("VAST_TCP_PORT_65535") {
			variable = ""
		}
		return "  " + th.Pad(service, serviceWidth) + "  " + style.Render(variable)
	}
	web := webAddresses(links)
	items := []kit.Item{kit.Heading(th, "    "+th.Pad("PORT", widest)+columns("SERVICE", "VARIABLE", th.Plain))}
	for n, port := range i.Plan.Ports {
		it := kit.Item{Key: portKey(port), Sign: p.dot(port) + " ", Name: lines[n], Text: lines[n], URL: web[strconv.Itoa(port.External)]}
		it.Rest = strings.Repeat(" ", widest-theme.Width(lines[n])) + columns(orDash(th, service(i, port)), port.Variable(), th.Dim)
		if port.External == 0 {
			it.Text = ""
		}
		items = append(items, it)
	}
	return items
}

const serviceWidth = 10

// webAddresses returns the browser links by external port. If a port has several, it is the first, which has the token.
func webAddresses(links []model.Link) map[string]string {
	at := map[string]string{}
	for _, l := range links {
		if !isURL(l.Text) {
			continue
		}
		if u, err := url.Parse(l.Text); err == nil && at[u.Port()] == "" {
			at[u.Port()] = l.Text
		}
	}
	return at
}

func orDash(th theme.Theme, text string) string {
	if text == "" {
		return th.Dash
	}
	return text
}

// dot returns the sign of a port: whether a process inside listens on it.
func (p Ports) dot(port model.Port) string {
	th := p.look.Theme
	open, known := p.listen[port]
	i, _ := p.fleet.Instance(p.id)
	switch {
	case !known, !runs(i):
		return th.Dim.Render(th.Dash)
	case open:
		return th.Good.Render(th.Open)
	}
	return th.Dim.Render(th.Stopped)
}

// about returns the selected line in words.
func (p Ports) about(i model.Instance, pg page, w int) []string {
	it, _ := p.list.Selected(pg.items)
	for _, port := range i.Plan.Ports {
		if portKey(port) == it.Key {
			return []string{p.state(i, port), port.Variable() + " " + p.look.Theme.Dot + " " + reach(p.fleet.HostOf(p.id).PublicIP)}
		}
	}
	return aboutLink(it, w)
}

// state returns in words whether a process listens on a port.
func (p Ports) state(i model.Instance, port model.Port) string {
	open, known := p.listen[port]
	switch {
	case port.External == 0:
		return "no number yet; status: " + i.Status()
	case !runs(i):
		return "reserved; status: " + i.Status()
	case p.failed != "":
		return "not known whether something listens: " + p.failed
	case !known:
		return "not known yet whether something listens"
	case open:
		return "something inside listens on it now"
	}
	return "nothing inside listens on " + port.String() + " now"
}
