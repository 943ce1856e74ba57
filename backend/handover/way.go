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

// Way returns how this engine is given GPUs, and why. It may have to ask NVIDIA's tool, which is slow; the answer is
// kept for a minute.
func (h *Handover) Way(ctx context.Context) (cdi.Choice, error) {
	choice, _, err := h.way(ctx)
	return choice, err
}

// way is Way, and also returns the machine's own spec of its GPUs.
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

// take chooses a way and records it.
func (h *Handover) take(o cdi.Offer) cdi.Choice {
	choice := h.choose(o)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.chosen = choice
	return choice
}

// Toolkit returns the version of NVIDIA's toolkit, or "" if none is installed or the GPUs are simulated.
func (h *Handover) Toolkit(ctx context.Context) string {
	if h.simulated {
		return ""
	}
	_, toolkit, _ := h.host.ask(ctx) // Way reports an error of the GPUs' description
	return toolkit
}

// Words describe the way that was taken last, and why. They are empty before the first.
func (h *Handover) Words() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.chosen.Way == "" {
		return ""
	}
	return string(h.chosen.Way) + ": " + h.chosen.Why
}

// place returns where the spec files are, whatever the toolkit says now: GPUs must be taken back even if the driver is
// gone.
func (h *Handover) place(ctx context.Context) (cdi.Choice, error) {
	facts, err := h.engine.Facts(ctx)
	if err != nil {
		return cdi.Choice{}, err
	}
	o := h.offer(facts)
	o.HostSpec, o.Toolkit = true, "1.15"
	return h.choose(o), nil
}

// offer returns the engine's means of passing GPUs to containers.
func (h *Handover) offer(f engine.Facts) cdi.Offer {
	return cdi.Offer{
		Simulated: h.simulated, Local: f.Local, CDISpecDirs: f.CDISpecDirs, Runtimes: f.Runtimes, Root: h.root,
	}
}

// A hostSpecCache is the machine's own spec of its GPUs. NVIDIA's tool takes up to two seconds to write it and wakes
// sleeping GPUs, so the answer is kept for hostLife.
type hostSpecCache struct {
	read func(context.Context) (cdi.Host, error)
	now  func() time.Time

	mu      sync.Mutex
	host    cdi.Host
	toolkit string
	at      time.Time // when it was read; zero: not yet
}

// hostLife is how long the machine's spec is used before it is read again. Only an update of the driver changes it, and
// that takes longer.
const hostLife = time.Minute

// ask returns the machine's spec and the version of its toolkit. A machine without a spec is no error. It is an error
// if the toolkit should write one and fails: its next answer may lead to another way.
func (w *hostSpecCache) ask(ctx context.Context) (cdi.Host, string, error) {
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
