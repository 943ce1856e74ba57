package uitest

import (
	"fmt"
	"math"
	"time"

	"berth/model"
)

// Now is the time at which the fake fleets start.
var Now = time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)

// Fleet returns a machine with that many GPUs and instances. Instances hold the first GPUs, a process that isn't
// berth's holds the last one, and the rest are free. The first six instances have six different phases.
func Fleet(devices, instances int) model.Fleet {
	f := model.Fleet{
		At: Now,
		Host: model.Host{
			Name: "gpubox", PublicIP: "65.130.162.74", Cores: 128, Memory: 1007 * model.GiB,
			DiskTotal: 7 * model.TB, DiskFree: 5 * model.TB, DiskPromised: 1900 * model.GB,
			EngineVersion: "28.5.2", DriverVersion: "570.86", PortRange: model.DefaultPorts,
			CPU: model.Known(model.Percent(31)), MemoryUsed: model.Known(412 * model.GiB),
		},
		Engine: model.Condition{OK: true, Since: Now},
		Driver: model.Condition{OK: true, Since: Now},
		Keeper: model.KeeperState{Here: true, PID: 1},
	}
	for n := range devices {
		f.Devices = append(f.Devices, device(n, devices))
	}
	for n := range instances {
		f.Instances = append(f.Instances, instance(n))
	}
	free := devices
	for n := range f.Instances {
		i := &f.Instances[n]
		for want := i.Order.GPUs; i.Phase.HoldsGPUs() && want > 0 && free > 2; want-- {
			i.GPUs = append(i.GPUs, f.Devices[devices-free].ID)
			free--
		}
		hold(&f, *i)
	}
	if devices > 1 {
		busy := &f.Devices[devices-1]
		busy.Holder = model.Holder{Kind: model.HeldByProcess, ID: "4242", Name: "python", Owner: "root"}
		busy.Processes = []model.Process{{PID: 4242, User: "root", Command: "python", Memory: model.Known(12 * model.GiB)}}
	}
	move(&f, 0)
	return f
}

// Box returns a machine of several, which has that many GPUs and instances.
func Box(name string, devices, instances int) model.Machine {
	f := Fleet(devices, instances)
	f.Host.Name = name
	return model.Machine{Name: name, Berth: "v1.4", Heard: 1, Link: model.Condition{OK: true, Since: Now}, Account: model.Account{Owner: "you"}, Fleet: f}
}

// Boxes returns three machines, each with that many GPUs and instances, as one.
func Boxes(devices, instances int) model.Fleet {
	return model.Joined([]model.Machine{Box("box1", devices, instances), Box("box2", devices, instances), Box("box3", devices, instances)}, "you")
}

func device(n, of int) model.Device {
	id := gpuID(n)
	links := map[model.GPUID]int{}
	for other := range of {
		if other != n {
			links[gpuID(other)] = 18
		}
	}
	return model.Device{
		GPU: model.GPU{ID: id, Index: n, Minor: n, Model: "NVIDIA H100 80GB HBM3", Memory: 80 * model.GiB, NUMA: n * 2 / max(of, 1),
			PCI: fmt.Sprintf("00000000:%02X:00.0", 0x18+n), Links: links},
		Reading: model.Reading{
			At: Now, Utilization: model.Known(model.Percent(0)), MemoryUsed: model.Known(model.Bytes(0)),
			Temperature: model.Known(model.Celsius(34)), Power: model.Known(model.Watts(71)), PowerLimit: model.Known(model.Watts(700)),
			Clock: model.Known(model.Megahertz(345)), MemoryClock: model.Known(model.Megahertz(2619)), Health: model.Health{OK: true},
		},
		Holder:    model.Holder{Kind: model.HeldByNobody},
		IdleSince: Now.Add(-40 * time.Minute),
	}
}

// cast are the first instances of every fleet, each in another phase. Further instances are running.
var cast = []struct {
	owner, label, image string
	mode                model.Mode
	gpus                int
	phase               model.Phase
}{
	{"maria", "llama-ft", "pytorch/pytorch:2.6.0-cuda12.6", model.ModeJupyter, 4, model.PhaseRunning},
	{"you", "", "vllm/vllm-openai:latest", model.ModeSSH, 1, model.PhaseLoading},
	{"you", "eval", "ubuntu:24.04", model.ModeSSH, 1, model.PhaseStopped},
	{"tanaka", "音声認識", "nvcr.io/nvidia/nemo:24.12", model.ModeSSH, 2, model.PhaseScheduling},
	{"you", "broken", "registry.local/team/nothing:1", model.ModeEntrypoint, 0, model.PhaseFailed},
	{"maria", "sweep", "pytorch/pytorch:2.6.0-cuda12.6", model.ModeEntrypoint, 1, model.PhaseExited},
}

func gpuID(n int) model.GPUID {
	return model.GPUID(fmt.Sprintf("GPU-%08x-0000-0000-0000-000000000000", n))
}

