package backend

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	oci "github.com/opencontainers/runtime-spec/specs-go"
	cdilib "tags.cncf.io/container-device-interface/pkg/cdi"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/gpu/cdi"
	"berth/backend/handover"
	"berth/model"
)

// The parts that this program plays on an older engine, in place of NVIDIA's programs.
const (
	partRuntime = "BERTH_TEST_RUNTIME" // nvidia-container-runtime; the value is the folder of specs
	partHook    = "BERTH_TEST_HOOK"    // nvidia-container-runtime-hook; the value is the folder of device nodes
)

// play plays a part instead of testing, if the environment names one.
func play() {
	var err error
	switch {
	case os.Getenv(partRuntime) != "":
		err = playRuntime(os.Getenv(partRuntime), os.Args[1:])
	case os.Getenv(partHook) != "":
		err = playHook(os.Getenv(partHook), os.Args[1:])
	case os.Getenv(partOrders) != "":
		err = playOrders(os.Getenv(partOrders))
	default:
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// playRuntime is runc with the step that NVIDIA's runtime does before it. When a container is created, which is part of
// each start, it replaces the CDI names in NVIDIA_VISIBLE_DEVICES by what the folder of specs has for them.
func playRuntime(folder string, args []string) error {
	if slices.Contains(args, "create") {
		if err := injectNamed(folder, filepath.Join(after(args, "--bundle"), "config.json")); err != nil {
			complaint := fmt.Sprintf(`{"level":"error","msg":%q}`, err.Error())
			return errors.Join(err, os.WriteFile(after(args, "--log"), []byte(complaint), 0o600))
		}
	}
	runc := exec.Command("runc", args...)
	runc.Stdin, runc.Stdout, runc.Stderr = os.Stdin, os.Stdout, os.Stderr
	return runc.Run()
}

// after returns the argument after a flag.
func after(args []string, flag string) string { return args[slices.Index(args, flag)+1] }

func injectNamed(folder, config string) error {
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	var spec oci.Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	var names []string
	for _, v := range spec.Process.Env {
		if value, set := strings.CutPrefix(v, "NVIDIA_VISIBLE_DEVICES="); set && strings.Contains(value, "=") {
			names = append(names, value)
		}
	}
	cache, err := cdilib.NewCache(cdilib.WithSpecDirs(folder), cdilib.WithAutoRefresh(false))
	if err != nil {
		return err
	}
	if _, err := cache.InjectDevices(&spec, names...); err != nil {
		return fmt.Errorf("could not apply required modification to OCI specification: %w", err)
	}
	if text, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(config, text, 0o600)
}

// playHook is what the engine calls before a container's process if GPUs were requested by UUID: it creates their
// device nodes in the container. If a GPU doesn't exist, the start fails.
func playHook(folder string, args []string) error {
	if len(args) == 0 || args[0] != "prestart" {
		return nil
	}
	var state oci.State
	if err := json.NewDecoder(os.Stdin).Decode(&state); err != nil {
		return err
	}
	var spec oci.Spec
	text, err := os.ReadFile(filepath.Join(state.Bundle, "config.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	root := spec.Root.Path
	if !filepath.IsAbs(root) {
		root = filepath.Join(state.Bundle, root)
	}
	visible := ""
	for _, v := range spec.Process.Env { // the last one counts
		if value, set := strings.CutPrefix(v, "NVIDIA_VISIBLE_DEVICES="); set {
			visible = value
		}
	}
	if visible == "" || visible == "void" {
		return nil
	}
	for uuid := range strings.SplitSeq(visible, ",") {
		n, err := os.ReadFile(filepath.Join(folder, uuid))
		if err != nil {
			return fmt.Errorf("nvidia-container-cli: device error: %s: unknown device", uuid)
		}
		node := filepath.Join(root, "dev", "nvidia"+string(n))
		mknod := exec.Command("nsenter", fmt.Sprintf("--mount=/proc/%d/ns/mnt", state.Pid), "mknod", "-m", "666", node, "c", "1", "3")
		if out, err := mknod.CombinedOutput(); err != nil {
			return fmt.Errorf("mknod: %w: %s", err, out)
		}
	}
	return nil
}

// standIn writes a program with this name that runs this test binary in a part.
func standIn(t *testing.T, name, part, value string) string {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	path := filepath.Join(t.TempDir(), name)
	script := fmt.Sprintf("#!/bin/sh\n%s='%s' exec '%s' \"$@\"\n", part, value, self)
	check(t, os.WriteFile(path, []byte(script), 0o755))
	return path
}

// Engines before 25.0 don't know CDI. If they have NVIDIA's runtime, it reads the specs at each start, so everything
// works as with CDI.
func TestOnOlderEnginesNVIDIAsRuntimeReadsTheSpecs(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "cdi")
	runtime := standIn(t, "nvidia-container-runtime", partRuntime, folder)
	p := enginetest.Private(t, enginetest.PrivateOptions{Args: []string{"--add-runtime", "nvidia=" + runtime}})
	c := newCards(t)
	b := newBench(t, t.TempDir(), p.Docker).with(c, func(p *handover.Parts) {
		p.Choose = func(o cdi.Offer) cdi.Choice {
			o.Toolkit = "1.17.4"
			choice := cdi.Choose(o)
			if choice.Way != cdi.WayRuntime {
				t.Errorf("the way is %s: %s", choice.Way, choice.Why)
			}
			choice.Dir = cdi.Folder(folder) // instead of the machine's own folder
			return choice
		}
	})
	liveOnChangingGPUs(t, b.run(), c, enginetest.Image(t, p.Docker), cdi.Folder(folder), p)
}

// With neither CDI nor the runtime, an instance can start again only on the GPUs that its container was created with.
// While it waits, its message says who has them.
func TestWithoutCDIAndRuntimeAnInstanceWaitsForItsOwnGPUs(t *testing.T) {
	c := newCards(t)
	for n, id := range c.ids() {
		check(t, os.WriteFile(filepath.Join(c.dir, string(id)), []byte(fmt.Sprint(n)), 0o600))
	}
	hook := standIn(t, "nvidia-container-runtime-hook", partHook, c.dir)
	t.Setenv("PATH", filepath.Dir(hook)+":"+os.Getenv("PATH")) // the engine offers GPUs if it finds this program
	p := enginetest.Private(t, enginetest.PrivateOptions{})
	b := newBench(t, t.TempDir(), p.Docker).with(c, func(p *handover.Parts) {
		p.Choose = func(o cdi.Offer) cdi.Choice {
			o.Toolkit = "1.13.5"
			return cdi.Choose(o)
		}
	}).run()
	image := enginetest.Image(t, p.Docker)
	sees := func(i model.Instance) []model.GPUID {
		return c.of(cardNode.FindAllString(execute(t, b, i.ID, "ls", "/dev"), -1))
	}

	i := b.untilPhase(b.launch(resident(image, 2)).ID, model.PhaseRunning)
	if got := sees(i); !model.SameGPUs(got, i.GPUs) {
		t.Fatalf("it has %v, promised are %v", got, i.GPUs)
	}
	b.act(i.ID, model.ActionStop)
	b.untilPhase(i.ID, model.PhaseStopped)
	taker := b.untilPhase(b.launch(picking(image, i.GPUs[1])).ID, model.PhaseRunning)

	b.act(i.ID, model.ActionStart)
	b.until(i.ID, "waiting for the taker", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseScheduling && strings.Contains(now.Message, taker.ID.String()) &&
			strings.Contains(now.Message, "made for")
	})
	if err := b.handover.Hand(t.Context(), withGPUs(i, c.ids()[5:7]), inspect(t, b, i), c.Sample(t.Context()).Devices); err == nil {
		t.Error("a container that was made for certain GPUs may be started for others")
	}
	b.end(taker.ID)
	back := b.untilPhase(i.ID, model.PhaseRunning)
	if got := sees(back); !model.SameGPUs(got, i.GPUs) || !model.SameGPUs(got, back.GPUs) {
		t.Errorf("back on %v, promised are %v, and it was made for %v", got, back.GPUs, i.GPUs)
	}

	b.act(i.ID, model.ActionStop)
	b.untilPhase(i.ID, model.PhaseStopped)
	taker = b.untilPhase(b.launch(picking(image, i.GPUs...)).ID, model.PhaseRunning)
	b.act(i.ID, model.ActionStart)
	b.untilPhase(i.ID, model.PhaseScheduling)
	b.act(i.ID, model.ActionRecycle) // a recycle creates a container for other GPUs
	anew := b.untilPhase(i.ID, model.PhaseRunning)
	if got := sees(anew); !model.SameGPUs(got, anew.GPUs) || anew.Container == i.Container || anew.Plan.APIKey != i.Plan.APIKey {
		t.Errorf("made anew with %v, promised are %v, in container %s", got, anew.GPUs, anew.Container)
	}
	b.end(i.ID)
	b.end(taker.ID)
}

func withGPUs(i model.Instance, gpus []model.GPUID) model.Instance {
	i.GPUs = gpus
	return i
}

func inspect(t *testing.T, b *bench, i model.Instance) *engine.Container {
	t.Helper()
	c, err := b.parts.Engine.Inspect(t.Context(), i.Container)
	check(t, err)
	return &c
}
