package backend

import "sync"

// A feed hands complete values to any number of readers, newest wins: each has a channel of one, and a
// value that wasn't taken in time is replaced by the next. A slow reader never holds up the writer.
type feed[T any] struct {
	mu      sync.Mutex
	last    *T
	readers map[chan T]struct{}
}

// put gives every reader a new value.
func (f *feed[T]) put(v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = &v
	for r := range f.readers {
		select {
		case <-r: // the one nobody took
		default:
		}
		r <- v
	}
}

// join returns a new reader's channel, the last value already in it, and what ends it.
func (f *feed[T]) join() (<-chan T, func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := make(chan T, 1)
	if f.readers == nil {
		f.readers = map[chan T]struct{}{}
	}
	f.readers[r] = struct{}{}
	if f.last != nil {
		r <- *f.last
	}
	return r, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.readers, r)
	}
}

// newest returns the last value, if there was one.
func (f *feed[T]) newest() (v T, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil {
		return v, false
	}
	return *f.last, true
}

// watched reports whether anybody reads.
func (f *feed[T]) watched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.readers) > 0
}
