// Package doctor says what of a machine works, what doesn't, and what to do about it. It looks at everything once and
// judges after that, each finding a pure function.
package doctor

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"berth/backend/apiport"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/world"
	"berth/model"
)

// An examination is what findings are made of: everything is looked at once, and judged after that.
type examination struct {
	w       world.World
	fleet   model.Fleet
	home    string
	ledger  error // reading it
	choice  cdi.Choice
	way     error // finding out how GPUs are handed in
	toolkit string
	host    hostLook
	kernel  kernelLook

	strangers []apiport.Stranger // on the API's port
	portless  error              // finding them out
	reach     string             // why instances reach more of the machine than the API
	fenceless error              // finding that out
}

// findings are made in this order.
var findings = []func(examination) model.Finding{
	findEngine, findStorage, findCgroups, findProxy, findPorts, findAPI, findReach, findAddress,
	findState, findKeeper, findDriver, findToolkit, findWay, findReload, findProc, findSubIDs, findOthers,
}

// Parts are what is asked in an examination. All are required.
type Parts struct {
	Home   string
	Keeper func() int // the process that keeps the machine; 0: none
	// Look is what is, and the fleet that people are shown of it.
	Look     func(ctx context.Context) (world.World, model.Fleet, error)
	Handover Handover
	Port     Port
}

// A Port is where the API is reached.
type Port interface {
	// Strangers are those who listen where the API should.
	Strangers(ctx context.Context) ([]apiport.Stranger, error)
	// Reach is why instances reach more of the machine than the API; empty where they don't.
	Reach(ctx context.Context) (why string, err error)
}

// A Handover tells how GPUs get into containers here.
type Handover interface {
	Way(ctx context.Context) (cdi.Choice, error)
	Toolkit(ctx context.Context) string
}

// Examine looks at the machine: what berth is for, whether it works here, and what to do where it doesn't. It
// changes nothing.
func Examine(ctx context.Context, p Parts) []model.Finding {
	x := examination{home: p.Home, host: lookAtHost(p.Home, p.Keeper()), kernel: lookAtKernel("/", os.Geteuid())}
	x.w, x.fleet, x.ledger = p.Look(ctx)
	x.choice, x.way = p.Handover.Way(ctx)
	x.toolkit = p.Handover.Toolkit(ctx)
	x.strangers, x.portless = p.Port.Strangers(ctx)
	x.reach, x.fenceless = p.Port.Reach(ctx)
	out := make([]model.Finding, len(findings))
	for n, find := range findings {
		out[n] = find(x)
	}
	return out
}

func well(name, format string, args ...any) model.Finding {
	return model.Finding{Name: name, Verdict: model.VerdictOK, Detail: fmt.Sprintf(format, args...)}
}

func warn(name, fix, format string, args ...any) model.Finding {
	return model.Finding{Name: name, Verdict: model.VerdictWarn, Detail: fmt.Sprintf(format, args...), Fix: fix}
}

func fail(name, fix, format string, args ...any) model.Finding {
	return model.Finding{Name: name, Verdict: model.VerdictFail, Detail: fmt.Sprintf(format, args...), Fix: fix}
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
	return well(name, "Docker %s (API %s) at %s", f.Version, f.APIVersion, f.Host)
}

func findDriver(x examination) model.Finding {
	const name = "GPU driver"
	devices := x.fleet.Devices
	switch {
	case x.fleet.Host.Simulated != "":
		return well(name, "none asked: the GPUs are simulated (%s)", x.fleet.Host.Simulated)
	case !x.fleet.Driver.OK:
		const anyway = "; CPU instances work" // a driver that can't be opened says so too
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
		return warn(name, "nvidia-smi -q and the kernel's log (dmesg | grep -i xid) tell more; a reboot may help",
			"%s, %s; not given out: %s", x.w.Sample.Driver, inventory(devices), strings.Join(sick, "; "))
	}
	return well(name, "%s, %s", x.w.Sample.Driver, inventory(devices))
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
	const install = "install nvidia-container-toolkit, best 1.15 or newer"
	switch {
	case x.fleet.Host.Simulated != "":
		return well(name, "not needed: the GPUs are simulated")
	case x.toolkit == "" && len(x.fleet.Devices) == 0:
		return well(name, "not installed, and there is no GPU to need it")
	case x.toolkit == "":
		return fail(name, install, "not installed")
	case !cdi.DescribesGPUs(x.toolkit):
		return warn(name, install, "%s, which can't describe GPUs for CDI", x.toolkit)
	case tooOld(x.toolkit, x.w.Sample.Driver) != "":
		return warn(name, "install nvidia-container-toolkit "+tooOld(x.toolkit, x.w.Sample.Driver)+" or newer",
			"%s, which is older than driver %s wants: it may leave out some of its libraries", x.toolkit, x.w.Sample.Driver)
	}
	return well(name, "%s", x.toolkit)
}

func findWay(x examination) model.Finding {
	const name = "handing in"
	switch {
	case x.way != nil && x.w.Engine.OK:
		return fail(name, "see what the toolkit says: nvidia-ctk cdi generate", "%v", x.way)
	case x.way != nil:
		return fail(name, "the engine first", "%v", x.way)
	case x.choice.Way == cdi.WayFixed:
		return warn(name, "Docker 25.0 or newer with its CDI feature on, or nvidia-container-toolkit 1.14 or newer with its "+
			"runtime registered (nvidia-ctk runtime configure)", "%s", x.choice.Why)
	case x.choice.Way == cdi.WayNone && len(x.fleet.Devices) > 0 && x.fleet.Host.Simulated == "":
		return fail(name, "install nvidia-container-toolkit, and run berth on the engine's own machine", "%s", x.choice.Why)
	case x.choice.Way == cdi.WayNone && x.fleet.Host.Simulated == "":
		return well(name, "there is no GPU to hand in")
	}
	return well(name, "%s: %s", x.choice.Way, x.choice.Why)
}

// findOthers tells who else is on the GPUs, and who could be.
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
		case model.HeldByNobody, model.HeldByInstance, model.HeldByIllness:
			if d.HolderKind() == model.HeldByUnknown {
				unseen = true
				on = append(on, fmt.Sprintf("GPU %d: %s", d.Index, d.Obstacle()))
			}
		}
	}
	slices.Sort(on)
	if watchers := gpu.Onlookers(x.w.Foreign()); len(watchers) > 0 {
		on = append(on, "privileged containers could use any GPU: "+strings.Join(watchers, ", "))
	}
	switch {
	case clash:
		return warn(name, "ask them to stop, or stop the instance: berth kills nobody", "%s", strings.Join(on, "; "))
	case unseen:
		return warn(name, "sudo fuser -v /dev/nvidia* names who has them open; one that nobody has open needs a reset "+
			"(sudo nvidia-smi --gpu-reset -i N)", "%s", strings.Join(on, "; "))
	case len(on) > 0:
		return well(name, "%s", strings.Join(on, "; "))
	}
	return well(name, "nobody else is on the GPUs")
}
