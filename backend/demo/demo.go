// Package demo makes the machine of --demo: one on which other users already work. Its instances are launched like any
// others, on the engine in memory. What that engine can't have, such as past days and busy processors, is added to the
// fleets that are shown. Begin reading at Play.
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

// A Machine is what the demo's instances are launched on.
type Machine interface {
	ActingFor(ctx context.Context, owner string) context.Context
	Launch(ctx context.Context, o model.Order) (model.Instance, error)
	Instances(ctx context.Context) ([]model.Instance, error)
}

// A role is one instance of the demo.
type role struct {
	owner  string
	order  model.Order
	ago    time.Duration // how long ago it was launched
	rests  bool          // its GPUs are idle
	behind string        // the label of the instance whose GPUs it waits for; the GPU that is free stays free
}

const day = 24 * time.Hour

// training prints the lines of a training run.
const training = `n=4100; while true; do n=$((n+1)); echo "step $n  loss 1.$((9000-n%700))  lr 3.0e-05  tokens/s 48$((n%97+100))"; sleep 4; done`

// roles are the demo's instances, in the order of their launch.
var roles = []role{
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
	{owner: "tanaka", ago: 3 * time.Hour, behind: "llama-ft", order: model.Order{
		Label: "nightly", Image: "ubuntu:24.04", Mode: model.ModeSSH, GPUs: 4, Disk: 80,
	}},
}

// slow is the image whose pull takes long.
const slow = "vllm/vllm-openai:v0.11.0"

// The time of each step of a pull: of the slow image after its first steps, and of any other image that is pulled
// later.
const (
	firstSteps = 4
	slowPace   = 9 * time.Second
	usualPace  = 250 * time.Millisecond
)

// A Play is the running demo. Its methods may be called from any goroutine.
type Play struct {
	spec string

	mu     sync.Mutex
	on     map[model.InstanceID]role
	staged bool
	steps  int // steps of the slow image's pull
	gpus   *Reader
}

// New makes a demo on simulated GPUs and an engine in memory. It sets the engine's pace of pulls.
func New(spec string, gpus *gpu.Simulated, e *memory.Engine) *Play {
	p := &Play{spec: spec, on: map[model.InstanceID]role{}, gpus: &Reader{Simulated: gpus}}
	e.PaceOf = p.pace
	return p
}

// pace returns the time of the next step of an image's pull.
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

// GPUs returns the machine's GPU reader, with another user's process on the last GPU.
func (p *Play) GPUs() gpu.Reader { return p.gpus }

// Begin launches the demo's instances, if there are none yet. The machine must have its keeper. Begin returns when
// every instance is in its first state, or after 4 seconds; the instances then get there later.
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
	held := map[string][]model.GPUID{}
	for _, r := range roles {
		o := r.order
		if r.behind != "" {
			o.Queue, o.PickGPUs = true, held[r.behind]
		}
		i, err := m.Launch(m.ActingFor(ctx, r.owner), o)
		if err != nil {
			return err
		}
		held[o.Label] = i.GPUs
		p.assignRole(i, r)
	}
	await(ctx, m, func(i model.Instance) bool {
		return i.Order.Image == slow || i.Phase == model.PhaseScheduling || !i.Phase.Busy()
	})
	return nil
}

// assignRole records which instance plays which role.
func (p *Play) assignRole(i model.Instance, r role) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on[i.ID] = r
	if r.rests {
		p.gpus.rest(i.GPUs)
	}
}

// await waits until so holds for all instances, or the context ends.
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
