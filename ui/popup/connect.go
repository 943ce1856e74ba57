package popup

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
)

// A Certificate is that of this installation's authority, which signs the certificates of all instances. A browser or a
// client needs it to trust them. Unknown parts are empty.
type Certificate struct {
	Fingerprint string // SHA-256
	CAFile      string // on this machine
}

// Connect is the popup with all ways into an instance. Each is a line that can be copied.
type Connect struct {
	sheet
	id     model.InstanceID
	fleet  model.Fleet
	viewer model.Viewer
	cert   Certificate
}

// NewConnect opens the ways into one instance for this viewer.
func NewConnect(look Look, f model.Fleet, id model.InstanceID, v model.Viewer, cert Certificate) Connect {
	return Connect{sheet: newSheet(look), id: id, fleet: f, viewer: v, cert: cert}
}

// Init does nothing.
func (c Connect) Init() tea.Cmd { return nil }

// WithFleet returns the popup with a newer fleet.
func (c Connect) WithFleet(f model.Fleet) Connect {
	c.fleet = f
	return c
}

// Update handles keys.
func (c Connect) Update(msg tea.Msg) (Connect, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		c.size = size{msg.Width, msg.Height}
	case tea.KeyPressMsg:
		if key.Matches(msg, c.look.Keys.Ports) {
			return c, emit(Run{"ports"})
		}
		c.sheet, cmd = c.take(msg, c.page(inner(c.size.w)))
	}
	return c, cmd
}

// View draws the popup in at most w × h cells.
func (c Connect) View(w, h int) string { return c.view(c.page(inner(w)), w, h) }

func (c Connect) page(w int) page {
	k, th := c.look.Keys, c.look.Theme
	i, ok := c.fleet.Instance(c.id)
	pg := page{title: titled(th, "Connect", c.id, i), hints: hints(k.Copy, k.CopyAll, k.Ports, k.Close)}
	if !ok {
		pg.empty, pg.hints = c.id.String()+" is gone.", hints(k.Close)
		return pg
	}
	for _, s := range c.sections(i) {
		if len(pg.items) > 0 {
			pg.items = append(pg.items, kit.Heading(th, ""))
		}
		pg.items = append(pg.items, kit.Heading(th, s.title))
		pg.items = append(pg.items, linkItems(th, s.links)...)
	}
	if len(pg.items) == 0 {
		pg.empty, pg.hints = noWayIn(i), hints(k.Ports, k.Close)
		return pg
	}
	it, _ := c.list.Selected(pg.items)
	pg.foot = aboutLink(it, w)
	return pg
}

// noWayIn says why there is no way in, and how to get one.
func noWayIn(i model.Instance) string {
	if i.Order.Mode == model.ModeEntrypoint {
		return "This instance runs its image as it is: no SSH server is added and no port is open. Launch it in " +
			"ssh mode, or give -p in its options. The shell key opens a shell in it from here."
	}
	return "The ways in are known once the instance has its ports. Status: " + i.Status()
}

// A section is a group of links with the same purpose.
type section struct {
	title string
	links []model.Link
}

// sections returns an instance's ways in by purpose, the most used first.
func (c Connect) sections(i model.Instance) []section {
	publicIP := c.fleet.HostOf(i.ID).PublicIP
	shell, code := section{title: "SHELL AND FILES"}, section{title: "VS CODE, AND ssh BY NAME: ~/.ssh/config"}
	web, tunnels := section{title: "IN A BROWSER"}, section{title: "TUNNELS"}
	through := section{title: "WHERE THE NETWORK LETS ONLY THIS MACHINE'S SSH THROUGH"}
	if i.Machine == "" { // this one isn't before another
		through.links = c.viewer.Through(i, publicIP)
	}
	for _, l := range model.Distinct(model.Links(i, publicIP)) {
		to := &shell
		switch {
		case isURL(l.Text):
			to = &web
		case l.Name == "tunnel":
			to = &tunnels
		case l.Name == "vscode", l.Name == "code":
			to = &code
		}
		to.links = append(to.links, l)
	}
	var out []section
	for _, s := range []section{keyless(i), shell, code, web, tunnels, through} {
		if len(s.links) > 0 {
			out = append(out, s)
		}
	}
	https := slices.ContainsFunc(web.links, func(l model.Link) bool { return strings.HasPrefix(l.Text, "https:") })
	if trust := c.cert.links(); https && len(trust) > 0 {
		out = append(out, section{"CERTIFICATE AUTHORITY", trust})
	}
	return out
}

// keyless returns what to do first if an instance with an SSH server got no SSH key: without one, no line below lets
// anybody in.
func keyless(i model.Instance) section {
	if !i.Order.Mode.Launcher() || len(i.Plan.Keys) > 0 {
		return section{}
	}
	text := fmt.Sprintf("berth account ssh add ~/.ssh/id_ed25519.pub --instance %s", i.ID)
	if i.Machine != "" { // a path would be that machine's
		text = fmt.Sprintf("berth --on %s account ssh add - --instance %s <~/.ssh/id_ed25519.pub", i.Machine, i.ID)
	}
	return section{"NO SSH KEY YET: GIVE IT ONE, ALSO WHILE IT RUNS", []model.Link{{Name: "add key", Text: text}}}
}

// links returns the known parts of a certificate.
func (c Certificate) links() []model.Link {
	var out []model.Link
	if c.Fingerprint != "" {
		out = append(out, model.Link{Name: "SHA-256", Text: c.Fingerprint})
	}
	if c.CAFile != "" {
		out = append(out, model.Link{Name: "CA file", Text: c.CAFile})
	}
	return out
}
