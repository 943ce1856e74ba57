package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"berth/backend/engine"
)

// Start runs a container's command, if its ports are free and its devices can be resolved.
func (m containers) Start(ctx context.Context, id string) error {
	c, err := m.enterAt(ctx, "Start", id)
	if err != nil {
		return err
	}
	defer m.mu.Unlock()
	if c.State == engine.Running {
		return nil
	}
	if err := cmp.Or(m.resolve(c), m.portConflict(c)); err != nil {
		c.Error = err.Error()
		return err
	}
	m.serial++
	c.State, c.PID, c.StartedAt = engine.Running, firstPID+m.serial, m.now()
	c.ExitCode, c.Error, c.FinishedAt = 0, "", time.Time{}
	if c.network != "" {
		c.IPs = []string{m.address(c.network)}
	}
	c.by, c.silent, c.ended = 0, false, make(chan struct{})
	m.sendEvent(c, "start")
	// The command outlives this call; signal ends it.
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	p := process{
		files: c.files, env: c.Env, stdout: c.log.writer(m.now), stderr: c.log.writer(m.now),
		unknown: func(ctx context.Context, _ string) int { <-ctx.Done(); return 0 },
	}
	m.running.Go(func() { m.live(life, c, p) })
	return nil
}

// resolve resolves the devices that a container was created with, as Docker does at each start.
func (m containers) resolve(c *container) error {
	for _, device := range c.devices.CDI {
		if m.Resolve == nil || m.Resolve(device) != nil {
			return &engine.Error{Kind: engine.ErrUnresolvable, Words: "CDI device injection failed: unresolvable CDI devices " + device}
		}
	}
	if c.devices.Runtime != "" && !slices.Contains(m.facts.Runtimes, c.devices.Runtime) {
		return &engine.Error{Kind: engine.ErrNoDriver, Words: "unknown or invalid runtime name: " + c.devices.Runtime}
	}
	return nil
}

func (m containers) portConflict(c *container) error {
	for _, other := range m.byID {
		for _, theirs := range other.Ports {
			for _, ours := range c.Ports {
				if other.State == engine.Running && ours.External == theirs.External && ours.Protocol == theirs.Protocol {
					return &engine.Error{Kind: engine.ErrPortTaken, Words: fmt.Sprintf(
						"driver failed programming external connectivity on endpoint %s: Bind for 0.0.0.0:%d failed: port is already allocated",
						c.Name, ours.External)}
				}
			}
		}
	}
	return nil
}

// live is the goroutine of a container's run, from start to end.
func (m containers) live(ctx context.Context, c *container, p process) {
	code := p.run(ctx, c.command)
	m.mu.Lock()
	defer m.mu.Unlock()
	c.cancel()
	c.cancel = nil
	c.State, c.PID, c.IPs, c.FinishedAt = engine.Exited, 0, nil, m.now()
	c.ExitCode = cmp.Or(c.by, code)
	c.log.rest()
	if !c.silent {
		m.sendEvent(c, "die")
	}
	close(c.ended)
}

// Stop ends a container's command. Commands in memory end at once, so the grace isn't needed.
func (m containers) Stop(ctx context.Context, id string, _ time.Duration) error {
	return m.stopAndWait(ctx, "Stop", id, exitTerm)
}

// EndLeftBehind has nothing to do: an engine in memory forgets nothing that runs.
func (m containers) EndLeftBehind(string) error { return engine.ErrNoShim }

// stopAndWait ends a container and waits for its end; if it isn't running, that is no error.
func (m containers) stopAndWait(ctx context.Context, verb, id string, code int) error {
	if err := m.enter(ctx, verb); err != nil {
		return err
	}
	c, err := m.find(id)
	if err != nil || c.State != engine.Running {
		m.mu.Unlock()
		return err
	}
	m.sendEvent(c, "kill")
	c.signal(code)
	m.mu.Unlock()
	<-c.ended
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sendEvent(c, "stop")
	return nil
}

// Kill ends a container's command whatever the signal is: nothing in memory handles signals.
func (m containers) Kill(ctx context.Context, id, signal string) error {
	c, err := m.enterAt(ctx, "Kill", id)
	if err != nil {
		return err
	}
	defer m.mu.Unlock()
	if c.State != engine.Running {
		return notRunning(c)
	}
	m.sendEvent(c, "kill")
	if signal == "TERM" || signal == "SIGTERM" {
		c.signal(exitTerm)
	} else {
		c.signal(exitKill)
	}
	return nil
}

func notRunning(c *container) error {
	return &engine.Error{Kind: engine.ErrConflict, Words: fmt.Sprintf("Container %s is not running", c.ID)}
}

// Remove removes a container, running or not; a missing container is no error.
func (m containers) Remove(ctx context.Context, id string) error {
	if err := m.enter(ctx, "Remove"); err != nil {
		return err
	}
	c, _ := m.find(id)
	if c == nil { // gone already
		m.mu.Unlock()
		return nil
	}
	c.signal(exitKill)
	ended := c.ended
	m.mu.Unlock()
	if ended != nil {
		<-ended
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byID[c.ID] == c {
		delete(m.byID, c.ID)
		m.sendEvent(c, "destroy")
	}
	return nil
}
