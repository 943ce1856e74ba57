package sshd

import (
	"log"
	"sync"

	"golang.org/x/time/rate"
)

// A limitedLog limits the rate of messages: 10 at once, then one every 5 seconds, with the number of messages left
// out. A client that connects a thousand times a second must not fill the container's log.
type limitedLog struct {
	log     *log.Logger
	mu      sync.Mutex
	limiter *rate.Limiter
	silent  int
}

func newLimitedLog(l *log.Logger) *limitedLog {
	return &limitedLog{log: l, limiter: rate.NewLimiter(0.2, 10)}
}

func (l *limitedLog) printf(format string, args ...any) {
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
