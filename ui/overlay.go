package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// An overlay stands over the main screen and takes the keys: a question, a popup or the form. It closes when its
// Update returns nil.
type overlay interface {
	Update(msg tea.Msg) (overlay, tea.Cmd)
	// View draws it in at most w × h cells.
	View(w, h int) string
}

// A guest is the shape of the form and of every popup: a value whose Update returns the next one.
type guest[T any] interface {
	Update(msg tea.Msg) (T, tea.Cmd)
	View(w, h int) string
}

// hosted makes an overlay of a guest. Guests say that they are over by a message of their own.
type hosted[T guest[T]] struct{ guest T }

func (h hosted[T]) Update(msg tea.Msg) (overlay, tea.Cmd) {
	next, cmd := h.guest.Update(msg)
	return hosted[T]{next}, cmd
}

func (h hosted[T]) View(w, height int) string { return h.guest.View(w, height) }

// withFleet hands a newer fleet to a guest that wants to know.
func (h hosted[T]) withFleet(f model.Fleet) overlay {
	if live, ok := any(h.guest).(interface{ WithFleet(model.Fleet) T }); ok {
		return hosted[T]{live.WithFleet(f)}
	}
	return h
}

// A live overlay is told of newer fleets.
type live interface {
	withFleet(model.Fleet) overlay
}

// open puts an overlay over the screen. The context that its commands run with ends when it closes.
func (a App) open(o overlay, end context.CancelFunc) App {
	a = a.close()
	a.overlay, a.endOverlay = o, end
	if sized, _ := o.Update(a.room()); sized != nil {
		a.overlay = sized
	}
	return a
}

// covers reports whether an overlay takes the whole screen and has a footer of its own, as the form does. The
// others leave the last line free.
func covers(o overlay) bool {
	_, whole := o.(interface{ covers() })
	return whole
}

// room is what the overlay has of the screen.
func (a App) room() tea.WindowSizeMsg {
	if covers(a.overlay) {
		return tea.WindowSizeMsg{Width: a.w, Height: a.h}
	}
	return tea.WindowSizeMsg{Width: a.w, Height: a.h - 1}
}

// close takes the overlay away and ends what it had under way.
func (a App) close() App {
	if a.endOverlay != nil {
		a.endOverlay()
	}
	a.overlay, a.endOverlay = nil, nil
	a.list = a.list.WithScene(a.scene, false)
	return a
}

// An opener is a guest that has something to do when it opens.
type opener[T any] interface {
	guest[T]
	Init() tea.Cmd
}

// host opens a popup made with a context of its own, and starts it.
func host[T opener[T]](a App, build func(context.Context) T) (App, tea.Cmd) {
	ctx, cancel := context.WithCancel(a.ctx)
	popup := build(ctx)
	return a.open(hosted[T]{popup}, cancel), popup.Init()
}

// hostOf opens a popup of the selected instance.
func hostOf[T opener[T]](a App, build func(context.Context, model.InstanceID) T) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.refused(err)
	}
	return host(a, func(ctx context.Context) T { return build(ctx, i.ID) })
}

// toOverlay hands a message to the overlay.
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

// asEscape is ctrl-c over an overlay: what people type who want out means Esc there, so that a form still
// asks before it drops edits.
func asEscape(msg tea.KeyPressMsg) tea.KeyPressMsg {
	if msg.String() == "ctrl+c" {
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	}
	return msg
}

// over draws the overlay over the screen, or in its place where it covers it.
func (a App) over(screen string) string {
	if a.overlay == nil {
		return screen
	}
	room := a.room()
	view := a.overlay.View(room.Width, room.Height)
	if covers(a.overlay) {
		return a.theme().Whole(view, room.Width, room.Height)
	}
	return theme.Over(screen, view, room.Width, room.Height)
}
