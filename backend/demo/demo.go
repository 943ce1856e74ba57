// Package demo is what a newcomer meets: a machine on which others work already. Its instances are launched like any
// others, on the engine in memory; what an engine in memory can't have, such as days gone by and processors at work, is
// made up where fleets are shown.
package demo

import (
	"context"
	"strings"
	"sync"
	"time"

	"berth/backend/engine/memory"
	"berth/backend/gpu"
	"berth/model"
)

// A Machine is what the cast is launched on.
type Machine interface {
	As(ctx context.Context, owner string) context.Context
	Launch(ctx context.Context, o model.Order) (model.Instance, error)
	Act(ctx context.Context, id model.InstanceID, a model.Action) error
	Instances(ctx context.Context) ([]model.Instance, error)
}

// A role is one instance of the demo.
type role struct {
	owner string
	order model.Order
	ago   time.Duration // when it was launched
	rests bool          // its GPUs do nothing
}

const day = 24 * time.Hour

// training prints what a training run prints.
const training = `n=4100; while true; do n=$((n+1)); echo "step $n  loss 1.$((9000-n%700))  lr 3.0e-05  tokens/s 48$((n%97+100))"; sleep 4; done`

// roles are the cast, in the order in which they come on. The first is stopped, so that it waits for GPUs in the end.
var roles = []role{
	{owner: "tanaka", ago: 9 * day, order: model.Order{Label: "nightly", Image: "ubuntu:24.04", Mode: model.ModeSSH, GPUs: 4, Disk: 80}},
	{owner: "maria", ago: 3 * day, order: model.Order{
		Label: "llama-ft", Image: "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-devel", Mode: model.ModeEntrypoint, GPUs: 4, Disk: 400,
		Options: "-p 6006:6006 -e OPEN_BUTTON_PORT=6006", Entrypoint: []string{"sh"}, Args: []string{"-c", training},
	}},
	{owner: "tanaka", ago: 5 * day, rests: true, order: model.Order{
		Label: "音声認識", Image: "nvcr.io/nvidia/nemo:24.12", Mode: model.ModeJupyter, GPUs: 1, Disk: 120, Options: "-e JUPYTER_DIR=/workspace",
	}},
	{owner: "maria", ago: 26 * time.Hour, order: model.Order{
		Label: "tokenize", Image: "ubuntu:24.04", Mode: model.ModeSSH, Share: 0.05, Disk: 60, Options: "-p 8081 -p 8082/udp -p 70000 -e OPEN_BUTTON_PORT=8081",
	}},
	{owner: "lee", ago: 40 * time.Minute, order: model.Order{
		Label: "eval", Image: "localhost:5000/lee/eval:2", Mode: model.ModeSSH, GPUs: 1, Disk: 40,
	}},
	{owner: "lee", order: model.Order{
		Label: "serve-70b", Image: slow, Mode: model.ModeSSH, GPUs: 1, Disk: 200, Options: "-p 8000:8000 -e OPEN_BUTTON_PORT=8000",
	}},
}

// slow is the image that takes its time to come.
const slow = "vllm/vllm-openai:v0.11.0"

// The pace of pulls: of the slow image after its first steps, and of whatever else is asked for later.
const (
	firstSteps = 4
	slowPace   = 9 * time.Second
	usualPace  = 250 * time.Millisecond
)

// A Play is the demo while it goes on. Its methods may be called from any goroutine.
type Play struct {
	spec string

	mu     sync.Mutex
	on     map[model.InstanceID]role
	staged bool
	steps  int // of the slow image's pull
	gpus   *Reader
}

// New makes a play on simulated GPUs and an engine in memory, of which it sets the pace.
func New(spec string, gpus *gpu.Simulated, e *memory.Engine) *Play {
	p := &Play{spec: spec, on: map[model.InstanceID]role{}, gpus: &Reader{Simulated: gpus}}
	e.PaceOf = p.pace
	return p
}

// pace is how fast an image comes.
func (p *Play) pace(ref string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case strings.HasSuffix(ref, slow):
		if p.steps++; p.steps > firstSteps {
			return slowPace
		}
	case p.staged:
		return usualPace
	}
	return 0
}

// GPUs are the machine's, with somebody else's process on the last one.
func (p *Play) GPUs() gpu.Reader { return p.gpus }

// Begin brings the cast on, where nobody has launched anything yet. The machine must have its keeper. It returns when
// everybody is where the story begins, or when they take too long for that: they come on all the same.
func (p *Play) Begin(ctx context.Context, m Machine) error {
	const patience = 4 * time.Second
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.staged = true
	}()
	if before, err := m.Instances(ctx); err != nil || len(before) > 0 {
		return err
	}
	p.gpus.visit()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var first model.InstanceID
	for n, r := range roles {
		as := m.As(ctx, r.owner)
		i, err := m.Launch(as, r.order)
		if err != nil {
			return err
		}
		p.cast(i, r)
		if n > 0 {
			continue
		}
		first = i.ID
		if err := m.Act(as, first, model.ActionStop); err != nil {
			return err
		}
		await(ctx, m, func(i model.Instance) bool { return i.ID != first || i.Phase == model.PhaseStopped })
	}
	settled := func(i model.Instance) bool { return i.ID == first || i.Order.Image == slow || !i.Phase.Busy() }
	await(ctx, m, settled)
	if err := m.Act(m.As(ctx, roles[0].owner), first, model.ActionStart); err != nil {
		return err
	}
	await(ctx, m, func(i model.Instance) bool { return i.ID != first || i.Phase == model.PhaseScheduling })
	return nil
}

// cast says who plays what.
func (p *Play) cast(i model.Instance, r role) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on[i.ID] = r
	if r.rests {
		p.gpus.rest(i.GPUs)
	}
}

// await waits until all instances are as they should be, or the context ends.
func await(ctx context.Context, m Machine, so func(model.Instance) bool) {
	const often = 5 * time.Millisecond
	for {
		all, err := m.Instances(ctx)
		ready := err == nil
		for _, i := range all {
			ready = ready && so(i)
		}
		if ready {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(often):
		}
	}
}
