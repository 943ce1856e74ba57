package enginetest

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"berth/backend/engine"
	"berth/model"
)

func made(b *bench) {
	port := b.port()
	r := b.request(engine.Request{
		Hostname: "there", Labels: map[string]string{"berth.id": "7"}, Env: []string{"A=b c"}, Ports: []model.Port{port},
	})
	id := b.create(r)
	c := b.inspect(id)
	if c.ID != id || c.Name != r.Name || c.Image != r.Image || c.State != engine.Created || c.PID != 0 {
		b.Errorf("got %+v", c)
	}
	if c.Labels["berth.id"] != "7" || !slices.Contains(c.Env, "A=b c") || !reflect.DeepEqual(c.Ports, []model.Port{port}) {
		b.Errorf("labels %v, env %v, ports %v aren't as asked for", c.Labels, c.Env, c.Ports)
	}
	if c.CreatedAt.IsZero() || !c.StartedAt.IsZero() || !c.FinishedAt.IsZero() {
		b.Errorf("times %v %v %v of one never started", c.CreatedAt, c.StartedAt, c.FinishedAt)
	}
	if byName := b.inspect(r.Name); byName.ID != id {
		b.Errorf("by its name it is %s", byName.ID)
	}
	all, err := b.List(b.Context())
	b.ok(err)
	i := slices.IndexFunc(all, func(c engine.Container) bool { return c.ID == id })
	if i < 0 || all[i].Name != r.Name || all[i].State != engine.Created || all[i].Labels["berth.id"] != "7" {
		b.Errorf("the list has it at %d of %+v", i, all)
	}
}

func names(b *bench) {
	r := b.request(engine.Request{})
	id := b.create(r)
	_, err := b.Create(b.Context(), r)
	b.is(err, engine.ErrConflict)
	other := b.create(engine.Request{})
	b.is(b.Rename(b.Context(), other, r.Name), engine.ErrConflict)
	b.ok(b.Remove(b.Context(), id))
	b.ok(b.Rename(b.Context(), other, r.Name))
	if c := b.inspect(r.Name); c.ID != other {
		b.Errorf("the name is %s's", c.ID)
	}
}

func noImage(b *bench) {
	_, err := b.Create(b.Context(), b.request(engine.Request{Image: "berth-test/none:" + Unique()}))
	b.is(err, engine.ErrNotFound)
	_, err = b.Image(b.Context(), "berth-test/none:"+Unique())
	b.is(err, engine.ErrNotFound)
}

func exits(b *bench) {
	id := b.start(shell("echo out; echo err >&2; exit 7"))
	c := b.ended(id)
	if c.ExitCode != 7 || c.PID != 0 || c.OOMKilled || c.Error != "" {
		b.Errorf("got %+v", c)
	}
	// If a command ends at once, the engine may note its end before its start.
	if c.FinishedAt.Before(c.StartedAt.Add(-time.Second)) || c.StartedAt.Before(c.CreatedAt) {
		b.Errorf("times out of order: %v %v %v", c.CreatedAt, c.StartedAt, c.FinishedAt)
	}
	all, err := b.List(b.Context())
	b.ok(err)
	for _, row := range all {
		if row.ID == id && (row.State != engine.Exited || row.ExitCode != 7) {
			b.Errorf("the list says %s with code %d", row.State, row.ExitCode)
		}
	}
	stream, err := b.Logs(b.Context(), id, engine.LogOptions{})
	b.ok(err)
	text, err := io.ReadAll(stream)
	b.ok(err)
	b.ok(stream.Close())
	if lines := strings.Fields(string(text)); !slices.Contains(lines, "out") || !slices.Contains(lines, "err") || len(lines) != 2 {
		b.Errorf("the log is %q", text)
	}
}

func idempotent(b *bench) {
	id := b.create(engine.Request{})
	b.ok(b.Stop(b.Context(), id, time.Second))
	b.ok(b.Start(b.Context(), id))
	first := b.inspect(id)
	b.ok(b.Start(b.Context(), id))
	if again := b.inspect(id); again.PID != first.PID || again.State != engine.Running || again.PID == 0 {
		b.Errorf("started twice, it went from pid %d to %d", first.PID, again.PID)
	}
	b.ok(b.Stop(b.Context(), id, 0))
	b.ok(b.Stop(b.Context(), id, 0))
	b.is(b.Kill(b.Context(), id, "KILL"), engine.ErrConflict)
}

