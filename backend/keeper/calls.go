package keeper

import (
	"context"
	"io"
	"net/url"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// History has beside what was done the calls of the engine that did it. A worker's context carries the notes of what it
// had the engine do; each event takes those since the one before it.

// A callNotes is the calls that were made in a context and that no event has yet.
type callNotes struct {
	mu    sync.Mutex
	calls []model.Call
}

type callNotesKey struct{}

// noting is a context whose calls are noted.
func noting(ctx context.Context) context.Context {
	return context.WithValue(ctx, callNotesKey{}, &callNotes{})
}

// noted takes the calls made in a context since they were last taken.
func noted(ctx context.Context) []model.Call {
	notes, ok := ctx.Value(callNotesKey{}).(*callNotes)
	if !ok {
		return nil
	}
	notes.mu.Lock()
	defer notes.mu.Unlock()
	calls := notes.calls
	notes.calls = nil
	return calls
}

// note notes a call that began then and ended with an error or without one. An engine that refuses the same again and
// again is noted once, with the last try.
func note(ctx context.Context, text string, begun time.Time, err error) {
	notes, ok := ctx.Value(callNotesKey{}).(*callNotes)
	if !ok {
		return
	}
	c := model.Call{Text: text, Took: time.Since(begun)}
	if err != nil {
		c.Err = err.Error()
	}
	notes.mu.Lock()
	defer notes.mu.Unlock()
	if last := len(notes.calls) - 1; last >= 0 && notes.calls[last].Text == c.Text && notes.calls[last].Err == c.Err {
		notes.calls[last] = c
		return
	}
	notes.calls = append(notes.calls, c)
}

// A noter notes each verb that changes something on the engine.
type noter struct{ Engine }

func (n noter) Create(ctx context.Context, r engine.Request) (string, error) {
	begun := time.Now()
	id, err := n.Engine.Create(ctx, r)
	note(ctx, "POST /containers/create?name="+r.Name, begun, err)
	return id, err
}

func (n noter) Start(ctx context.Context, id string) error {
	begun := time.Now()
	err := n.Engine.Start(ctx, id)
	note(ctx, "POST /containers/"+short(id)+"/start", begun, err)
	return err
}

func (n noter) Stop(ctx context.Context, id string, grace time.Duration) error {
	begun := time.Now()
	err := n.Engine.Stop(ctx, id, grace)
	note(ctx, "POST /containers/"+short(id)+"/stop", begun, err)
	return err
}

func (n noter) Remove(ctx context.Context, id string) error {
	begun := time.Now()
	err := n.Engine.Remove(ctx, id)
	note(ctx, "DELETE /containers/"+short(id), begun, err)
	return err
}

func (n noter) CopyTo(ctx context.Context, id, dir string, tar io.Reader) error {
	begun := time.Now()
	err := n.Engine.CopyTo(ctx, id, dir, tar)
	note(ctx, "PUT /containers/"+short(id)+"/archive?path="+dir, begun, err)
	return err
}

func (n noter) Connect(ctx context.Context, network, id string) error {
	begun := time.Now()
	err := n.Engine.Connect(ctx, network, id)
	note(ctx, "POST /networks/"+network+"/connect", begun, err)
	return err
}

func (n noter) Update(ctx context.Context, id string, r engine.Resources) error {
	begun := time.Now()
	err := n.Engine.Update(ctx, id, r)
	note(ctx, "POST /containers/"+short(id)+"/update", begun, err)
	return err
}

func (n noter) Pull(ctx context.Context, ref string, auth *engine.Auth, report func(model.Progress)) error {
	begun := time.Now()
	err := n.Engine.Pull(ctx, ref, auth, report)
	note(ctx, "POST /images/create?fromImage="+url.QueryEscape(ref), begun, err)
	return err
}

func (n noter) Commit(ctx context.Context, id, ref string) error {
	begun := time.Now()
	err := n.Engine.Commit(ctx, id, ref)
	note(ctx, "POST /commit?container="+short(id), begun, err)
	return err
}

// short is an id as docker ps shows it.
func short(id string) string {
	const digits = 12
	return id[:min(len(id), digits)]
}
