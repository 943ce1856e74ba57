// Package ui is the screen: what people see of the machine and the keys they order it with.
//
// It speaks in model's nouns and asks a Backend, which it declares here, for everything else; it does not
// know the rooms of backend. View is a pure function of the model, Update never blocks: whatever takes
// time is a command that copies what it needs first.
package ui

import (
	"context"
	"io"
	"time"

	"berth/model"
)

// A Backend is what the screen asks and orders. Every method may block and is called from commands only.
type Backend interface {
	// Watch yields complete fleets, newest wins, until the context ends.
	Watch(ctx context.Context) <-chan model.Fleet

	Launch(ctx context.Context, o model.Order) (model.Instance, error)
	Act(ctx context.Context, id model.InstanceID, a model.Action) error
	Relabel(ctx context.Context, id model.InstanceID, label string) error
	// Refresh makes the keeper look at everything again now.
	Refresh(ctx context.Context) error

	// Templates returns every template that can be read, by name, and an error naming file, line and key
	// of each that can't.
	Templates(ctx context.Context) ([]model.Template, error)
	SaveTemplate(ctx context.Context, t model.Template) error
	DeleteTemplate(ctx context.Context, name string) error
	// Images are the references the engine has, for completion.
	Images(ctx context.Context) ([]string, error)
	// LastOrder is what this user launched last; false where nothing was.
	LastOrder(ctx context.Context) (model.Order, bool)

	// Listening says for each of the instance's ports whether something inside listens now; a port that
	// can't be looked at is left out.
	Listening(ctx context.Context, id model.InstanceID) (map[model.Port]bool, error)
	// Logs is the instance's output; closing the reader ends it.
	Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error)
	// CopyWatched copies files between an instance and the machine, or two instances, until that is done or the
	// context ends, and tells watch from one goroutine how far it is.
	CopyWatched(ctx context.Context, from, to model.Place, watch func(model.Copied)) error
	// Shell runs an interactive shell in the instance on the given terminal until it ends.
	Shell(ctx context.Context, id model.InstanceID, in io.Reader, out io.Writer) error

	Account(ctx context.Context) (model.Account, error)
	SetVar(ctx context.Context, v model.Var) error
	UnsetVar(ctx context.Context, name string) error
	AddKey(ctx context.Context, line string) error
	RemoveKey(ctx context.Context, line string) error
	// OfferedKeys are the user's own ~/.ssh/*.pub lines that the account doesn't have yet.
	OfferedKeys(ctx context.Context) ([]string, error)
	// PutLogin keeps a login to a registry, in place of the one for the same host.
	PutLogin(ctx context.Context, l model.Login, password string) error
	RemoveLogin(ctx context.Context, host string) error

	History(ctx context.Context, limit int) ([]model.Event, error)
	Tenures(ctx context.Context, since time.Time) ([]model.Tenure, error)
}
