package main

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"time"
)

// figures are what was measured of one program, a value for each time.
type figures struct {
	name string
	of   program

	frame, list, startCPU, peak []float64
	private, idle, wakes, bytes []float64
	keys                        []float64
}

// How long a list may take, and how long after it everything counts as part of the start.
const (
	listWait  = 15 * time.Second
	startTime = time.Second
)

// begin starts a program once, for what its start takes.
func (p plan) begin(f *figures, names []string) error {
	r, err := record(f.of, p.width, p.height, names)
	if err != nil {
		return err
	}
	defer r.end()
	if !r.listed(listWait) {
		return errors.New("it shows no list")
	}
	time.Sleep(startTime)
	u, err := usageOf(r.cmd.Process.Pid)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f.frame = append(f.frame, ms(r.frame.Sub(r.began)))
	f.list = append(f.list, ms(r.list.Sub(r.began)))
	f.startCPU = append(f.startCPU, ms(u.cpu))
	return nil
}

// live has a program stay, for what it takes while nobody touches it and how fast it answers keys.
func (p plan) live(f *figures, names []string) error {
	r, err := record(f.of, p.width, p.height, names)
	if err != nil {
		return err
	}
	defer r.end()
	if !r.listed(listWait) {
		return errors.New("it shows no list")
	}
	time.Sleep(3 * time.Second) // what a start leaves to be done
	if err := p.alone(f, r); err != nil {
		return err
	}
	for n := range p.keys {
		if f.of.keys[0] == "" {
			break
		}
		r.settle(40*time.Millisecond, 400*time.Millisecond)
		if took, answered := r.press(f.of.keys[n/10%2]); answered {
			f.keys = append(f.keys, ms(took))
		}
	}
	m, err := footprintOf(r.cmd.Process.Pid)
	f.peak, f.private = append(f.peak, mb(m.peak)), append(f.private, mb(m.private))
	return err
}

// alone leaves a program alone for a while.
func (p plan) alone(f *figures, r *recorder) error {
	before, err := usageOf(r.cmd.Process.Pid)
	if err != nil {
		return err
	}
	r.mu.Lock()
	written := r.bytes
	r.mu.Unlock()
	began := time.Now()
	time.Sleep(p.idle)
	after, err := usageOf(r.cmd.Process.Pid)
	seconds := time.Since(began).Seconds()
	r.mu.Lock()
	defer r.mu.Unlock()
	f.idle = append(f.idle, 100*(after.cpu-before.cpu).Seconds()/seconds)
	f.wakes = append(f.wakes, float64(after.wakes-before.wakes)/seconds)
	f.bytes = append(f.bytes, float64(r.bytes-written)/seconds)
	return err
}

// ran runs a command once to its end.
func (f *figures) ran() error {
	c := exec.Command(f.of.argv[0], f.of.argv[1:]...) //nolint:noctx // it ends by itself
	c.Stdout, c.Stderr = io.Discard, io.Discard
	began := time.Now()
	if err := c.Run(); err != nil {
		return err
	}
	f.list = append(f.list, ms(time.Since(began)))
	f.startCPU = append(f.startCPU, ms(c.ProcessState.UserTime()+c.ProcessState.SystemTime()))
	return nil
}

func (f *figures) row() string {
	return fmt.Sprintf("| %s | %.1f | %.1f | %.0f | %.1f | %.1f | %.2f | %.0f | %.0f | %.2f | %.2f |", f.name,
		median(f.frame), median(f.list), median(f.startCPU), median(f.peak), median(f.private), median(f.idle), median(f.wakes),
		median(f.bytes), median(f.keys), quantile(f.keys, 0.95))
}

func ms(d time.Duration) float64 { return 1000 * d.Seconds() }

func mb(bytes float64) float64 { return bytes / 1e6 }

func median(all []float64) float64 { return quantile(all, 0.5) }

// quantile is the value that such a part of all lies below; 0 of none.
func quantile(all []float64, part float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}
