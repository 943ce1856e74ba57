package boxes

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"berth/model"
	"berth/model/relay"
)

// A machine that is away is tried again after soon, then each time after twice as long, up to late.
const soon, late = time.Second, 8 * time.Second

// A watch is what is known of the machines that are followed.
type watch struct {
	mu   sync.Mutex
	seen []model.Machine
	told chan struct{} // has one if there is something new
}

// set changes what is known of a machine, and says that something is new.
func (w *watch) set(n int, change func(*model.Machine)) {
	w.mu.Lock()
	change(&w.seen[n])
	w.mu.Unlock()
	select {
	case w.told <- struct{}{}:
	default: // nobody has looked since the last change
	}
}

// newest returns what is known now.
func (w *watch) newest() []model.Machine {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

// Follow returns what the machines have, again whenever one of them says something else, until the context ends. What
// wasn't received is replaced by what is newer. A machine that is away has the last that it said, and why it is away.
func (b *Boxes) Follow(ctx context.Context) <-chan []model.Machine {
	w := &watch{seen: b.unheard(), told: make(chan struct{}, 1)}
	w.told <- struct{}{} // that they are named
	var following sync.WaitGroup
	for n, x := range b.all {
		following.Go(b.guard(func() { x.keepFollowing(ctx, b.own, n, w) }))
	}
	out := make(chan []model.Machine)
	go b.guard(func() { // whoever reads from it to its end has waited for all of it
		defer close(out)
		defer following.Wait()
		for {
			select {
			case <-w.told:
			case <-ctx.Done():
				return
			}
			select {
			case out <- w.newest():
			case <-ctx.Done():
				return
			}
		}
	})()
	return out
}

// keepFollowing follows a machine, and tries again when it is away.
func (x *box) keepFollowing(ctx context.Context, own string, n int, w *watch) {
	wait := soon
	for ctx.Err() == nil {
		err := x.follow(ctx, own, func(l relay.Line) {
			wait = soon
			w.set(n, func(m *model.Machine) {
				m.Link, m.Berth, m.Account, m.Fleet = model.Condition{OK: true, Since: time.Now()}, l.Berth, l.Account, l.Fleet
				m.Heard++
			})
		})
		if ctx.Err() != nil {
			return
		}
		w.set(n, func(m *model.Machine) {
			since := m.Link.Since
			if m.Berth == "" { // it has never said anything
				since = time.Now()
			}
			m.Link = x.unlinked(err, since)
		})
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, late)
	}
}

// errSilent is the error of a machine that ended its words without a complaint.
var errSilent = errors.New("it is away: the connection has ended")

// follow passes on each line of a machine's until there are no more. Its error says why.
func (x *box) follow(ctx context.Context, own string, each func(relay.Line)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := x.connectSoon(ctx); err != nil {
		return err
	}
	c := x.client(ctx, []string{"fleet", "--follow"}, called)
	var complaint tail
	c.Stderr = &complaint
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	var wrong error
	ended := x.ran(c, called, func() {
		if wrong = eachLine(out, own, each); wrong != nil {
			cancel() // it would go on
		}
	})
	if wrong != nil {
		return wrong
	}
	code, err := x.outcome(ctx, ended, complaint.String(), false)
	switch {
	case err != nil:
		return err
	case code != 0:
		return x.complained(code, complaint.String())
	}
	return errSilent
}

// connectSoon connects, or says that it takes too long.
func (x *box) connectSoon(ctx context.Context) error {
	soon, cancel := context.WithTimeout(ctx, x.patience.Look)
	defer cancel()
	err := x.connect(soon)
	if err != nil && soon.Err() != nil && ctx.Err() == nil {
		return noAnswer(x.patience.Look)
	}
	return err
}

// eachLine reads lines until there are no more, or one is wrong.
func eachLine(out io.Reader, own string, each func(relay.Line)) error {
	lines := bufio.NewReaderSize(out, 64<<10)
	for {
		text, err := oneLine(lines)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		l, err := relay.Read(text, own)
		if err != nil {
			return err
		}
		each(l)
	}
}

// oneLine reads a line that isn't longer than one may be. What comes before an end of everything is none.
func oneLine(lines *bufio.Reader) ([]byte, error) {
	var text []byte
	for {
		more, err := lines.ReadSlice('\n')
		if len(text)+len(more) > relay.Longest {
			return nil, errTooMuch
		}
		text = append(text, more...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, err
		}
	}
}
