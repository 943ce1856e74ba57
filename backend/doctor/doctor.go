// Package doctor says what of a machine works, what doesn't, and what to do about it. It first reads everything once.
// Then each finding is a pure function of what was read. Begin with Examine.
package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"berth/backend/apiport"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/hostpath"
	"berth/backend/world"
	"berth/model"
)

// An examination is everything that was read of the machine, for the findings to judge.
type examination struct {
	w       world.World
	fleet   model.Fleet
	home    string
	ledger  error // the error of reading it
	choice  cdi.Choice
	way     error // the error of finding out how containers get GPUs
	toolkit string
	host    hostFacts
	kernel  kernelLook
	folders []folderLook
	low     model.Maybe[model.Bytes] // the memory that the slice of the instances protects

	strangers []apiport.Stranger // who listen on the API's port
	portless  error              // the error of finding that out
	reach     string             // why instances reach more of the machine than the API
	fenceless error              // the error of finding that out

	silent map[question]bool // what gave no answer in time
}

// A finding is one thing that is looked at.
type finding struct {
	find func(examination) model.Finding
	of   []question // what it is judged by; if one gave no answer, nothing is judged
}

// findings are the findings, in the order of their display.
var findings = []finding{
	{findEngine, whole}, {findStorage, whole}, {findCgroups, whole}, {findProxy, []question{aboutFiles, aboutWorld}}, {findPorts, whole},
	{findAPI, []question{aboutPort}}, {findReach, []question{aboutWorld, aboutPort}}, {findAddress, whole},
	{findState, []question{aboutFiles, aboutWorld}}, {findConfig, whole}, {findFolders, whole}, {findContainers, whole},
	{findKeeper, []question{aboutFiles, aboutWorld}}, {findDriver, whole}, {findToolkit, []question{aboutWorld, aboutToolkit}},
	{findWay, []question{aboutWorld, aboutToolkit}}, {findReload, []question{aboutFiles, aboutWorld}}, {findProc, []question{aboutFiles}},
	{findSubIDs, []question{aboutFiles, aboutWorld}}, {findOthers, whole},
}

// whole are the findings that are judged by the world alone.
var whole = []question{aboutWorld}

// Parts are what an examination asks. All are required.
type Parts struct {
	Home   string
	Keeper func() int // the keeper's process id; 0: none
	// Look returns what is, and the fleet that people are shown of it.
	Look     func(ctx context.Context) (world.World, model.Fleet, error)
	Handover Handover
	Port     Port
}

// A Port is the API's port.
type Port interface {
	// Strangers are other users who listen where the API should.
	Strangers(ctx context.Context) ([]apiport.Stranger, error)
	// Reach is why instances reach more of the machine than the API; empty if they don't.
	Reach(ctx context.Context) (why string, err error)
}

// A Handover tells how GPUs get into containers on this machine.
type Handover interface {
	Way(ctx context.Context) (cdi.Choice, error)
	Toolkit(ctx context.Context) string
}

// Examine examines the machine: what berth needs, whether it works here, and what to do if it doesn't. It changes
// nothing. All questions are asked at once, and have one deadline.
func Examine(ctx context.Context, p Parts) []model.Finding {
	x := ask(ctx, questions(p))
	x.home = p.Home
	out := make([]model.Finding, len(findings))
	for n, f := range findings {
		out[n] = f.find(x)
		for _, q := range f.of {
			if x.silent[q] {
				out[n] = unanswered(out[n].Name, q)
				break
			}
		}
	}
	return out
}

func pass(name, format string, args ...any) model.Finding {
	return model.Finding{Name: name, Verdict: model.VerdictOK, Detail: fmt.Sprintf(format, args...)}
}

func warn(name, fix, format string, args ...any) model.Finding {
	return model.Finding{Name: name, Verdict: model.VerdictWarn, Detail: fmt.Sprintf(format, args...), Fix: fix}
}

func fail(name, fix, format string, args ...any) model.Finding {
	return model.Finding{Name: name, Verdict: model.VerdictFail, Detail: fmt.Sprintf(format, args...), Fix: fix}
}

// withoutEngine is the finding of something that only the engine can tell.
func withoutEngine(name string) model.Finding {
	return warn(name, "the engine first", "unknown while the engine doesn't answer")
}

