package pid1

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"berth/model"
)

// A service is a program that is restarted whenever it ends.
type service struct {
	name string
	port int // the service runs once this port of the instance accepts connections
	// sendsFirst: the service also sends the first byte. The launcher holds its port, so a connection alone proves nothing.
	sendsFirst bool
	command    func() (*exec.Cmd, error)
	tell       func(model.ServiceStatus)
}

const (
	shortestPause = 100 * time.Millisecond
	longestPause  = 30 * time.Second
	// steady is how long a service must run before its count of deaths in a row starts again.
	steady = time.Minute
)

// pauseAfter returns the wait before the restart of a service that died this many times in a row.
func pauseAfter(deaths int) time.Duration {
	pause := shortestPause
	for range deaths - 1 {
		if pause *= 2; pause >= longestPause {
			return longestPause
		}
	}
	return pause
}

// supervise restarts a service until the context ends.
func (l *launcher) supervise(ctx context.Context, s service) {
	row, total := 0, 0 // deaths in a row, and in all
	for ctx.Err() == nil {
		s.tell(model.ServiceStatus{State: model.ServiceStarting, Deaths: total})
		began := time.Now()
		why := l.once(ctx, s, total)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steady {
			row = 0
		}
		row, total = row+1, total+1
		pause := pauseAfter(row)
		l.log.Printf("%s %s; again in %v", s.name, why, pause)
		s.tell(model.ServiceStatus{State: model.ServiceWaiting, Message: why, Deaths: total})
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// once runs a service until it ends and returns how it ended, in words.
func (l *launcher) once(ctx context.Context, s service, deaths int) string {
	if !s.sendsFirst && s.probe(ctx) == nil {
		return fmt.Sprintf("can't be started: another program in the instance has port %d", s.port)
	}
	cmd, err := s.command()
	if err != nil {
		return fmt.Sprintf("can't be started: %v", err)
	}
	running, err := l.children.start(cmd)
	if in, ok := cmd.Stdin.(*os.File); ok {
		in.Close() //nolint:errcheck // the child has its own copy
	}
	if err != nil {
		return fmt.Sprintf("can't be started: %v", err)
	}
	if answers(ctx, s, running.done) {
		s.tell(model.ServiceStatus{State: model.ServiceRunning, Deaths: deaths})
	}
	select {
	case <-running.done:
		if running.how.Signaled() {
			return fmt.Sprintf("was ended by signal %d (%v)", running.how.Signal(), running.how.Signal())
		}
		return fmt.Sprintf("ended with code %d", running.how.ExitStatus())
	case <-ctx.Done():
		l.children.signal(running, syscall.SIGTERM)
		return "was told to end"
	}
}

// answers waits until a service answers on its port. It returns false if the service or the context ended first.
func answers(ctx context.Context, s service, ended <-chan struct{}) bool {
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		if err := s.probe(ctx); err == nil {
			return true
		}
		select {
		case <-ended:
			return false
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
}

// probe checks once whether a service answers.
func (s service) probe(ctx context.Context) error {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(s.port))
	if err != nil {
		return err
	}
	defer conn.Close()
	if !s.sendsFirst {
		return nil
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	return err
}
