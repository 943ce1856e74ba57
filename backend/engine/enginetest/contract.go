package enginetest

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// Contract checks that an engine keeps the promises of every engine. open is called once for each part, which creates
// its containers from a tiny image and removes them.
func Contract(t *testing.T, open func(t *testing.T) Engine) {
	parts := []struct {
		name string
		test func(b *bench)
	}{
		{"a container made is there, as asked for, and doesn't run", made},
		{"a name is taken once, and free after removal", names},
		{"an image that isn't there is not found", noImage},
		{"a command's end shows with its exit code, output and times", exits},
		{"starting what runs and stopping what doesn't are no errors", idempotent},
		{"a stopped container keeps its ports and its files, and starts again", keeps},
		{"a port that another container has refuses the start, and only that", portClash},
		{"a CDI device without a spec refuses the start", noDevice},
		{"removal ends what runs, and is no error twice", removal},
		{"what isn't there is not found by any verb", gone},
		{"events come in order after a resync", events},
		{"the environment reaches the command and every exec", environment},
		{"an exec has its own output, input and exit code", execs},
		{"an exec needs a running container", execStopped},
		{"files go in and out, running or not", copies},
		{"a folder and a file never replace each other", copyKinds},
		{"a path's kind, mode and link are seen", stats},
		{"a pull from a registry that isn't there says so in words", pullNowhere},
		{"an imported image has what its changes say", imports},
		{"an image in use stays", imageInUse},
		{"a log is read from its end, stamped, or followed", logs},
		{"a network is made once and goes once", networks},
		{"a volume is made once, outlives its containers, and goes when none has it", volumes},
		{"resources are read back, and changed while it runs", resources},
		{"a context that has ended ends a call", cancelled},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			e := open(t)
			part.test(&bench{T: t, Engine: e, image: Image(t, e)})
		})
	}
}

// A bench is one part's engine, image and helpers.
type bench struct {
	*testing.T
	Engine
	image string
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) is(err, kind error) {
	b.Helper()
	if !errors.Is(err, kind) {
		b.Fatalf("got error %v, want one of the kind %q", err, kind)
	}
	if err.Error() == kind.Error() || strings.HasPrefix(err.Error(), "Error response") {
		b.Errorf("error %q isn't the engine's own words", err)
	}
}

// create makes a container that is removed at the end. An empty image means the tiny one.
func (b *bench) create(r engine.Request) string {
	b.Helper()
	id, err := b.Create(b.Context(), b.request(r))
	b.ok(err)
	b.Cleanup(func() { b.remove(id) })
	return id
}

func (b *bench) request(r engine.Request) engine.Request {
	if r.Image == "" {
		r.Image = b.image
	}
	if r.Name == "" {
		r.Name = "berth-test-" + Unique()
	}
	return r
}

func (b *bench) remove(id string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := b.Remove(ctx, id); err != nil {
		b.Errorf("remove %s: %v", id, err)
	}
}

// start makes a container and starts it.
func (b *bench) start(r engine.Request) string {
	b.Helper()
	id := b.create(r)
	b.ok(b.Start(b.Context(), id))
	return id
}

// shell returns a request that runs a script.
func shell(script string) engine.Request {
	return engine.Request{Entrypoint: []string{"/bin/sh", "-c", script}}
}

func (b *bench) inspect(id string) engine.Container {
	b.Helper()
	c, err := b.Inspect(b.Context(), id)
	b.ok(err)
	return c
}

// ended waits until a container's command has ended by itself.
func (b *bench) ended(id string) engine.Container {
	b.Helper()
	for range 600 {
		if c := b.inspect(id); c.State == engine.Exited {
			return c
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Fatalf("container %s didn't end within 30 s", id)
	return engine.Container{}
}

// port returns a port that nothing on this machine uses now.
func (b *bench) port() model.Port {
	b.Helper()
	l, err := net.Listen("tcp4", "0.0.0.0:0") //nolint:gosec,noctx // published ports are bound this way; it is closed at once
	b.ok(err)
	defer func() { _ = l.Close() }()
	return model.Port{Asked: 8081, Internal: 8081, External: l.Addr().(*net.TCPAddr).Port, Protocol: model.TCP}
}

// run runs a script in a container, and returns what it printed.
func (b *bench) run(id, script string) string {
	b.Helper()
	out, errs, code, err := b.Engine.Run(b.Context(), id, engine.ExecRequest{Cmd: []string{"/bin/sh", "-c", script}})
	b.ok(err)
	if code != 0 {
		b.Fatalf("%s: exit code %d: %s", script, code, errs)
	}
	return string(out)
}
