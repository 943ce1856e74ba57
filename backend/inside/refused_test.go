package inside

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/model"
)

// failing is an engine each of whose answers is the same error.
type failing struct{ err error }

func (f failing) Inspect(context.Context, string) (engine.Container, error) {
	return engine.Container{}, f.err
}

func (f failing) Logs(context.Context, string, engine.LogOptions) (io.ReadCloser, error) {
	return nil, f.err
}

func (f failing) Exec(context.Context, string, engine.ExecRequest) (*engine.Exec, error) {
	return nil, f.err
}

func (f failing) CopyTo(context.Context, string, string, io.Reader) error { return f.err }

func (f failing) CopyFrom(context.Context, string, string) (io.ReadCloser, error) { return nil, f.err }

func (f failing) Stat(context.Context, string, string) (engine.PathStat, error) {
	return engine.PathStat{}, f.err
}

// breaking is an engine all of whose streams break off.
type breaking struct {
	failing
	stat engine.PathStat
}

func (b breaking) Inspect(context.Context, string) (engine.Container, error) {
	return engine.Container{State: engine.Running}, nil
}

func (b breaking) Logs(context.Context, string, engine.LogOptions) (io.ReadCloser, error) {
	return io.NopCloser(b), nil
}

func (b breaking) Exec(context.Context, string, engine.ExecRequest) (*engine.Exec, error) {
	return engine.NewExec(b, true, b), nil
}

func (b breaking) CopyFrom(context.Context, string, string) (io.ReadCloser, error) {
	return io.NopCloser(b), nil
}

func (b breaking) Stat(context.Context, string, string) (engine.PathStat, error) { return b.stat, nil }

func (b breaking) Read([]byte) (int, error)                { return 0, b.err }
func (b breaking) Resize(context.Context, int, int) error  { return nil }
func (b breaking) Exit(context.Context) (int, bool, error) { return 0, false, b.err }
func (b breaking) Close() error                            { return nil }

// ways are all that an Access can be asked for by people, each with what it is asked with.
func ways(a *Access, id model.InstanceID, here string) map[string]func(ctx context.Context) error {
	inside, host := model.Place{Instance: id, Path: "/data"}, model.Place{Path: here}
	read := func(log io.ReadCloser, err error) error {
		if err == nil {
			_, err = io.ReadAll(log)
		}
		return err
	}
	return map[string]func(ctx context.Context) error{
		"Exec": func(ctx context.Context) error {
			_, err := a.Exec(ctx, id, []string{"ls"}, nil, io.Discard, io.Discard)
			return err
		},
		"Terminal": func(ctx context.Context) error {
			_, err := a.Terminal(ctx, id, []string{"ls"}, new(bytes.Buffer), io.Discard)
			return err
		},
		"Shell": func(ctx context.Context) error { return a.Shell(ctx, id, new(bytes.Buffer), io.Discard) },
		"Logs":  func(ctx context.Context) error { return read(a.Logs(ctx, id, model.LogRequest{})) },
		"Logs of on-start": func(ctx context.Context) error {
			return read(a.Logs(ctx, id, model.LogRequest{OnStart: true}))
		},
		"Logs of on-start followed": func(ctx context.Context) error {
			return read(a.Logs(ctx, id, model.LogRequest{OnStart: true, Follow: true}))
		},
		"Files":       func(ctx context.Context) error { return a.Files(ctx, id, []string{"ls"}, io.Discard) },
		"Copy":        func(ctx context.Context) error { return a.Copy(ctx, inside, host) },
		"CopyWatched": func(ctx context.Context) error { return a.Copy(ctx, host, inside) },
		"Alive":       func(ctx context.Context) error { _, err := a.Alive(ctx, id); return err },
		"Listening":   func(ctx context.Context) error { _, err := a.Listening(ctx, id); return err },
		"KeysMD5":     func(ctx context.Context) error { _, err := a.KeysMD5(ctx, id); return err },
		"PutKeys": func(ctx context.Context) error {
			i, _ := a.Instance(ctx, id)
			return a.PutKeys(ctx, i)
		},
	}
}

// machinery are those of its methods that aren't for people: the keeper and tests ask by the container.
var machinery = []string{"ReadFile", "Ask", "LogTail", "Wall"}

func TestNoWayIntoAnInstanceLetsTheEnginesWordsOutBare(t *testing.T) {
	const id = 7
	here := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(here, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	const words = "OCI runtime: something that nobody has seen"
	bare := &engine.Error{Words: words}
	for name, e := range map[string]Engine{
		"each call fails":          failing{bare},
		"each stream breaks":       breaking{failing: failing{bare}},
		"each folder's breaks too": breaking{failing: failing{bare}, stat: engine.PathStat{Mode: os.ModeDir}},
	} {
		a := New(Parts{
			Engine: e, Record: func(context.Context, model.InstanceID, string, string) {},
			Instance: func(context.Context, model.InstanceID) (model.Instance, error) {
				return model.Instance{ID: id, Container: "c", Phase: model.PhaseRunning, Order: model.Order{Mode: model.ModeSSH}}, nil
			},
		})
		for way, ask := range ways(a, id, here) {
			err := ask(t.Context())
			if err == nil && strings.HasPrefix(name, "each call") {
				t.Errorf("%s: %s: no error", name, way)
			}
			if err == nil {
				continue
			}
			said := err.Error()
			if !strings.Contains(said, words) {
				continue // words of our own
			}
			if !strings.HasPrefix(said, "C.7") || !strings.Contains(said, "berth doctor") || strings.Count(said, "C.7: ") > 1 {
				t.Errorf("%s: %s says %q", name, way, said)
			}
			if !errors.Is(err, error(bare)) {
				t.Errorf("%s: %s has lost its cause", name, way)
			}
		}
	}
}

// A way that is added has to be tried too.
func TestAllWaysIntoAnInstanceAreTried(t *testing.T) {
	tried := ways(nil, 0, "")
	kind := reflect.TypeFor[*Access]()
	for n := range kind.NumMethod() {
		name := kind.Method(n).Name
		if _, known := tried[name]; !known && !strings.Contains(fmt.Sprint(machinery), name) {
			t.Errorf("%s isn't tried", name)
		}
	}
}