func keeps(b *bench) {
	port := b.port()
	id := b.start(engine.Request{Ports: []model.Port{port}})
	b.run(id, "echo kept > /root/file")
	first := b.inspect(id)
	b.ok(b.Stop(b.Context(), id, 0))
	c := b.inspect(id)
	if c.State != engine.Exited || c.ExitCode == 0 || !reflect.DeepEqual(c.Ports, []model.Port{port}) || c.FinishedAt.IsZero() {
		b.Errorf("stopped, it is %+v", c)
	}
	b.ok(b.Start(b.Context(), id))
	if again := b.inspect(id); again.State != engine.Running || again.StartedAt.Before(first.StartedAt) {
		b.Errorf("started again, it is %+v", again)
	}
	if got := b.run(id, "cat /root/file"); got != "kept\n" {
		b.Errorf("its file has %q", got)
	}
}

func portClash(b *bench) {
	r := engine.Request{Ports: []model.Port{b.port()}, Network: "berth-test-" + Unique()}
	_, err := b.EnsureNetwork(b.Context(), r.Network, nil)
	b.ok(err)
	b.Cleanup(func() { _ = b.RemoveNetwork(context.Background(), r.Network) }) // containers go first
	holder, other := b.start(r), b.create(r)
	err = b.Start(b.Context(), other)
	b.is(err, engine.ErrPortTaken)
	if c := b.inspect(other); c.State == engine.Running || c.Error == "" || !strings.HasSuffix(err.Error(), c.Error) {
		b.Errorf("refused with %q, it is %s and says %q", err, c.State, c.Error)
	}
	b.ok(b.Stop(b.Context(), holder, 0))
	// Docker 29 takes what it refused to start off its network, and would start it without any port the next time
	// (github.com/moby/moby/issues/51758). Whoever starts it again connects it first, as the keeper does.
	if len(b.inspect(other).Networks) == 0 {
		b.ok(b.Connect(b.Context(), r.Network, other))
	}
	b.ok(b.Start(b.Context(), other))
	b.is(b.Start(b.Context(), holder), engine.ErrPortTaken)
}

func noDevice(b *bench) {
	id := b.create(engine.Request{Devices: engine.DeviceRequest{CDI: []string{"berth-test/none=1"}}})
	err := b.Start(b.Context(), id)
	facts, factsErr := b.Facts(b.Context())
	b.ok(factsErr)
	if want := engine.ErrUnresolvable; len(facts.CDISpecDirs) > 0 {
		b.is(err, want)
	} else if !errors.Is(err, want) { // an engine without CDI has this error
		b.is(err, engine.ErrNoDriver)
	}
	c := b.inspect(id)
	if c.State == engine.Running || c.Error == "" {
		b.Errorf("refused, it is %s and says %q", c.State, c.Error)
	}
	if !c.Claims.Any() || !slices.Contains(c.Claims.IDs, "berth-test/none=1") {
		b.Errorf("its claims are %+v", c.Claims)
	}
}

func removal(b *bench) {
	id := b.start(engine.Request{})
	b.ok(b.Remove(b.Context(), id))
	b.ok(b.Remove(b.Context(), id))
	_, err := b.Inspect(b.Context(), id)
	b.is(err, engine.ErrNotFound)
}

func gone(b *bench) {
	ctx, id := b.Context(), "berth-test-none-"+Unique()
	b.is(b.Start(ctx, id), engine.ErrNotFound)
	b.is(b.Stop(ctx, id, 0), engine.ErrNotFound)
	b.is(b.Kill(ctx, id, "KILL"), engine.ErrNotFound)
	b.is(b.Rename(ctx, id, id+"2"), engine.ErrNotFound)
	b.is(b.Update(ctx, id, engine.Resources{CPUShares: 100}), engine.ErrNotFound)
	_, err := b.Disk(ctx, id)
	b.is(err, engine.ErrNotFound)
	_, err = b.Logs(ctx, id, engine.LogOptions{})
	b.is(err, engine.ErrNotFound)
	_, err = b.Exec(ctx, id, engine.ExecRequest{Cmd: []string{"true"}})
	b.is(err, engine.ErrNotFound)
	_, err = b.CopyFrom(ctx, id, "/etc/passwd")
	b.is(err, engine.ErrNotFound)
	_, err = b.Stat(ctx, id, "/etc/passwd")
	b.is(err, engine.ErrNotFound)
	b.is(b.CopyTo(ctx, id, "/", strings.NewReader("")), engine.ErrNotFound)
	b.ok(b.RemoveImage(ctx, id))
	b.ok(b.RemoveNetwork(ctx, id))
}

