package backend

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/hostpath"
	"berth/backend/label"
	"berth/backend/starter/image"
	"berth/model"
)

// labFolders makes folders as the owner of a lab's machine would, with a home for each user, and the policy that lists them.
func labFolders(t *testing.T, users ...string) (base string, p model.Policy) {
	t.Helper()
	if os.Geteuid() != 0 {
		enginetest.Skip(t, "folders that no user may replace are made by root: run the tests as root")
	}
	base, err := os.MkdirTemp("/srv", "berth-test-")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(base)) })
	check(t, os.Chmod(base, 0o755))
	check(t, os.Mkdir(filepath.Join(base, "data"), 0o755))
	check(t, os.WriteFile(filepath.Join(base, "data", "set"), []byte("ten thousand pictures\n"), 0o644))
	check(t, os.Mkdir(filepath.Join(base, "homes"), 0o755))
	for n, user := range users {
		home := filepath.Join(base, "homes", user)
		check(t, os.Mkdir(home, 0o700))
		check(t, os.Chown(home, 21001+n, 21001+n))
	}
	return base, model.Policy{Folders: []model.Folder{
		{Name: "data", Path: base + "/data", At: "/data", Default: true},
		{Name: "home", Path: base + "/homes/{user}", At: "/home/{user}", Mode: model.FolderReadWrite, Default: true},
	}}
}

// untilMessage waits until an instance's message has the words.
func (b *bench) untilMessage(id model.InstanceID, words string) {
	b.t.Helper()
	b.until(id, "saying "+words, func(i model.Instance, there bool) bool { return there && strings.Contains(i.Message, words) })
}

func (b *bench) policy(p func() model.Policy) {
	b.remake(func(parts *Parts) { parts.Policy = p })
}

// A read-only data set and a home of one's own are in every instance of two users, whatever its mode; and nobody has
// another's.
func TestFoldersOfTheMachineAreInInstancesOfEachMode(t *testing.T) {
	base, policy := labFolders(t, "maria", "jonas")
	d := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), d)
	b.policy(func() model.Policy { return policy })
	b.run()
	tiny := enginetest.Image(t, d)
	orders := map[model.Mode]model.Order{
		model.ModeSSH: {Image: image.Name, Mode: model.ModeSSH}, model.ModeJupyter: {Image: image.Name, Mode: model.ModeJupyter},
		model.ModeEntrypoint: {Image: tiny, Mode: model.ModeEntrypoint, Entrypoint: []string{"/bin/busybox"}, Args: []string{"sleep", "1000"}},
	}
	for _, user := range []string{"maria", "jonas"} {
		ctx := b.ActingFor(t.Context(), user)
		for mode, order := range orders {
			i, err := b.Launch(ctx, order)
			check(t, err)
			i = b.until(i.ID, "started", func(i model.Instance, there bool) bool { return there && !i.StartedAt.IsZero() && i.Starting == 0 })
			c, err := d.Inspect(t.Context(), i.Container)
			check(t, err)
			want := []engine.Mount{{Source: base + "/data", Target: "/data", ReadOnly: true}, {Source: base + "/homes/" + user, Target: "/home/" + user}}
			if len(c.Mounts) != 2 || c.Mounts[0] != want[0] || c.Mounts[1] != want[1] {
				t.Errorf("%s of %s has %+v", mode, user, c.Mounts)
			}
			shell := func(script string) (string, error) {
				var out, errs bytes.Buffer
				command := []string{"sh", "-c", script}
				if mode == model.ModeEntrypoint {
					command = []string{"/bin/busybox", "sh", "-c", script}
				}
				code, err := b.Exec(ctx, i.ID, command, nil, &out, &errs)
				if err == nil && code != 0 {
					err = errors.New(errs.String())
				}
				return out.String(), err
			}
			said, err := shell("read line < /data/set; echo $line; echo " + string(mode) + " >> /home/" + user + "/seen")
			if err != nil || said != "ten thousand pictures\n" {
				t.Errorf("%s of %s reads %q, %v", mode, user, said, err)
			}
			if _, err := shell("echo x > /data/set"); err == nil || !strings.Contains(err.Error(), "ead-only file system") {
				t.Errorf("%s of %s writes into the data set: %v", mode, user, err)
			}
			check(t, b.Act(ctx, i.ID, model.ActionDestroy))
			b.untilGone(i.ID)
		}
		if seen := strings.Fields(readFile(t, base+"/homes/"+user+"/seen")); len(seen) != 3 {
			t.Errorf("%s's home has %v", user, seen)
		}
	}
	if got := readFile(t, base+"/data/set"); got != "ten thousand pictures\n" {
		t.Errorf("the data set is %q", got)
	}
}

