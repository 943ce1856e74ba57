package backend

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// Compares the resources of a real launch with what the engine and the kernel report.
func TestResourcesReachTheEngineAndTheKernel(t *testing.T) {
	e := enginetest.Docker(t)
	home := t.TempDir()
	b := newBench(t, home, e).run()
	i := b.launch(model.Order{
		Image: enginetest.Image(t, e), Mode: model.ModeEntrypoint, GPUs: 2, Disk: 10,
		Options: `-e TEST="a b" -h chosen -p 8081:8081 -p 8082:8082/udp -p 70000:70000`,
	})
	defer func() {
		b.act(i.ID, model.ActionDestroy)
		b.untilGone(i.ID)
	}()
	i = b.untilPhase(i.ID, model.PhaseRunning)
	c, err := e.Inspect(t.Context(), i.Container)
	check(t, err)

	share, got := i.Plan.Share, c.Resources
	if share.Fraction != 0.25 {
		t.Errorf("two of eight GPUs are %v of the machine", share.Fraction)
	}
	if got.CPUShares != int64(share.CPUShares) || got.MemoryReservation != share.Memory || got.Memory != share.MemoryMax ||
		got.OOMScoreAdj != share.OOMScore || got.Shm != share.Shm || got.Pids != int64(share.Pids) {
		t.Errorf("the engine keeps %+v, promised was %+v", got, share)
	}
	if read := strings.TrimSpace(readFile(t, "/proc/"+strconv.Itoa(c.PID)+"/oom_score_adj")); read != strconv.Itoa(share.OOMScore) {
		t.Errorf("the kernel's oom_score_adj is %s, promised was %d", read, share.OOMScore)
	}
	for file, want := range cgroupFiles(share, c.PID, t) {
		if read := strings.TrimSpace(readFile(t, file)); read != want {
			t.Errorf("%s is %s, want %s", file, read, want)
		}
	}

	if seen, _ := newBench(t, home, e).mustFleet().Instance(i.ID); seen.Use.Memory == (model.Maybe[model.Bytes]{}) {
		t.Error("a command that looks once doesn't know what memory it takes")
	}

	env := execute(t, b, i.ID, "env")
	for _, line := range []string{
		"TEST=a b", "CONTAINER_ID=" + strconv.Itoa(int(i.ID)), "VAST_CONTAINERLABEL=" + i.ID.String(), "GPU_COUNT=2",
		"HOSTNAME=chosen", "NVIDIA_VISIBLE_DEVICES=void", "CONTAINER_API_KEY=" + i.Plan.APIKey,
		"VAST_TCP_PORT_8081=" + strconv.Itoa(i.Plan.External(8081, model.TCP)),
		"VAST_UDP_PORT_8082=" + strconv.Itoa(i.Plan.External(8082, model.UDP)),
		"VAST_TCP_PORT_70000=" + strconv.Itoa(i.Plan.External(70000, model.TCP)),
	} {
		if !strings.Contains("\n"+env, "\n"+line+"\n") {
			t.Errorf("inside, %q is not set; the variables are\n%s", line, env)
		}
	}
	if key := execute(t, b, i.ID, "cat", "/root/.vast_api_key"); key != i.Plan.APIKey {
		t.Errorf("the key file says %q", key)
	}
	if pair := execute(t, b, i.ID, "cat", "/etc/instance.crt", "/etc/instance.key"); strings.Count(pair, "-----BEGIN") != 2 {
		t.Errorf("the certificate pair is %q", pair)
	}
}

// cgroupFiles returns the kernel's files that show a share, and their expected content.
func cgroupFiles(s model.Share, pid int, t *testing.T) map[string]string {
	t.Helper()
	v1 := map[string]map[string]string{
		"cpu": {"cpu.shares": strconv.Itoa(s.CPUShares)},
		"memory": {
			"memory.limit_in_bytes":      strconv.FormatInt(pages(s.MemoryMax), 10),
			"memory.soft_limit_in_bytes": strconv.FormatInt(pages(s.Memory), 10),
		},
		"pids": {"pids.max": strconv.Itoa(s.Pids)},
	}
	files := map[string]string{}
	for line := range strings.Lines(readFile(t, "/proc/"+strconv.Itoa(pid)+"/cgroup")) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if part[0] == "0" && part[1] == "" {
			if dir := filepath.Join("/sys/fs/cgroup", part[2]); exists(filepath.Join(dir, "memory.max")) {
				files[filepath.Join(dir, "memory.max")] = strconv.FormatInt(pages(s.MemoryMax), 10)
				files[filepath.Join(dir, "memory.low")] = strconv.FormatInt(pages(s.Memory), 10)
				files[filepath.Join(dir, "pids.max")] = strconv.Itoa(s.Pids)
			}
			continue
		}
		for controller := range strings.SplitSeq(part[1], ",") {
			for name, want := range v1[controller] {
				files[filepath.Join("/sys/fs/cgroup", controller, part[2], name)] = want
			}
		}
	}
	if len(files) < 3 {
		t.Fatalf("process %d: found only %v", pid, files)
	}
	return files
}

// pages rounds down to whole pages of 4096 bytes, as the kernel does.
func pages(b model.Bytes) int64 { return int64(b) / 4096 * 4096 }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	check(t, err)
	return string(b)
}

// execute runs a command in an instance, and returns its output.
func execute(t *testing.T, b *bench, id model.InstanceID, command ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	code, err := b.Exec(ctx, id, command, nil, &out, &errs)
	check(t, err)
	if code != 0 {
		t.Fatalf("%v: exit code %d: %s", command, code, errs.String())
	}
	return out.String()
}

// After a kill and after an orderly restart of the engine, berth starts the instances again.
func TestInstancesComeBackAfterTheirEngine(t *testing.T) {
	p := enginetest.Private(t, enginetest.PrivateOptions{})
	b := newBench(t, t.TempDir(), p.Docker).run()
	i := b.untilPhase(b.launch(model.Order{Image: enginetest.Image(t, p.Docker), Mode: model.ModeEntrypoint, GPUs: 1, Disk: 10}).ID, model.PhaseRunning)
	for name, outage := range map[string]func(){
		"restarted in good order": p.Restart,
		"killed": func() {
			p.Kill()
			p.Start()
		},
		"rebooted": p.Reboot,
	} {
		before, err := p.Docker.Inspect(t.Context(), i.Container)
		check(t, err)
		outage()
		deadline := time.Now().Add(time.Minute)
		for {
			now, err := p.Docker.Inspect(t.Context(), i.Container)
			if err == nil && now.Alive() && now.StartedAt.After(before.StartedAt) {
				break
			}
			if time.Now().After(deadline) {
				got, _ := b.parts.Ledger.Instance(t.Context(), i.ID)
				w, _ := b.Last()
				t.Fatalf("%s: not back: the engine says %s (%v), the ledger %s (%s); it started %v and ended %v, the outage was %+v",
					name, now.State, err, got.Phase, got.Message, now.StartedAt, now.FinishedAt, w.Outage)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if back := b.untilPhase(i.ID, model.PhaseRunning); !equal(back.GPUs, i.GPUs) {
			t.Errorf("%s: it came back on %v, want %v", name, back.GPUs, i.GPUs)
		}
	}
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
}