func events(b *bench) {
	feed := b.Events(b.Context())
	select {
	case first := <-feed:
		if !first.Resync || first.Err != nil {
			b.Fatalf("the first event is %+v", first)
		}
	case <-time.After(30 * time.Second):
		b.Fatal("no resync within 30 s")
	}
	id := b.create(engine.Request{Labels: map[string]string{"berth.id": "9"}})
	b.ok(b.Start(b.Context(), id))
	b.ok(b.Stop(b.Context(), id, 0))
	b.ok(b.Remove(b.Context(), id))
	want := []string{"create", "start", "die", "destroy"}
	for late := time.After(30 * time.Second); len(want) > 0; {
		select {
		case e := <-feed:
			if e.ContainerID != id || !slices.Contains(want, e.Action) {
				continue // another container's, or kill and stop
			}
			if e.Action != want[0] || e.Labels["berth.id"] != "9" || e.At.IsZero() {
				b.Fatalf("got %+v, want %s", e, want[0])
			}
			want = want[1:]
		case <-late:
			b.Fatalf("still waiting for %v", want)
		}
	}
}

func resources(b *bench) {
	want := engine.Resources{
		CPUShares: 512, MemoryReservation: 64 * model.MiB, Memory: 256 * model.MiB, OOMScoreAdj: 500,
		Shm: 32 * model.MiB, Pids: 200,
	}
	id := b.start(engine.Request{Resources: want})
	if got := b.inspect(id).Resources; got != want {
		b.Errorf("got %+v, want %+v", got, want)
	}
	b.ok(b.Update(b.Context(), id, engine.Resources{CPUShares: 700, Memory: 512 * model.MiB}))
	want.CPUShares, want.Memory = 700, 512*model.MiB
	if got := b.inspect(id).Resources; got != want {
		b.Errorf("after the update: got %+v, want %+v", got, want)
	}
	if by := b.inspect(id).ByHand; len(by) > 0 {
		b.Errorf("nobody's hand was at it, and yet: %v", by)
	}
	b.ok(b.Stop(b.Context(), id, 0))
	want.CPUShares, want.Memory, want.Pids = 300, 128*model.MiB, 100
	b.ok(b.Restore(b.Context(), id, want, 1))
	if got := b.inspect(id).Resources; got != want {
		b.Errorf("restored: got %+v, want %+v", got, want)
	}
}

func volumes(b *bench) {
	name := "berth-test-" + Unique()
	_, err := b.Volume(b.Context(), name)
	b.is(err, engine.ErrNotFound)
	b.ok(b.CreateVolume(b.Context(), name, map[string]string{"berth.test": "1"}))
	b.Cleanup(func() { _ = b.RemoveVolume(context.WithoutCancel(b.Context()), name) })
	b.is(b.CreateVolume(b.Context(), name, nil), engine.ErrConflict)
	mount := engine.Mount{Volume: true, Source: name, Target: "/data"}
	id := b.start(engine.Request{Mounts: []engine.Mount{mount}})
	if got := b.inspect(id).Mounts; !slices.Equal(got, []engine.Mount{mount}) {
		b.Errorf("got %+v", got)
	}
	b.is(b.RemoveVolume(b.Context(), name), engine.ErrConflict)
	b.ok(b.Remove(b.Context(), id))
	v, err := b.Volume(b.Context(), name)
	b.ok(err)
	if v.Name != name || v.Labels["berth.test"] != "1" {
		b.Errorf("got %+v", v)
	}
	for _, list := range []func(context.Context) ([]engine.Volume, error){b.Volumes, b.VolumesUse} {
		all, err := list(b.Context())
		b.ok(err)
		if !slices.ContainsFunc(all, func(v engine.Volume) bool { return v.Name == name && v.Labels["berth.test"] == "1" }) {
			b.Errorf("it isn't among %+v", all)
		}
	}
	b.ok(b.RemoveVolume(b.Context(), name))
	b.ok(b.RemoveVolume(b.Context(), name))
}

func networks(b *bench) {
	name := "berth-test-" + Unique()
	gateway, err := b.EnsureNetwork(b.Context(), name, map[string]string{"berth.test": "1"})
	b.ok(err)
	b.Cleanup(func() { _ = b.RemoveNetwork(b.Context(), name) })
	again, err := b.EnsureNetwork(b.Context(), name, nil)
	b.ok(err)
	if gateway == "" || again != gateway {
		b.Errorf("the gateway was %q, then %q", gateway, again)
	}
	id := b.start(engine.Request{Network: name})
	if ips := b.inspect(id).IPs; len(ips) != 1 || ips[0] == gateway {
		b.Errorf("on a network with gateway %s the container has %v", gateway, ips)
	}
	b.is(b.RemoveNetwork(b.Context(), name), engine.ErrConflict)
	b.ok(b.Remove(b.Context(), id))
	b.ok(b.RemoveNetwork(b.Context(), name))
	b.ok(b.RemoveNetwork(b.Context(), name))
}
