package sshd

import (
	"log"
	"sync"

	"golang.org/x/time/rate"
)

// A limited log says what happens a few times, then now and then, with the number of times it was silent.
// Whoever knocks a thousand times a second must not fill the container's log.
type limited struct {
	log     *log.Logger
	mu      sync.Mutex
	limiter *rate.Limiter
	silent  int
}

func newLimited(l *log.Logger) *limited {
	return &limited{log: l, limiter: rate.NewLimiter(0.2, 10)}
}

func (l *limited) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.limiter.Allow() {
		l.silent++
		return
	}
	if l.silent > 0 {
		l.log.Printf("ssh: %d more were refused", l.silent)
		l.silent = 0
	}
	l.log.Printf(format, args...)
}
