package inside

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"berth/backend/engine"
	"berth/model"
)

// A stranger is an engine with one running container, which answers as it likes.
type stranger struct {
	Engine
	says  io.Reader // the output of any command
	files io.Reader // the archive of any path
}

func (s stranger) Inspect(context.Context, string) (engine.Container, error) {
	return engine.Container{ID: "c", State: engine.Running}, nil
}

func (s stranger) Exec(context.Context, string, engine.ExecRequest) (*engine.Exec, error) {
	return engine.NewExec(s.says, false, over{s.says}), nil
}

func (s stranger) CopyFrom(context.Context, string, string) (io.ReadCloser, error) {
	return over{s.files}, nil
}

// over is a command that has ended; Close closes its output.
type over struct{ io.Reader }

func (over) Resize(context.Context, int, int) error  { return nil }
func (over) Exit(context.Context) (int, bool, error) { return 0, false, nil }
func (o over) Close() error {
	if c, ok := o.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// endless is output without end, framed as an engine frames it. It counts the bytes that were read.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	const frame = 32 << 10
	for n := range p {
		switch at := (e.read.Load() + int64(n)) % (8 + frame); {
		case at == 0:
			p[n] = 1
		case at < 8:
			p[n] = binary.BigEndian.AppendUint32(nil, frame)[max(at-4, 0)]
			if at < 4 {
				p[n] = 0
			}
		default:
			p[n] = 'x'
		}
	}
	if e.read.Add(int64(len(p))) > 64<<20 { // so it isn't limited
		return 0, errors.New("read without end")
	}
	return len(p), nil
}

func access(s stranger) *Access {
	return New(Parts{
		Engine:   s,
		Instance: func(context.Context, model.InstanceID) (model.Instance, error) { return running, nil },
		Record:   func(context.Context, model.InstanceID, string, string) {},
	})
}

var running = model.Instance{ID: 1001, Container: "c", Order: model.Order{Mode: model.ModeSSH}}

// Regression: a program that prints without end in the place of the launcher once made the keeper use 2.1 GB.
func TestWhatAProgramInsideSaysIsBounded(t *testing.T) {
	for name, ask := range map[string]func(ctx context.Context, a *Access) error{
		"a key change": func(ctx context.Context, a *Access) error { return a.PutKeys(ctx, running) },
		"ls":           func(ctx context.Context, a *Access) error { return a.Files(ctx, 1001, []string{"ls"}, io.Discard) },
	} {
		t.Run(name, func(t *testing.T) {
			out := &endless{}
			if err := ask(t.Context(), access(stranger{says: out})); !errors.Is(err, errTooMuch) {
				t.Errorf("it says %v", err)
			}
			if out.read.Load() > 3<<20 {
				t.Errorf("%d bytes were read", out.read.Load())
			}
		})
	}
}

func TestAProgramInsideThatNeverEndsIsGivenUp(t *testing.T) {
	for name, ask := range map[string]func(ctx context.Context, a *Access) error{
		"a key change": func(ctx context.Context, a *Access) error { return a.PutKeys(ctx, running) },
		"ls":           func(ctx context.Context, a *Access) error { return a.Files(ctx, 1001, []string{"ls"}, io.Discard) },
		"a small file": func(ctx context.Context, a *Access) error { _, err := a.ReadFile(ctx, "c", "/x"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				silent, _ := io.Pipe()
				if err := ask(t.Context(), access(stranger{says: silent, files: silent})); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("it says %v", err)
				}
			})
		})
	}
}

// In the place of a small file there may be a tree of any size with a file at its end.
func TestATreeInASmallFilesPlaceIsNotSearched(t *testing.T) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, h := range []tar.Header{{Name: "s/", Typeflag: tar.TypeDir}, {Name: "s/f", Typeflag: tar.TypeReg}} {
		check(t, w.WriteHeader(&h))
	}
	check(t, w.Close())
	if text, err := access(stranger{files: &archive}).ReadFile(t.Context(), "c", "/s"); !errors.Is(err, errNotOrdinary) {
		t.Errorf("it reads %q, %v", text, err)
	}
}

// From its phase an instance could learn what answers on this machine's own ports.
func TestAProbeGoesNowhereItIsSentTo(t *testing.T) {
	var asked atomic.Bool
	host := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	defer host.Close()
	instance := httptest.NewTLSServer(http.RedirectHandler(host.URL, http.StatusFound))
	defer instance.Close()
	if !speaksHTTPS(t.Context(), strings.TrimPrefix(instance.URL, "https://")) {
		t.Error("a web server that redirects doesn't count as one")
	}
	if asked.Load() {
		t.Error("the redirect was followed")
	}
	instance.Config.Handler = http.RedirectHandler("https://127.0.0.1:1/", http.StatusFound)
	if !speaksHTTPS(t.Context(), strings.TrimPrefix(instance.URL, "https://")) {
		t.Error("where nothing answers at the redirect's end shows in the answer")
	}
}