func findEngine(x examination) model.Finding {
	const name = "engine"
	f := x.w.Facts
	switch {
	case !x.w.Engine.OK:
		return fail(name, cmp.Or(x.w.Engine.Todo, "see what it says: docker info"), "%s", x.w.Engine.Cause())
	case !f.Local:
		return warn(name, "run berth on the engine's own machine", "Docker %s at %s, which is another machine: its GPUs, "+
			"files and processes can't be seen from here", f.Version, f.Host)
	}
	return pass(name, "Docker %s (API %s) at %s", f.Version, f.APIVersion, f.Host)
}

// findFolders checks whether the folders that the machine's owner lists can be given to instances. Those by user are
// checked at each start.
func findFolders(x examination) model.Finding {
	const name = "folders"
	var wrong, open []string
	for _, f := range x.folders {
		switch {
		case f.err != nil:
			wrong = append(wrong, fmt.Sprintf("%s can't be given: %v", f.name, f.err))
		case f.writable && f.setuid:
			open = append(open, f.name)
		}
	}
	switch {
	case len(wrong) > 0:
		return fail(name, "make it, as root and below folders that only root may write in, or take it out of the configuration", "%s", strings.Join(wrong, "; "))
	case len(open) > 0:
		return warn(name, "mount their file system nosuid,nodev", "root in an instance could leave a program in %s that gives root on this machine",
			strings.Join(open, ", "))
	case len(x.folders) == 0:
		return pass(name, "none is listed")
	}
	return pass(name, "%d can be given", len(x.folders))
}

// A folderLook is what is seen of a folder that the machine's owner lists.
type folderLook struct {
	name             string
	err              error // why it can't be given
	writable, setuid bool  // instances may write in it; programs in it would run with their owner's rights
}

// lookAtFolders looks at the folders whose path is the same for every user.
func lookAtFolders(folders []model.Folder) []folderLook {
	var out []folderLook
	for _, f := range folders {
		path := f.Shared()
		out = append(out, folderLook{f.Name, hostpath.Check(path), f.Mode == model.FolderReadWrite, hostpath.Setuid(path)})
	}
	return out
}

// findConfig reports whether the machine's configuration file has mistakes.
func findConfig(x examination) model.Finding {
	const name = "configuration"
	p := x.fleet.Policy
	if len(p.Faults) > 0 {
		return fail(name, "put it right: berth config check says the same until it is", "nothing new is launched before these are put right: %s",
			strings.Join(p.Faults, "; "))
	}
	return pass(name, "no faults%s", p.Words())
}

func findDriver(x examination) model.Finding {
	const name = "GPU driver"
	devices := x.fleet.Devices
	switch {
	case x.fleet.Host.Simulated != "":
		return pass(name, "none asked: the GPUs are simulated (%s)", x.fleet.Host.Simulated)
	case !x.fleet.Driver.OK:
		const anyway = "; CPU instances work" // the driver's own reason may end with this already
		return warn(name, "install NVIDIA's driver, if this machine has GPUs", "%s%s", strings.TrimSuffix(x.fleet.Driver.Reason, anyway), anyway)
	}
	var sick []string
	for _, d := range devices {
		if !d.Health.OK {
			sick = append(sick, fmt.Sprintf("GPU %d: %s", d.Index, d.Health.Reason))
		}
	}
	if left := gpu.ProcessesLeftOut(x.w.Sample.Driver); left != "" {
		return warn(name, "install a driver of 535.98 or newer", "%s, %s; %s", x.w.Sample.Driver, inventory(devices),
			strings.Join(append(sick, left), "; "))
	}
	if len(sick) > 0 {
		return warn(name, "nvidia-smi -q and the kernel's log (dmesg | grep -i xid) tell more; a reboot may help, and then berth gpus clear GPU where an Xid is named",
			"%s, %s; not given out: %s", x.w.Sample.Driver, inventory(devices), strings.Join(sick, "; "))
	}
	return pass(name, "%s, %s", x.w.Sample.Driver, inventory(devices))
}

// inventory counts the GPUs by model: 8 × H100 80GB.
func inventory(devices []model.Device) string {
	var models []string
	count := map[string]int{}
	for _, d := range devices {
		if count[d.ShortModel()]++; count[d.ShortModel()] == 1 {
			models = append(models, d.ShortModel())
		}
	}
	for n, m := range models {
		models[n] = fmt.Sprintf("%d × %s", count[m], m)
	}
	if len(models) == 0 {
		return "no GPU"
	}
	return strings.Join(models, ", ")
}

