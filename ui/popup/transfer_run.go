package popup

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// A Copier copies files between places and reports its progress to watch, from one goroutine.
type Copier interface {
	CopyWatched(ctx context.Context, from, to model.Place, watch func(model.Copied)) error
}

// A run is a running copy. It has two commands: one copies, the other reports the progress. A copy has no timeout,
// since nobody knows how much there is to copy. It ends with its context, which comes from the popup's.
type run struct {
	tag      tag
	ctx      context.Context
	cancel   context.CancelFunc
	from, to model.Place
	seen     chan progress // newest wins
	now      progress
}

// A progress is how far a copy is, and the time it took.
type progress struct {
	model.Copied
	took time.Duration
}

// The messages of a run.
type (
	copyProgress struct {
		tag tag
		now progress
	}
	copyEnded struct {
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
		return copyEnded{r.tag, last, err}
	}
	return tea.Batch(copying, r.next())
}

// next waits a moment and then for progress, so that a thousand small files a second don't repaint the screen a
// thousand times. It returns nil once the copy is over.
func (r run) next() tea.Cmd {
	return func() tea.Msg {
		select {
		case <-r.ctx.Done():
			return nil
		case <-time.After(gatherInterval):
		}
		select {
		case <-r.ctx.Done():
			return nil
		case now := <-r.seen:
			return copyProgress{r.tag, now}
		}
	}
}
