package ui

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// planning is the form, or the list of templates, as an overlay over the whole screen. The capacity that orders are
// checked against follows the fleet.
type planning[T planner[T]] struct {
	guest   T
	account model.Account
}

// A planner is a guest that shows what orders would get.
type planner[T any] interface {
	guest[T]
	WithCapacity(model.Capacity) T
}

func (p planning[T]) Update(msg tea.Msg) (overlay, tea.Cmd) {
	var cmd tea.Cmd
	p.guest, cmd = p.guest.Update(msg)
	return p, cmd
}

func (p planning[T]) View(w, h int) string { return p.guest.View(w, h) }

func (planning[T]) covers() {}

func (p planning[T]) withFleet(f model.Fleet) overlay {
	p.guest = p.guest.WithCapacity(model.CapacityOf(f, p.account))
	return p
}
