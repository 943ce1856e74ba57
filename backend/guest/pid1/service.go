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

// A service is a program that is started again whenever it ends.
type service struct {
	name    string
	port    int  // it answers when this port of the instance takes connections
	speaks  bool // and is the first to say something there: the port is held for it while it isn't there
	command func() (*exec.Cmd, error)
	tell    func(model.ServiceStatus)
}

const (
	shortestPause = 100 * time.Millisecond
	longestPause  = 30 * time.Second
	// steady is how long a service must run for its deaths to be counted from one again.
	steady = time.Minute
)

// pauseAfter is how long to wait before a service that has died so often in a row is started again.
func pauseAfter(deaths int) time.Duration {
	pause := shortestPause
	for range deaths - 1 {
		if pause *= 2; pause >= longestPause {
			return longestPause
		}
	}
	return pause
}

// supervise keeps a service running until the context ends.
func (l *launcher) supervise(ctx context.Context, s service) {
	row, total := 0, 0 // deaths in a row, and at all
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

// once runs a service until it ends, and says how it ended.
func (l *launcher) once(ctx context.Context, s service, deaths int) string {
	if !s.speaks && s.probe(ctx) == nil {
		return fmt.Sprintf("can't be started: another program in the instance has port %d", s.port)
	}
	cmd, err := s.command()
	if err != nil {
		return fmt.Sprintf("can't be started: %v", err)
	}
	running, err := l.children.start(cmd)
	if in, ok := cmd.Stdin.(*os.File); ok {
		in.Close() //nolint:errcheck // the child has it
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

// answers waits until a service answers on its port; false if it ended first.
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

// probe asks a service once whether it answers.
func (s service) probe(ctx context.Context) error {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(s.port))
	if err != nil {
		return err
	}
	defer conn.Close()
	if !s.speaks {
		return nil
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	return err
}
