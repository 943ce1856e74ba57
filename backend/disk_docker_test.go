package backend

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/label"
	"berth/backend/world"
	"berth/model"
	"berth/model/wire"
)

// If the storage driver enforces sizes, an instance is created with a size limit: what was promised fits, and a write
// beyond the limit fails. With a full disk the instance can still be stopped, started, logged in to and cleared.
func TestADiskIsHeldToItsSizeWhereTheEngineCan(t *testing.T) {
	for _, version := range []string{"", "28.5.2"} {
		t.Run("dockerd "+version, func(t *testing.T) {
			o := enginetest.PrivateOptions{Btrfs: true}
			if version != "" {
				o.Dockerd = enginetest.Newer(t, version)
			}
			p := enginetest.Private(t, o)
			b := newBench(t, t.TempDir(), p.Docker).run()
			b.untilHeld(model.DiskEnforced)
			key := b.newKey(t.TempDir())
			// Its address can be reached only in the engine's network, so for this process the instance stays
			// connecting.
			i := b.untilPhase(b.launch(model.Order{Image: enginetest.Image(t, p.Docker), Mode: model.ModeSSH, Disk: 10}).ID, model.PhaseConnecting)
			fillUp(t, b, i)
			b.act(i.ID, model.ActionStop)
			b.untilPhase(i.ID, model.PhaseStopped)
			b.act(i.ID, model.ActionStart)
			i = b.untilRestarted(i)
			logIn(t, p, i, key, "rm /root/most && echo again > /root/more")
			b.act(i.ID, model.ActionReboot) // now there is room for berth's files
			i = b.untilRestarted(i)
			if got := logIn(t, p, i, key, "cat /root/more"); got != "again\n" {
				t.Errorf("it kept %q", got)
			}
			b.act(i.ID, model.ActionDestroy)
			b.untilGone(i.ID)
			if left, err := p.Docker.List(t.Context()); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
			if _, err := p.Docker.Image(t.Context(), "berth-disk-"+label.Mark(b.home)); err == nil {
				t.Error("the image of an overfill is left behind")
			}
		})
	}
}

// fillUp writes as much as was promised, less a little for berth's own files, and then checks that further writes fail.
func fillUp(t *testing.T, b *bench, i model.Instance) {
	t.Helper()
	execute(t, b, i.ID, "busybox", "fallocate", "-l", "9800000000", "/root/most")
	for _, beyond := range [][]string{
		{"busybox", "dd", "if=/dev/zero", "of=/root/more", "bs=1M", "count=400"},
		{"busybox", "dd", "if=/dev/zero", "of=/root/least", "bs=4k", "count=1"},
	} {
		var out, errs bytes.Buffer
		code, err := b.Exec(t.Context(), i.ID, beyond, nil, &out, &errs)
		check(t, err)
		if code == 0 || !strings.Contains(strings.ToLower(errs.String()), "quota exceeded") {
			t.Fatalf("%v: exit code %d: %s", beyond, code, errs.String())
		}
	}
}

func (b *bench) untilRestarted(before model.Instance) model.Instance {
	b.t.Helper()
	return b.until(before.ID, "started again", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseConnecting && now.StartedAt.After(before.StartedAt)
	})
}

// logIn runs a command through OpenSSH in the engine's network namespace.
func logIn(t *testing.T, p *enginetest.PrivateEngine, i model.Instance, key, command string) string {
	t.Helper()
	c, err := p.Docker.Inspect(t.Context(), i.Container)
	check(t, err)
	login := p.Enter(t.Context(), "ssh", "-F", "none", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
		"-o", "ConnectionAttempts=20", "-o", "StrictHostKeyChecking=accept-new",
		"-o", "UserKnownHostsFile="+filepath.Join(filepath.Dir(key), "known_hosts"), "root@"+c.IPs[0], command)
	var out, errs bytes.Buffer
	login.Stdout, login.Stderr = &out, &errs
	if err := login.Run(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, errs.String())
	}
	return out.String()
}

// containerd's image store accepts a size and doesn't enforce it. Only a trial that overfills a disk finds that out.
// For some storage drivers the answer is known.
func TestADiskThatIsntHeldIsCalledWatched(t *testing.T) {
	usual := enginetest.Docker(t)
	store := enginetest.Private(t, enginetest.PrivateOptions{Dockerd: enginetest.Newer(t, "28.5.2"), Snapshotter: true}).Docker
	for name, e := range map[string]*engine.Docker{"the usual engine": usual, "containerd's image store": store} {
		t.Run(name, func(t *testing.T) {
			facts, err := e.Facts(t.Context())
			check(t, err)
			if may, _ := world.MayHold(facts); may && !facts.Snapshotter {
				return // may enforce sizes; the test above covers that
			}
			b := newBench(t, t.TempDir(), e).run()
			b.untilHeld(model.DiskWatched)
			i := b.untilPhase(b.launch(model.Order{Image: enginetest.Image(t, e), Mode: model.ModeEntrypoint, Disk: 10}).ID, model.PhaseRunning)
			b.expectHeld(i, model.DiskWatched, 0)
			f, err := b.Fleet(t.Context())
			check(t, err)
			if w := wire.OfInstance(f, i); w.DiskHold != model.DiskWatched || w.DiskSpace.Or(0) != 10 || i.Message == "" || i.Plan.DiskWhy != "" {
				t.Errorf("it is %s of %v GB, %s: %s", w.DiskHold, w.DiskSpace, i.Message, i.Plan.DiskWhy)
			}
			b.act(i.ID, model.ActionDestroy)
			b.untilGone(i.ID)
		})
	}
}