func findToolkit(x examination) model.Finding {
	const name = "NVIDIA toolkit"
	const install = "sudo apt-get install nvidia-container-toolkit, best 1.15 or newer, from NVIDIA's own package source"
	switch {
	case x.fleet.Host.Simulated != "":
		return pass(name, "not needed: the GPUs are simulated")
	case x.toolkit == "" && len(x.fleet.Devices) == 0:
		return pass(name, "not installed, and there is no GPU to need it")
	case x.toolkit == "":
		return fail(name, install, "not installed")
	case !cdi.DescribesGPUs(x.toolkit):
		return warn(name, install, "%s, which can't describe GPUs for CDI", x.toolkit)
	case tooOld(x.toolkit, x.w.Sample.Driver) != "":
		return warn(name, "sudo apt-get install nvidia-container-toolkit, "+tooOld(x.toolkit, x.w.Sample.Driver)+" or newer, from NVIDIA's own package source",
			"%s, which is older than driver %s wants: it may leave out some of its libraries", x.toolkit, x.w.Sample.Driver)
	}
	return pass(name, "%s", x.toolkit)
}

func findWay(x examination) model.Finding {
	const name = "handing in"
	switch {
	case x.way != nil && !x.w.Engine.OK:
		return withoutEngine(name)
	case x.way != nil:
		return fail(name, "see what the toolkit says: nvidia-ctk cdi generate", "%v", x.way)
	case x.choice.Way == cdi.WayFixed:
		return warn(name, "Docker 25.0 or newer with its CDI feature on, or nvidia-container-toolkit 1.14 or newer with its "+
			"runtime registered (nvidia-ctk runtime configure)", "%s", x.choice.Why)
	case x.choice.Way == cdi.WayNone && len(x.fleet.Devices) > 0 && x.fleet.Host.Simulated == "":
		return fail(name, "install nvidia-container-toolkit, and run berth on the engine's own machine", "%s", x.choice.Why)
	case x.choice.Way == cdi.WayNone && x.fleet.Host.Simulated == "":
		return pass(name, "there is no GPU to give")
	}
	return pass(name, "%s: %s", x.choice.Way, x.choice.Why)
}

// findContainers says which containers of berth's have no instance, because their labels can't be read.
func findContainers(x examination) model.Finding {
	const name = "containers"
	switch {
	case !x.w.Engine.OK:
		return withoutEngine(name)
	case len(x.fleet.Unread) > 0:
		return warn(name, "copy out what is needed (docker cp), then docker rm as it says", "%s", strings.Join(x.fleet.Unread, "; "))
	}
	return pass(name, "each of berth's is an instance")
}

// findOthers says who else is on the GPUs, and who could be.
func findOthers(x examination) model.Finding {
	const name = "others"
	var on []string
	clash, unseen := false, false
	for _, d := range x.fleet.Devices {
		switch d.Holder.Kind {
		case model.HeldInConflict:
			clash = true
			on = append(on, fmt.Sprintf("GPU %d: %s", d.Index, d.Holder))
		case model.HeldByContainer, model.HeldByProcess, model.HeldByUnknown:
			on = append(on, fmt.Sprintf("GPU %d: %s", d.Index, d.Holder))
		case model.HeldByNobody, model.HeldByInstance, model.HeldByIllness, model.HeldForWaiter, model.HeldForReservation:
			if d.HolderKind() == model.HeldByUnknown {
				unseen = true
				on = append(on, fmt.Sprintf("GPU %d: %s", d.Index, d.Obstacle()))
			}
		}
	}
	slices.Sort(on)
	if watchers := gpu.PrivilegedNames(x.w.Foreign()); len(watchers) > 0 {
		on = append(on, "privileged containers could use any GPU: "+strings.Join(watchers, ", "))
	}
	switch {
	case clash:
		return warn(name, "ask them to stop, or stop the instance: berth kills nobody", "%s", strings.Join(on, "; "))
	case unseen:
		return warn(name, "sudo fuser -v /dev/nvidia* names who has them open; one that nobody has open needs a reset "+
			"(sudo nvidia-smi --gpu-reset -i N)", "%s", strings.Join(on, "; "))
	case len(on) > 0:
		return pass(name, "%s", strings.Join(on, "; "))
	}
	return pass(name, "nobody else is on the GPUs")
}
