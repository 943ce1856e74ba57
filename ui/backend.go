// Package ui is the screen: it shows the machine, and its keys give orders.
//
// The App (app.go) is the whole screen. It contains the main screen (mainscreen.go) with its panes (ui/pane), and at
// most one overlay over it (overlay.go): a question, a menu, a popup (ui/popup) or the form (ui/form). Keys run
// commands (keys.go), and Run (run.go) shows the App on a terminal (ui/terminal). Colours and signs are in ui/theme;
// what the parts share is in ui/kit.
//
// The screen uses model's types and asks a Backend, which it declares here, for everything else. It doesn't import the
// packages of backend. View is a pure function of the App. Update never blocks: whatever takes time is a command, which
// copies the data that it needs before it starts. Begin reading with App.
package ui

import (
	"context"
	"time"

	"berth/model"
	"berth/ui/output"
	"berth/ui/popup"
)

// A Backend is what the screen asks and gives orders to. Every method may block and is called only from commands. It is
// composed of one interface for each part of the screen; a part gets only its own.
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

// A feed is the part of Backend that reports the state of the machine.
type feed interface {
	// Watch returns a channel of complete fleets until the context ends. A newer fleet replaces one that wasn't
	// received.
	Watch(ctx context.Context) <-chan model.Fleet
	// Sight says which instances are on the screen: what these take is read each second, what others take seldom. It
	// doesn't block.
	Sight(ids []model.InstanceID)
	// Refresh makes the keeper read everything anew now.
	Refresh(ctx context.Context) error
}

// orders is the part of Backend that orders something for instances.
type orders interface {
	Launch(ctx context.Context, o model.Order) (model.Instance, error)
	Act(ctx context.Context, id model.InstanceID, a model.Action) error
	Relabel(ctx context.Context, id model.InstanceID, label string) error
	// Snapshot makes an image and a template of an instance, without its secrets.
	Snapshot(ctx context.Context, id model.InstanceID, name string) (model.Snapshot, error)
	// Extend puts off the end of an instance's run, and returns when it ends then.
	Extend(ctx context.Context, id model.InstanceID, by model.Span) (time.Time, error)
}
