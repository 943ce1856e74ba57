package popup

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// A Copier copies files between places and tells watch, from one goroutine, how far it is.
type Copier interface {
	CopyWatched(ctx context.Context, from, to model.Place, watch func(model.Copied)) error
}

// A run is one copy under way. Two commands serve it: one copies, the other tells how far it is. A copy has no
// deadline, since nobody knows how much there is: it ends with its context, which is the popup's.
type run struct {
	tag      tag
	ctx      context.Context
	cancel   context.CancelFunc
	from, to model.Place
	seen     chan progress // newest wins
	now      progress
}

// A progress is how far a copy is, and after how long.
type progress struct {
	model.Copied
	took time.Duration
}

// The answers of a run.
type (
	ranOn struct {
		tag tag
		now progress
	}
	ranOut struct {
		tag tag
		now progress
		err error
	}
)

func newRun(ctx context.Context, from, to model.Place) *run {
	ctx, cancel := context.WithCancel(ctx)
	return &run{tag: newTag(), ctx: ctx, cancel: cancel, from: from, to: to, seen: make(chan progress, 1)}
}

// start begins to copy.
func (r run) start(out Copier) tea.Cmd {
	copying := func() tea.Msg {
		defer r.cancel()
		began, last := time.Now(), progress{}
		err := out.CopyWatched(r.ctx, r.from, r.to, func(c model.Copied) {
			last = progress{c, time.Since(began)}
			select {
			case <-r.seen:
			default:
			}
			r.seen <- last
		})
		last.took = time.Since(began)
		return ranOut{r.tag, last, err}
	}
	return tea.Batch(copying, r.next())
}

// next waits until the copy has come further, and a moment longer: a thousand small files a second must not
// repaint the screen as often. It says nothing once the copy is over.
func (r run) next() tea.Cmd {
	return func() tea.Msg {
		select {
		case <-r.ctx.Done():
			return nil
		case <-time.After(gatherFor):
		}
		select {
		case <-r.ctx.Done():
			return nil
		case now := <-r.seen:
			return ranOn{r.tag, now}
		}
	}
}