// A folder that a user could replace isn't given; nor one that is closed, moved or gone since, whose instance says so and
// starts again when it is as it was.
func TestAFolderIsGivenAsItIsAtEachStart(t *testing.T) {
	base, policy := labFolders(t, "maria")
	d := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), d)
	var now atomic.Pointer[model.Policy]
	now.Store(&policy)
	b.policy(func() model.Policy { return *now.Load() })
	b.run()
	order := model.Order{Image: enginetest.Image(t, d), Mode: model.ModeEntrypoint, Entrypoint: []string{"/bin/busybox"}, Args: []string{"sleep", "1000"}}
	i := b.untilPhase(b.launch(order).ID, model.PhaseRunning)
	again := func(says string) {
		t.Helper()
		if b.until(i.ID, "there", func(_ model.Instance, there bool) bool { return there }).Phase != model.PhaseFailed {
			b.act(i.ID, model.ActionStop)
			b.untilPhase(i.ID, model.PhaseStopped)
		}
		b.act(i.ID, model.ActionStart)
		if says == "" {
			b.untilPhase(i.ID, model.PhaseRunning)
			return
		}
		b.untilMessage(i.ID, says)
	}
	again("")

	check(t, os.Rename(base+"/homes", base+"/away"))
	check(t, os.Symlink("/etc", base+"/homes"))
	again("folder home can't be given: " + base + "/homes: a link, and berth follows none")
	check(t, errors.Join(os.Remove(base+"/homes"), os.Rename(base+"/away", base+"/homes")))
	again("")

	check(t, os.Chmod(base+"/homes", 0o777))
	again("somebody else could put another folder in its place")
	check(t, os.Chmod(base+"/homes", 0o755))

	now.Store(&model.Policy{Folders: []model.Folder{policy.Folders[0]}})
	again(`folders "home": the machine's owner has opened no such folder to maria; there are data`)
	now.Store(&model.Policy{Faults: []string{"config.toml:1: x"}})
	again("waits for its folders: nothing new is launched, the machine's configuration has faults: config.toml:1: x")
	now.Store(&policy)
	b.untilPhase(i.ID, model.PhaseRunning) // by itself, as soon as the owner has put it right

	moved := model.Policy{Folders: []model.Folder{{Name: "data", Path: base + "/homes", At: "/data", Default: true}, policy.Folders[1]}}
	now.Store(&moved)
	again("recycle it")
	b.act(i.ID, model.ActionRecycle)
	b.untilPhase(i.ID, model.PhaseRunning)
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
	if hostpath.Check(base+"/homes/maria") != nil {
		t.Error("destroying the instance took its folder")
	}
}

// A volume outlives three instances, is made once, is nobody else's, and goes when its owner says so and not before.
func TestAVolumeOutlivesItsInstances(t *testing.T) {
	d := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), d).run()
	name := label.VolumeName(b.home, "ckpt")
	t.Cleanup(func() { check(t, d.RemoveVolume(context.Background(), name)) })
	_, err := b.CreateVolume(t.Context(), "ckpt", 20, false)
	check(t, err)
	order := model.Order{
		Image: enginetest.Image(t, d), Mode: model.ModeEntrypoint, Volumes: []string{"ckpt:/work"}, Entrypoint: []string{"/bin/busybox"},
		Args: []string{"sh", "-c", "echo round >> /work/rounds; trap exit TERM; while :; do sleep 1; done"},
	}
	for round := range 3 {
		i := b.untilPhase(b.launch(order).ID, model.PhaseRunning)
		if _, err := b.Launch(t.Context(), order); !errors.Is(err, model.ErrVolumeHeld) || !strings.Contains(err.Error(), i.ID.String()+" writes in it") {
			t.Errorf("a second writer: %v", err)
		}
		if err := b.RemoveVolume(t.Context(), "ckpt"); !errors.Is(err, model.ErrVolumeHeld) {
			t.Errorf("removed under an instance: %v", err)
		}
		if round == 1 {
			b.act(i.ID, model.ActionRecycle)
			b.until(i.ID, "recycled", func(now model.Instance, _ bool) bool {
				return now.Phase == model.PhaseRunning && now.Container != i.Container
			})
		}
		var out bytes.Buffer
		_, err := b.Exec(t.Context(), i.ID, []string{"/bin/busybox", "cat", "/work/rounds"}, nil, &out, &out)
		check(t, err)
		if got, want := strings.Count(out.String(), "round"), []int{1, 3, 4}[round]; got != want {
			t.Errorf("in round %d it has %d lines", round, got)
		}
		b.act(i.ID, model.ActionDestroy)
		b.untilGone(i.ID)
	}
	jonas := b.ActingFor(t.Context(), "jonas")
	if _, err := b.Launch(jonas, order); !errors.Is(err, model.ErrVolumeHeld) {
		t.Errorf("another user has it: %v", err)
	}
	if err := b.RemoveVolume(jonas, "ckpt"); !errors.Is(err, model.ErrNotAllowed) {
		t.Errorf("another user removes it: %v", err)
	}
	check(t, b.ShareVolume(t.Context(), "ckpt", true))
	order.Volumes = []string{"ckpt:/work:ro"}
	order.Args = []string{"sleep", "1000"}
	reader, err := b.Launch(jonas, order)
	check(t, err)
	b.untilPhase(reader.ID, model.PhaseRunning)
	var out bytes.Buffer
	if code, err := b.Exec(jonas, reader.ID, []string{"/bin/busybox", "sh", "-c", "cat /work/rounds && echo x > /work/x"}, nil, &out, &out); err != nil || code == 0 || strings.Count(out.String(), "round") != 4 {
		t.Errorf("a reader writes: %d, %v, %q", code, err, out.String())
	}
	check(t, b.Act(jonas, reader.ID, model.ActionDestroy))
	b.untilGone(reader.ID)
	check(t, b.RemoveVolume(t.Context(), "ckpt"))
	b.untilVolume("ckpt", false)
	if _, err := d.Volume(t.Context(), name); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("the engine has it still: %v", err)
	}
}

