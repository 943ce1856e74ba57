// Package notify tells users of news, by their own commands and webhooks.
//
// Both run in a process of their own with the rights of the user who asked for them and no others: a webhook of a user
// reaches, from a keeper that runs as root, exactly what the user reaches by curl. News wait in a bounded line for each
// user, are tried a few times with a deadline each, and never hold up whoever has them. Begin reading at Sender.
package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"berth/model"
)

// Parts are what a Sender is put together from. All are required.
type Parts struct {
	// Of says how a user wants to be told. The error of a user whose files are out of reach is no trouble.
	Of    func(owner string) (model.Notify, error)
	Guard func(func()) func()
	Log   *slog.Logger
}

// A Sender sends news. Its methods may be called from any goroutine.
type Sender struct {
	Parts
	mu    sync.Mutex
	lines map[string]chan model.News // by owner; a line goes when it has been empty for a while
	wg    sync.WaitGroup
}

// New puts a Sender together.
func New(p Parts) *Sender { return &Sender{Parts: p, lines: map[string]chan model.News{}} }

const (
	lineLength = 64               // news of one user that wait; what comes beyond is dropped
	mostLines  = 256              // users with news at once
	restful    = 10 * time.Second // after which an empty line goes
	tries      = 4
	pause      = 2 * time.Second // before the second try; doubled before each later one
)

// Send sends news as soon as their owner's earlier ones are sent. It never waits.
func (s *Sender) Send(ctx context.Context, n model.News) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line, going := s.lines[n.Owner]
	if !going {
		if len(s.lines) >= mostLines {
			s.Log.Warn("news were dropped: too many users have some", "owner", n.Owner, "kind", n.Kind)
			return
		}
		line = make(chan model.News, lineLength)
		s.lines[n.Owner] = line
		s.wg.Go(s.Guard(func() { s.serve(ctx, n.Owner, line) }))
	}
	select {
	case line <- n:
	default:
		s.Log.Warn("news were dropped: too many wait", "owner", n.Owner, "kind", n.Kind)
	}
}

// Wait waits until everything has let go, after the context of the last Send has ended.
func (s *Sender) Wait() { s.wg.Wait() }

// serve sends the news of one user, one after the other.
func (s *Sender) serve(ctx context.Context, owner string, line chan model.News) {
	for {
		select {
		case <-ctx.Done():
			s.close(owner, line)
			return
		case n := <-line:
			s.tell(ctx, n)
		case <-time.After(restful):
			if s.close(owner, line) {
				return
			}
		}
	}
}

// close forgets a line unless something has come meanwhile.
func (s *Sender) close(owner string, line chan model.News) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(line) > 0 {
		return false
	}
	delete(s.lines, owner)
	return true
}

// tell sends one piece of news, with a few tries.
func (s *Sender) tell(ctx context.Context, n model.News) {
	how, err := s.Of(n.Owner)
	if err != nil {
		s.Log.Info("how a user wants to be told can't be read", "owner", n.Owner, "err", err)
		return
	}
	if how.Command == "" && how.URL == "" || !how.Wants(n.Kind) {
		return
	}
	for try := range tries {
		if err = Once(ctx, n.Owner, how, n); err == nil || ctx.Err() != nil {
			return
		}
		s.Log.Warn("news could not be sent", "owner", n.Owner, "kind", n.Kind, "try", try+1, "err", err)
		if try == tries-1 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause << try):
		}
	}
}