func instance(n int) model.Instance {
	id := model.InstanceID(1009 + n)
	c := cast[0]
	c.owner, c.label, c.gpus, c.mode = []string{"you", "tanaka", "maria"}[n%3], fmt.Sprintf("job-%d", n), 0, model.ModeSSH
	if n < len(cast) {
		c = cast[n]
	}
	i := model.Instance{
		ID: id, Owner: c.owner, Label: c.label, Phase: c.phase, Intent: model.WantRunning,
		Order: model.Order{Image: c.image, Mode: c.mode, GPUs: c.gpus, Disk: 40},
		Plan: model.Plan{Disk: 40 * model.GB, DiskHold: model.DiskWatched,
			Share: model.Share{Fraction: float64(max(c.gpus, 1)) / 8, Cores: 16 * float64(max(c.gpus, 1)),
				Memory: model.Bytes(max(c.gpus, 1)) * 125 * model.GiB}},
		AskedAt: Now.Add(-time.Duration(n) * 7 * time.Hour), CreatedAt: Now.Add(-time.Duration(n) * 7 * time.Hour),
	}
	for p, asked := range []int{22, 8080, 8081} {
		i.Plan.Ports = append(i.Plan.Ports, model.Port{Asked: asked, Internal: asked, External: 20000 + 10*n + p,
			Protocol: model.TCP, From: model.PortFromMode})
	}
	if c.phase != model.PhaseLoading && c.phase != model.PhaseFailed {
		i.Container = fmt.Sprintf("%012x", n+1)
	}
	switch c.phase {
	case model.PhaseRunning:
		i.StartedAt = i.CreatedAt
		i.Use = model.Use{At: Now, CPU: model.Known(model.Percent(412)), Memory: model.Known(201 * model.GiB), Disk: model.Known(12 * model.GB)}
	case model.PhaseLoading:
		i.CreatedAt, i.AskedAt = time.Time{}, Now.Add(-12*time.Second)
		i.Pull = model.Progress{Layers: 12, LayersDone: 5, Bytes: 1900 * model.MB, BytesTotal: 4400 * model.MB, BytesPerSec: 80 * model.MB,
			Detail: []model.LayerProgress{
				{ID: "6f1a2b3c4d5e", Status: "Pull complete", Bytes: 300 * model.MB, Total: 300 * model.MB},
				{ID: "7a8b9c0d1e2f", Status: "Downloading", Bytes: 500 * model.MB, Total: 2100 * model.MB},
				{ID: "0a1b2c3d4e5f", Status: "Extracting", Bytes: 90 * model.MB, Total: 400 * model.MB},
				{ID: "1122334455aa", Status: "Waiting"},
			}}
	case model.PhaseStopped:
		i.Intent, i.StartedAt, i.EndedAt = model.WantStopped, i.CreatedAt, Now.Add(-9*time.Hour)
		i.Use.Disk = model.Known(8 * model.GB)
	case model.PhaseExited:
		i.ExitCode, i.StartedAt, i.EndedAt = model.Known(137), i.CreatedAt, Now.Add(-time.Hour)
	case model.PhaseFailed:
		i.Message = "pull access denied for registry.local/team/nothing, repository does not exist or may require 'docker login'"
	case model.PhaseScheduling:
		i.Message = "waits for 2 GPUs; C.1009 llama-ft (maria) holds 4"
		i.Order.PickGPUs = []model.GPUID{gpuID(0), gpuID(1)} // so that the free ones aren't kept for it
	default: // no other phase is in cast
	}
	return i
}

// Step lets a second pass: readings change, pulls make progress, and an instance whose pull is complete runs.
func (m *Backend) Step() {
	m.Change(func(f *model.Fleet) {
		m.beats++
		f.At = f.At.Add(time.Second)
		f.Engine.Since, f.Driver.Since = f.At, f.At
		move(f, m.beats)
		for n := range f.Instances {
			grow(&f.Instances[n], f.At, m.beats)
		}
	})
}

// move changes the readings, for each GPU at its own pace. GPUs without a holder stay idle.
func move(f *model.Fleet, beat int) {
	for n := range f.Devices {
		d := &f.Devices[n]
		d.At = f.At
		if d.Holder.Kind == model.HeldByNobody {
			d.Utilization, d.MemoryUsed = model.Known(model.Percent(0)), model.Known(model.Bytes(0))
			d.Power, d.Temperature = model.Known(model.Watts(71)), model.Known(model.Celsius(34))
			continue
		}
		swing := math.Sin(float64(beat)/7 + float64(n))
		d.IdleSince = time.Time{}
		d.Utilization = model.Known(model.Percent(math.Round(75 + 22*swing)))
		d.MemoryUsed = model.Known(model.Bytes((60 + 12*swing) * float64(model.GiB)))
		d.Power = model.Known(model.Watts(math.Round(500 + 150*swing)))
		d.Temperature = model.Known(model.Celsius(math.Round(61 + 6*swing)))
	}
}

func grow(i *model.Instance, now time.Time, beat int) {
	switch i.Phase {
	case model.PhaseLoading:
		i.Pull.Bytes = min(i.Pull.Bytes+i.Pull.BytesPerSec, i.Pull.BytesTotal)
		if i.Pull.Bytes == i.Pull.BytesTotal {
			i.Phase, i.CreatedAt, i.StartedAt, i.Container = model.PhaseRunning, now, now, fmt.Sprintf("%012x", i.ID)
		}
	case model.PhaseRunning:
		swing := math.Sin(float64(beat)/5 + float64(i.ID))
		i.Use.At = now
		i.Use.CPU = model.Known(model.Percent(math.Round(400 + 90*swing)))
		i.Use.Memory = model.Known(model.Bytes((200 + 9*swing) * float64(model.GiB)))
	default: // no other phase changes by itself
	}
}
