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

// History shows, beside what was done, the engine calls that did it. A worker's context carries the calls made in it;
// each event takes the calls since the previous event.

// callNotes are the calls made in a context that no event has taken yet.
type callNotes struct {
	mu    sync.Mutex
	calls []model.Call
}

type callNotesKey struct{}

// withCallNotes returns a context in which calls are noted.
func withCallNotes(ctx context.Context) context.Context {
	return context.WithValue(ctx, callNotesKey{}, &callNotes{})
}

// takeCallNotes takes the calls made in a context since the last time.
func takeCallNotes(ctx context.Context) []model.Call {
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

// noteCall adds a call that began at a time and ended with or without an error. If the same call fails repeatedly with
// the same error, only the last one is kept.
func noteCall(ctx context.Context, text string, begun time.Time, err error) {
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

// A callRecorder notes every call that changes something on the engine.
type callRecorder struct{ Engine }

func (n callRecorder) Create(ctx context.Context, r engine.Request) (string, error) {
	begun := time.Now()
	id, err := n.Engine.Create(ctx, r)
	noteCall(ctx, "POST /containers/create?name="+r.Name, begun, err)
	return id, err
}

func (n callRecorder) Start(ctx context.Context, id string) error {
	begun := time.Now()
	err := n.Engine.Start(ctx, id)
	noteCall(ctx, "POST /containers/"+short(id)+"/start", begun, err)
	return err
}

func (n callRecorder) Stop(ctx context.Context, id string, grace time.Duration) error {
	begun := time.Now()
	err := n.Engine.Stop(ctx, id, grace)
	noteCall(ctx, "POST /containers/"+short(id)+"/stop", begun, err)
	return err
}

func (n callRecorder) Remove(ctx context.Context, id string) error {
	begun := time.Now()
	err := n.Engine.Remove(ctx, id)
	noteCall(ctx, "DELETE /containers/"+short(id), begun, err)
	return err
}

func (n callRecorder) CopyTo(ctx context.Context, id, dir string, tar io.Reader) error {
	begun := time.Now()
	err := n.Engine.CopyTo(ctx, id, dir, tar)
	noteCall(ctx, "PUT /containers/"+short(id)+"/archive?path="+dir, begun, err)
	return err
}

func (n callRecorder) Connect(ctx context.Context, network, id string) error {
	begun := time.Now()
	err := n.Engine.Connect(ctx, network, id)
	noteCall(ctx, "POST /networks/"+network+"/connect", begun, err)
	return err
}

func (n callRecorder) Update(ctx context.Context, id string, r engine.Resources) error {
	begun := time.Now()
	err := n.Engine.Update(ctx, id, r)
	noteCall(ctx, "POST /containers/"+short(id)+"/update", begun, err)
	return err
}

func (n callRecorder) Pull(ctx context.Context, ref string, auth *engine.Auth, report func(model.Progress)) error {
	begun := time.Now()
	err := n.Engine.Pull(ctx, ref, auth, report)
	noteCall(ctx, "POST /images/create?fromImage="+url.QueryEscape(ref), begun, err)
	return err
}

func (n callRecorder) CreateVolume(ctx context.Context, name string, labels map[string]string) error {
	begun := time.Now()
	err := n.Engine.CreateVolume(ctx, name, labels)
	noteCall(ctx, "POST /volumes/create?name="+name, begun, err)
	return err
}

func (n callRecorder) RemoveVolume(ctx context.Context, name string) error {
	begun := time.Now()
	err := n.Engine.RemoveVolume(ctx, name)
	noteCall(ctx, "DELETE /volumes/"+name, begun, err)
	return err
}

func (n callRecorder) Commit(ctx context.Context, id, ref string) error {
	begun := time.Now()
	err := n.Engine.Commit(ctx, id, ref)
	noteCall(ctx, "POST /commit?container="+short(id), begun, err)
	return err
}

// short returns an id as docker ps shows it.
func short(id string) string {
	const digits = 12
	return id[:min(len(id), digits)]
}
