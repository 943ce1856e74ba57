package api

import (
	"context"
	"io"
	"time"

	"berth/model"
)

// A Backend is what the API asks and orders. Its methods may be called from any goroutine. Orders given in a
// context of As are that user's, else those of the user whose process this is.
type Backend interface {
	// Newest is the newest fleet known, at no cost; false before there is one.
	Newest() (model.Fleet, bool)
	// CatchUp returns when Newest knows of everything written before the call, or has had long enough to.
	CatchUp(ctx context.Context)

	// As returns a context whose orders are another user's.
	As(ctx context.Context, owner string) context.Context
	// Owner is the user whose process this is.
	Owner() string
	// KeyOwner says whose account key this is; false where it is nobody's.
	KeyOwner(ctx context.Context, key string) (owner string, known bool, err error)
	// KeysMD5 is the hash of an instance's authorized_keys as it is now, hex; empty unless the instance's secret
	// is in that file.
	KeysMD5(ctx context.Context, id model.InstanceID) (string, error)

	Launch(ctx context.Context, o model.Order) (model.Instance, error)
	Act(ctx context.Context, id model.InstanceID, a model.Action) error
	Relabel(ctx context.Context, id model.InstanceID, label string) error
	// AttachKey lets an SSH key into an instance from now on, DetachKey no more.
	AttachKey(ctx context.Context, id model.InstanceID, line string) error
	DetachKey(ctx context.Context, id model.InstanceID, line string) error

	// Logs is the instance's output; closing the reader ends it.
	Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error)
	// History is what was ordered and done, newest first.
	History(ctx context.Context, limit int) ([]model.Event, error)
	// Files runs ls, rm or du on an instance's files, which needn't run, and writes what it says.
	Files(ctx context.Context, id model.InstanceID, command []string, out io.Writer) error
	// Copy copies a file or folder from one place to another as rsync would, and returns when it is there.
	Copy(ctx context.Context, from, to model.Place) error

	Account(ctx context.Context) (model.Account, error)
	SetVar(ctx context.Context, v model.Var) error
	UnsetVar(ctx context.Context, name string) error
	AddKey(ctx context.Context, line string) error
	RemoveKey(ctx context.Context, line string) error

	Templates(ctx context.Context) ([]model.Template, error)
	SaveTemplate(ctx context.Context, t model.Template) error
	DeleteTemplate(ctx context.Context, name string) error
}

// A clock is where times come from.
type clock func() time.Time
