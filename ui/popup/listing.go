package popup

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// A Listing is a popup with a list of what the fleet has of one kind, such as volumes. It is live, and changes nothing.
type Listing struct {
	sheet
	fleet model.Fleet
	me    string
	pages func(Listing) page // what it shows of the fleet
}

func newListing(look Look, f model.Fleet, me string, pages func(Listing) page) Listing {
	return Listing{sheet: newSheet(look), fleet: f, me: me, pages: pages}
}

// Init asks for nothing: all is in the fleet.
func (l Listing) Init() tea.Cmd { return nil }

// WithFleet shows a new fleet's.
func (l Listing) WithFleet(f model.Fleet) Listing {
	l.fleet = f
	return l
}

// Update handles keys.
func (l Listing) Update(msg tea.Msg) (Listing, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		l.size = size{msg.Width, msg.Height}
	case tea.KeyPressMsg:
		var cmd tea.Cmd
		l.sheet, cmd = l.take(msg, l.pages(l))
		return l, cmd
	}
	return l, nil
}

// View draws the popup in at most w × h cells.
func (l Listing) View(w, h int) string { return l.view(l.pages(l), w, h) }
