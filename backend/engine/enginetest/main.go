package enginetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"berth/backend/engine"
)

// outsideVar is set in a test binary that runs inside a private engine's network. Its value is the pid of the process
// outside.
const outsideVar = "BERTH_TEST_OUTSIDE"

// Main is a TestMain for packages whose tests connect to their containers over the network. If no engine answers and a
// private one is possible, it starts one and runs the test binary again inside that engine's network. There, published
// ports answer at 127.0.0.1 as on a machine with an engine. Otherwise the tests run as they are.
//
//	func TestMain(m *testing.M) { enginetest.Main(m) }
func Main(m *testing.M) {
	if os.Getenv(outsideVar) != "" || engineAnswers() || lacking(PrivateOptions{}) != "" {
		os.Exit(m.Run())
	}
	code, err := again()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func engineAnswers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	d, err := engine.Dial(ctx, "")
	if err != nil {
		return true // the tests report an unusable address
	}
	defer func() { _ = d.Close() }()
	_, err = d.Facts(ctx)
	return err == nil
}

// again runs this program inside a new private engine, and returns its exit code.
func again() (code int, err error) {
	r := &mainReporter{}
	defer func() {
		if at := recover(); at != nil && at != any(r) {
			panic(at)
		}
		err = errors.Join(err, r.err)
	}()
	p := newPrivate(r, PrivateOptions{})
	defer p.clear()
	p.open()
	cmd := p.Enter(context.Background(), os.Args[0], os.Args[1:]...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+p.Host(), outsideVar+"="+strconv.Itoa(os.Getpid()))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// go test ends a test that takes too long with a signal. Pass it on to the process that runs the tests.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // it may have ended just now
		case err := <-done:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return max(exit.ExitCode(), 1), nil
			}
			return 0, err
		}
	}
}

// A mainReporter is a reporter outside any test. Fatalf unwinds to again by a panic, as it would end a test's
// goroutine.
type mainReporter struct{ err error }

// Helper does nothing: there is no test.
func (r *mainReporter) Helper() {}

// Errorf stores the report.
func (r *mainReporter) Errorf(format string, args ...any) {
	r.err = errors.Join(r.err, fmt.Errorf(format, args...))
}

// Fatalf stores the report and panics.
func (r *mainReporter) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(r)
}
