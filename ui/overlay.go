package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// An overlay is drawn over the main screen and gets the keys: a question, a popup or the form. It closes when Update
// returns nil.
type overlay interface {
	Update(msg tea.Msg) (overlay, tea.Cmd)
	// View draws the overlay in at most w × h cells.
	View(w, h int) string
}

// A guest is the interface of the form and of every popup: a value whose Update returns its next state.
type guest[T any] interface {
	Update(msg tea.Msg) (T, tea.Cmd)
	View(w, h int) string
}

// hosted makes an overlay of a guest. A guest closes by a message of its own, not by returning nil.
type hosted[T guest[T]] struct{ guest T }

func (h hosted[T]) Update(msg tea.Msg) (overlay, tea.Cmd) {
	next, cmd := h.guest.Update(msg)
	return hosted[T]{next}, cmd
}

func (h hosted[T]) View(w, height int) string { return h.guest.View(w, height) }

// withFleet passes a new fleet to a guest that has a WithFleet method.
func (h hosted[T]) withFleet(f model.Fleet) overlay {
	if live, ok := any(h.guest).(interface{ WithFleet(model.Fleet) T }); ok {
		return hosted[T]{live.WithFleet(f)}
	}
	return h
}

// A live overlay receives new fleets.
type live interface {
	withFleet(model.Fleet) overlay
}

// open opens an overlay. end cancels the context of the overlay's commands; it is called when the overlay closes.
func (a App) open(o overlay, end context.CancelFunc) App {
	a = a.close()
	a.overlay, a.endOverlay = o, end
	if sized, _ := o.Update(a.room()); sized != nil {
		a.overlay = sized
	}
	return a
}

// covers reports whether an overlay covers the whole screen and has its own footer, as the form does. The others leave
// the last line free.
func covers(o overlay) bool {
	_, whole := o.(interface{ covers() })
	return whole
}

// room returns the part of the screen that the overlay may use.
func (a App) room() tea.WindowSizeMsg {
	if covers(a.overlay) {
		return tea.WindowSizeMsg{Width: a.w, Height: a.h}
	}
	return tea.WindowSizeMsg{Width: a.w, Height: a.h - 1}
}

// close closes the overlay and cancels its commands.
func (a App) close() App {
	if a.endOverlay != nil {
		a.endOverlay()
	}
	a.overlay, a.endOverlay = nil, nil
	a.list = a.list.WithScene(a.scene, false)
	return a
}

// An opener is a guest with a command to run when it opens.
type opener[T any] interface {
	guest[T]
	Init() tea.Cmd
}

// openPopup opens a popup with a context of its own, and runs its Init.
func openPopup[T opener[T]](a App, build func(context.Context) T) (App, tea.Cmd) {
	ctx, cancel := context.WithCancel(a.ctx)
	popup := build(ctx)
	return a.open(hosted[T]{popup}, cancel), popup.Init()
}

// openInstancePopup opens a popup about the selected instance.
func openInstancePopup[T opener[T]](a App, build func(context.Context, model.InstanceID) T) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.showError(err)
	}
	return openPopup(a, func(ctx context.Context) T { return build(ctx, i.ID) })
}

// toOverlay passes a message to the overlay.
func (a App) toOverlay(msg tea.Msg) (App, tea.Cmd) {
	if a.overlay == nil {
		return a, nil
	}
	next, cmd := a.overlay.Update(msg)
	if next == nil {
		return a.close(), cmd
	}
	a.overlay = next
	return a, cmd
}

// asEscape turns ctrl-c into Esc. Over an overlay, users who type ctrl-c want to leave the overlay, and the form must
// still ask before it discards changes.
func asEscape(msg tea.KeyPressMsg) tea.KeyPressMsg {
	if msg.String() == "ctrl+c" {
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	}
	return msg
}

// over draws the overlay over the screen, or instead of the screen if it covers it.
func (a App) over(screen string) string {
	if a.overlay == nil {
		return screen
	}
	room := a.room()
	view := a.overlay.View(room.Width, room.Height)
	if covers(a.overlay) {
		return a.theme().FillScreen(view, room.Width, room.Height)
	}
	return theme.Over(screen, view, room.Width, room.Height)
}
