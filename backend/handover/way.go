package handover

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/backend/gpu/cdi"
)

// Way is how this engine is given GPUs, and why so. It may ask NVIDIA's tool, which takes its time; the answer is kept
// for a while.
func (h *Handover) Way(ctx context.Context) (cdi.Choice, error) {
	choice, _, err := h.way(ctx)
	return choice, err
}

// way is Way, with what the machine says of its GPUs.
func (h *Handover) way(ctx context.Context) (cdi.Choice, cdi.Host, error) {
	facts, err := h.engine.Facts(ctx)
	if err != nil {
		return cdi.Choice{}, cdi.Host{}, err
	}
	o := h.offer(facts)
	if h.simulated {
		return h.take(o), cdi.Host{}, nil
	}
	host, toolkit, err := h.host.ask(ctx)
	if err != nil {
		return cdi.Choice{}, cdi.Host{}, err
	}
	o.HostSpec, o.Toolkit = host.Source != "", toolkit
	return h.take(o), host, nil
}

// take chooses, and remembers what.
func (h *Handover) take(o cdi.Offer) cdi.Choice {
	choice := h.choose(o)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.chosen = choice
	return choice
}

// Toolkit is the version of NVIDIA's toolkit here; empty where none is installed, or the GPUs are simulated.
func (h *Handover) Toolkit(ctx context.Context) string {
	if h.simulated {
		return ""
	}
	_, toolkit, _ := h.host.ask(ctx) // that it can't describe the GPUs is Way's to say
	return toolkit
}

// Words say which way was taken last, and why; empty while none was.
func (h *Handover) Words() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.chosen.Way == "" {
		return ""
	}
	return string(h.chosen.Way) + ": " + h.chosen.Why
}

// place is where specs lie, whatever the toolkit can say at the moment: a driver that is gone mustn't keep
// anybody from taking GPUs back.
func (h *Handover) place(ctx context.Context) (cdi.Choice, error) {
	facts, err := h.engine.Facts(ctx)
	if err != nil {
		return cdi.Choice{}, err
	}
	o := h.offer(facts)
	o.HostSpec, o.Toolkit = true, "1.15"
	return h.choose(o), nil
}

// offer is what the engine brings for handing GPUs in.
func (h *Handover) offer(f engine.Facts) cdi.Offer {
	return cdi.Offer{
		Simulated: h.simulated, Local: f.Local, CDISpecDirs: f.CDISpecDirs, Runtimes: f.Runtimes, Root: h.root,
	}
}

// A hostWord is what the machine says of its GPUs. NVIDIA's tool takes up to two seconds to say it and wakes
// sleeping GPUs on the way, so its answer is kept for a while.
type hostWord struct {
	read func(context.Context) (cdi.Host, error)
	now  func() time.Time

	mu      sync.Mutex
	host    cdi.Host
	toolkit string
	at      time.Time // when it was read; zero: never
}

// hostLife is how long the machine's own word on its GPUs is taken without asking again: a driver's update,
// which changes it, takes longer.
const hostLife = time.Minute

// ask returns the machine's word and the version of its toolkit. A machine that has no word has no error either;
// a toolkit that should have one and fails is an error, since what it says tomorrow may be another way.
func (w *hostWord) ask(ctx context.Context) (cdi.Host, string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.at.IsZero() && w.now().Sub(w.at) < hostLife {
		return w.host, w.toolkit, nil
	}
	toolkit := cdi.ToolkitVersion(ctx)
	host, err := w.read(ctx)
	if err != nil && (cdi.DescribesGPUs(toolkit) || !errors.Is(err, cdi.ErrNoHostSpec)) {
		return cdi.Host{}, toolkit, fmt.Errorf("what this machine says of its GPUs: %w", err)
	}
	w.host, w.toolkit, w.at = host, toolkit, w.now()
	return host, toolkit, nil
}
