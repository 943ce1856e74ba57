package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// A moment is when in an order's course something fails.
type moment struct {
	verbs []string
	is    func(*row) bool
	then  time.Duration // and a while that chance decides up to this
	pulls bool
}

var (
	pulling  = moment{[]string{"launch"}, func(r *row) bool { return r.phase == string(model.PhaseLoading) }, time.Second, true}
	creating = moment{[]string{"launch", "recycle"}, func(r *row) bool {
		return r.phase == string(model.PhaseStarting) && r.container == "" || r.phase == string(model.PhaseRecycling)
	}, 40 * time.Millisecond, false}
	starting = moment{[]string{"launch", "start", "reboot"}, func(r *row) bool {
		return r.phase == string(model.PhaseStarting) && r.container != ""
	}, 500 * time.Millisecond, false}
	stopping = moment{[]string{"stop", "reboot", "destroy"}, func(r *row) bool {
		return slices.Contains([]string{string(model.PhaseStopping), string(model.PhaseRebooting), string(model.PhaseDestroying)}, r.phase)
	}, 300 * time.Millisecond, false}
)

// engineKilled kills dockerd at a moment of an order, and starts it again.
func engineKilled(at moment) func(*town) {
	return func(w *town) {
		o := w.nextOf(at.verbs...)
		if at.pulls {
			o.args = slices.Clone(o.args)
			o.args[slices.Index(o.args, "berth/starter:1")] = w.remote()
		}
		w.hold()
		if !w.fault.on.live {
			w.loosen() // all that ran ends, and runs again
		}
		done := w.begin(o)
		w.await(at, o)
		w.soon(at.then)
		w.engine.Kill()
		w.killed = true
		w.soon(time.Second)
		w.engine.Start()
		w.expect(<-done)
		w.meetStrangers(w.strange()...)
		w.settle(w.patience())
	}
}

func engineRestarted(w *town) {
	o := w.next()
	w.loosen()
	done := w.begin(o)
	w.soon(time.Second)
	w.restartEngine()
	w.killed = true // it may leak ports in good order too, of what it was starting
	w.expect(<-done)
	w.settle(w.patience())
}

// restartEngine ends dockerd in good order and starts it again. What it has forgotten to let go of is free then.
func (w *town) restartEngine() {
	w.loosen()
	w.engine.Restart()
	w.killed = false
	w.meetStrangers(w.strange()...)
}

func (w *town) strange() []string {
	var ids []string
	for id := range w.strangers {
		ids = append(ids, id)
	}
	return ids
}

// await waits for the moment, some seconds at most: it may be over before it is seen.
func (w *town) await(at moment, o order) {
	for late := time.Now().Add(3 * time.Second); time.Now().Before(late); time.Sleep(time.Millisecond) {
		rows, err := w.rows(context.Background())
		if err != nil {
			continue
		}
		for id, r := range rows {
			ordered := o.of != nil && o.of.id == id || o.of == nil && w.crew[id] == nil
			if ordered && at.is(r) {
				return
			}
		}
	}
}

// remote is an image that this engine hasn't, and that takes a second to pull.
func (w *town) remote() string {
	if w.registry == nil {
		w.registry = startRegistry(w)
	}
	ref := w.registry[0]
	w.registry = append(w.registry[1:], ref)
	_, _ = w.docker("rmi", "-f", ref) // of a round before
	return ref
}

// registryVar has the test binary be a registry in an engine's network.
const registryVar = "BERTH_FAULTS_REGISTRY"

// startRegistry starts a registry that the engine reaches, and returns what it has.
func startRegistry(w *town) []string {
	c := w.engine.Enter(context.Background(), os.Args[0], "-test.run=^TestBeARegistry$")
	starter := w.dir + "/starter.tar"
	id, err := w.docker("create", "berth/starter:1")
	w.check(err)
	_, err = w.docker("export", "--output", starter, id)
	w.check(err)
	_, err = w.docker("rm", id)
	w.check(err)
	c.Env = append(os.Environ(), registryVar+"="+starter)
	in, err := c.StdinPipe()
	w.check(err)
	out, err := c.StdoutPipe()
	w.check(err)
	w.check(c.Start())
	w.t.Cleanup(func() {
		_ = in.Close()
		_ = c.Wait()
	})
	return firstLine(out)
}

func firstLine(r io.Reader) []string {
	var text bytes.Buffer
	one := make([]byte, 1)
	for !bytes.HasSuffix(text.Bytes(), []byte("\n")) {
		if _, err := r.Read(one); err != nil {
			break
		}
		text.Write(one)
	}
	return strings.Fields(text.String())
}

// TestBeARegistry is no test: the test binary runs it as a process of its own.
func TestBeARegistry(t *testing.T) {
	starter := os.Getenv(registryVar)
	if starter == "" {
		return
	}
	root, err := os.ReadFile(starter)
	if err != nil {
		t.Fatal(err)
	}
	r := enginetest.NewRegistry(t, enginetest.RegistryOptions{Rate: 8 << 20})
	for n := range 4 {
		config := ocispec.ImageConfig{Entrypoint: []string{"/bin/starter", "serve"}, Env: []string{fmt.Sprint("N=", n)}}
		fmt.Print(r.PushRoot(t, fmt.Sprint("slow", n), root, config), " ")
	}
	fmt.Println()
	_, _ = io.Copy(io.Discard, os.Stdin)
}
