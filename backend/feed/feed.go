// Package feed passes complete values from one writer to any number of readers; only the newest value counts.
package feed

import "sync"

// A Feed passes complete values to any number of readers. Each reader has a channel of one. A value that wasn't taken
// in time is replaced by the next, so a slow reader never blocks the writer.
type Feed[T any] struct {
	mu      sync.Mutex
	last    *T
	readers map[chan T]struct{}
}

// Put gives every reader a new value.
func (f *Feed[T]) Put(v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = &v
	for r := range f.readers {
		select {
		case <-r: // the value that wasn't taken
		default:
		}
		r <- v
	}
}

// Join returns a new reader's channel, with the last value already in it, and a function that ends the reading.
func (f *Feed[T]) Join() (<-chan T, func()) {
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

// Newest returns the last value, or false if there is none.
func (f *Feed[T]) Newest() (v T, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil {
		return v, false
	}
	return *f.last, true
}

// Watched reports whether there is a reader.
func (f *Feed[T]) Watched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.readers) > 0
}
