// Package ui is the screen: what people see of the machine and the keys they order it with.
//
// The App (app.go) is the whole: it holds the main screen (mainscreen.go) with its panes (ui/pane), and at most one
// overlay over it (overlay.go): a question, a menu, a popup (ui/popup) or the form (ui/form). Keys lead to commands
// (keys.go), and Run (run.go) puts it all on a terminal (ui/terminal). Colours and signs are in ui/theme, what the parts
// share in ui/kit.
//
// The screen speaks in model's nouns and asks a Backend, which it declares here, for everything else; it does not
// know the rooms of backend. View is a pure function of the model, Update never blocks: whatever takes
// time is a command that copies what it needs first.
package ui

import (
	"context"

	"berth/model"
	"berth/ui/output"
	"berth/ui/popup"
)

// A Backend is what the screen asks and orders. Every method may block and is called from commands only. It is put
// together from what each part of the screen asks for; a part is handed no more than that.
type Backend interface {
	feed
	orders
	templates
	shells
	popup.Listener
	output.Source
	popup.Copier
	popup.AccountKeeper
	popup.Historian
	popup.Bookkeeper
}

// A feed tells what there is.
type feed interface {
	// Watch yields complete fleets, newest wins, until the context ends.
	Watch(ctx context.Context) <-chan model.Fleet
	// Refresh makes the keeper read everything anew now.
	Refresh(ctx context.Context) error
}

// orders are what is ordered about instances.
type orders interface {
	Launch(ctx context.Context, o model.Order) (model.Instance, error)
	Act(ctx context.Context, id model.InstanceID, a model.Action) error
	Relabel(ctx context.Context, id model.InstanceID, label string) error
}
