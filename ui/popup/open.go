package popup

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/logtext"
	"berth/ui/theme"
)

// A Door is one of the web addresses of an instance.
type Door struct {
	Title string // the popup's title
	URL   func(i model.Instance, publicIP string) (string, bool)
	Port  func(model.Instance) model.Port
	Ask   string // what to ask for at launch to get such an address
}

// The doors of the actions Open and Jupyter.
var (
	OpenDoor = Door{"Open", model.OpenURL, model.Instance.OpenDoor,
		"It is opened by the port that OPEN_BUTTON_PORT names: give -e OPEN_BUTTON_PORT=8081 -p 8081 in its options at launch."}
	JupyterDoor = Door{"Jupyter", model.JupyterURL, model.Instance.JupyterDoor,
		"It is there in jupyter mode, or where JUPYTER_PORT names one of the ports in the options at launch."}
)

// Open is the popup that copies an instance's web address, shows it, and opens the browser if the user sits at this
// machine.
type Open struct {
	sheet
	tag     tag
	browser Browser
	door    Door
	id      model.InstanceID
	fleet   model.Fleet
	sent    bool // the address was copied
}

// NewOpen opens a door of one instance. browser is nil if the user can't see one.
func NewOpen(look Look, browser Browser, f model.Fleet, id model.InstanceID, door Door) Open {
	o := Open{sheet: newSheet(look), tag: newTag(), browser: browser, door: door, id: id, fleet: f}
	_, ok := o.url()
	o.sent = ok && o.silence() == ""
	return o
}

// Init copies the address and opens it, unless it is known that nothing answers there.
func (o Open) Init() tea.Cmd {
	url, _ := o.url()
	if !o.sent {
		return nil
	}
	return tea.Batch(emit(Copy{url}), o.browse(url))
}

// A browserResult is the result of browse.
type browserResult struct {
	tag tag
	err error
}

// browse opens the browser. It returns nil if there is none.
func (o Open) browse(url string) tea.Cmd {
	if o.browser == nil {
		return nil
	}
	browser, t := o.browser, o.tag
	return func() tea.Msg { return browserResult{t, browser(url)} }
}

// WithFleet returns the popup with a newer fleet.
func (o Open) WithFleet(f model.Fleet) Open {
	o.fleet = f
	return o
}

// Update handles keys and the browser's result.
func (o Open) Update(msg tea.Msg) (Open, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		o.size = size{msg.Width, msg.Height}
	case browserResult:
		if msg.tag == o.tag && msg.err != nil {
			o.result = result{"the browser didn't open: " + model.Said(msg.err), true}
		}
	case tea.KeyPressMsg:
		return o.press(msg)
	}
	return o, nil
}

func (o Open) press(msg tea.KeyPressMsg) (Open, tea.Cmd) {
	url, ok := o.url()
	if ok && o.browser != nil && key.Matches(msg, o.look.Keys.Browse) {
		o.result = result{text: "opening the browser"}
		return o, o.browse(url)
	}
	var cmd tea.Cmd
	o.sheet, cmd = o.take(msg, o.page(inner(o.size.w)))
	return o, cmd
}

// View draws the popup in at most w × h cells.
func (o Open) View(w, h int) string { return o.view(o.page(inner(w)), w, h) }

func (o Open) page(w int) page {
	k, th := o.look.Keys, o.look.Theme
	i, known := o.fleet.Instance(o.id)
	pg := page{title: titled(th, o.door.Title, o.id, i), hints: hints(k.Close)}
	url, ok := o.url()
	switch {
	case !known:
		pg.empty = o.id.String() + " is gone."
		return pg
	case !ok && slices.ContainsFunc(i.Plan.Ports, func(p model.Port) bool { return p.External == 0 }):
		pg.empty = "Its address is known once the instance has its ports. Status: " + i.Status()
		return pg
	case !ok:
		pg.empty = "This instance has no such address. " + o.door.Ask
		return pg
	}
	pg.hints = hints(k.Copy, k.Close)
	if o.browser != nil {
		pg.hints = hints(k.Copy, k.Browse, k.Close)
	}
	pg.items = []kit.Item{urlItem(url, w-2)}
	if o.sent {
		pg.foot = []string{"copied; where your terminal didn't take it, select it above"}
	}
	switch why := o.silence(); {
	case i.Phase != model.PhaseRunning:
		pg.foot = slices.Insert(pg.foot, 0, "It may not answer; status: "+i.Status())
	case why != "":
		pg.foot = theme.Wrap("Not there now: "+theme.Text(why), w-2)
	case !o.sent:
		pg.foot = []string{"It answers by now."}
	}
	return pg
}

// silence returns why nothing answers at the door, or "" if a server answers or nothing is known. For a jupyter
// instance it also says why Jupyter doesn't run.
func (o Open) silence() string {
	i, _ := o.fleet.Instance(o.id)
	why, jupyter := i.Silence(o.door.Port(i)), i.NoJupyter()
	if why != "" && jupyter != "" && why != jupyter {
		why += "; no Jupyter: " + jupyter
	}
	return why
}

// url returns the door's current address.
func (o Open) url() (string, bool) {
	i, ok := o.fleet.Instance(o.id)
	if !ok {
		return "", false
	}
	return o.door.URL(i, o.fleet.HostOf(i.ID).PublicIP)
}

// urlItem returns an address as an item that shows all of it, in as many rows as it needs.
func urlItem(url string, w int) kit.Item {
	rows := logtext.Wrapped(url, max(w, 1))
	return kit.Item{Key: "url", Name: rows[0], More: rows[1:], Text: url, URL: url}
}