// untilVolume waits until the ledger has a volume, or hasn't.
func (b *bench) untilVolume(name string, there bool) {
	b.t.Helper()
	for range 2000 {
		all, err := b.parts.Ledger.Volumes(b.t.Context())
		check(b.t, err)
		has := false
		for _, v := range all {
			has = has || v.Name == name
		}
		if has == there {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.t.Fatalf("volume %s is in the ledger: %v, and should be: %v", name, !there, there)
}

func TestAStrangersVolumeIsNeitherTakenNorRemoved(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	name := label.VolumeName(b.home, "ckpt")
	forged := map[string]string{label.Home: b.home, label.Volume: "ckpt", label.Owner: "maria", label.Size: "1", label.Proof: "00"}
	check(t, e.CreateVolume(t.Context(), name, forged))
	_, err := b.CreateVolume(t.Context(), "ckpt", 20, false)
	check(t, err)
	order := service(0)
	order.Volumes = []string{"ckpt"}
	i := b.launch(order)
	b.untilPhase(i.ID, model.PhaseFailed)
	b.untilMessage(i.ID, "volume ckpt: a volume of that name on the engine is somebody else's")
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
	check(t, b.RemoveVolume(t.Context(), "ckpt"))
	b.untilVolume("ckpt", false)
	if v, err := e.Volume(t.Context(), name); err != nil || v.Labels[label.Proof] != "00" {
		t.Errorf("the stranger's: %+v, %v", v, err)
	}
}

// A ledger that was lost knows a volume again by its proven labels, whose it is and how large; one that was removed stays
// removed. What the engine lost isn't made anew in silence.
func TestAVolumeComesBackWithALostLedgerAndNotAfterItsRemoval(t *testing.T) {
	e := inMemory(t)
	home := t.TempDir()
	b := newBench(t, home, e).run()
	for _, name := range []string{"kept", "gone", "lost"} {
		_, err := b.CreateVolume(t.Context(), name, 20, true)
		check(t, err)
	}
	order := service(0)
	order.Volumes = []string{"kept:/a", "gone:/b", "lost:/c"}
	i := b.untilPhase(b.launch(order).ID, model.PhaseRunning)
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
	check(t, b.RemoveVolume(t.Context(), "gone"))
	b.untilVolume("gone", false)
	check(t, e.RemoveVolume(t.Context(), label.VolumeName(home, "lost"))) // by hand
	order.Volumes = []string{"lost"}
	i = b.launch(order)
	b.untilPhase(i.ID, model.PhaseFailed)
	b.untilMessage(i.ID, "the engine hasn't got it any more, and what was in it is lost")
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
	b.stop()
	for _, file := range []string{"berth.db", "berth.db-wal", "berth.db-shm"} {
		check(t, os.RemoveAll(filepath.Join(home, file)))
	}

	b = newBench(t, home, e).run()
	b.untilVolume("kept", true)
	all, err := b.parts.Ledger.Volumes(t.Context())
	check(t, err)
	if len(all) != 1 || all[0].Owner != "maria" || all[0].Size != 20*model.GB || !all[0].Made || all[0].Shared {
		t.Errorf("it knows %+v", all)
	}
}

// Disk is promised to volumes and to instances from one sum.
func TestVolumesAndInstancesShareOnePromiseOfDisk(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	_, err := b.CreateVolume(t.Context(), "a", 30, false)
	check(t, err)
	b.launch(service(0))
	f, err := b.Fleet(t.Context())
	check(t, err)
	if f.Host.DiskPromised != 40*model.GB || len(f.Volumes) != 1 {
		t.Errorf("promised are %s", f.Host.DiskPromised)
	}
	if _, err := b.CreateVolume(t.Context(), "a", 1, false); err == nil {
		t.Error("one name twice")
	}
}
