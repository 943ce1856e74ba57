package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestACallWithoutADeadlineGetsOne(t *testing.T) {
	late := limit{"start", 50 * time.Millisecond}
	ctx, cancel := withLimit(t.Context(), late)
	defer cancel()
	<-ctx.Done()
	err := classified(ctx, ctx.Err())
	if !errors.Is(err, ErrUnavailable) || err.Error() != "the engine gave no answer to start within 50ms" {
		t.Errorf("got %v", err)
	}
}

func TestACallersDeadlineIsKept(t *testing.T) {
	parent, cancelParent := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancelParent()
	ctx, cancel := withLimit(parent, limit{"start", time.Nanosecond})
	defer cancel()
	if ctx.Err() != nil {
		t.Fatal("the limit came before the caller's deadline")
	}
	<-ctx.Done()
	if err := classified(ctx, ctx.Err()); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestAWatchEndsWhatStandsStill(t *testing.T) {
	ctx, w := (*connection)(nil).watched(t.Context(), limit{"stream", 200 * time.Millisecond})
	defer w.stop()
	for range 10 {
		time.Sleep(40 * time.Millisecond)
		w.reset()
	}
	if ctx.Err() != nil {
		t.Fatal("it ended although it moved")
	}
	<-ctx.Done()
	if err := classified(ctx, ctx.Err()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestAnEngineThatHangsIsUnavailable(t *testing.T) {
	f, d := fakeDocker(t)
	f.handle("/containers/json", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	f.handle("/exec/e/start", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	f.handle("/containers/c/exec", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"Id":"e"}`) })
	ctx, cancel := withLimit(t.Context(), limit{"list", 100 * time.Millisecond})
	defer cancel()
	if _, err := d.List(ctx); !errors.Is(err, ErrUnavailable) {
		t.Errorf("list: %v", err)
	}
	// After the connection is hijacked, the client library waits without watching the context.
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := d.Exec(short, "c", ExecRequest{Cmd: []string{"true"}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("exec: %v", err)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("exec gave up after %v", took)
	}
}

func TestNoEngineIsUnavailable(t *testing.T) {
	d, err := Dial(t.Context(), "unix://"+t.TempDir()+"/none")
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.List(t.Context())
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "Cannot connect to the Docker daemon at unix://") {
		t.Errorf("got %v", err)
	}
}
