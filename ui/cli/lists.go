package cli

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/model/wire"
)

// This file has gpus and ls, which list the machine's GPUs and instances.

func gpusCommand(p *program) *cobra.Command {
	list := listGPUs(p, &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "list the GPUs and who has each one", Args: exactly()})
	return listGPUs(p, group("gpus", "list the GPUs and who has each one", list, clearGPUCommand(p)))
}

// listGPUs makes a command list the GPUs.
func listGPUs(p *program, c *cobra.Command) *cobra.Command {
	f := &listFlags{p: p}
	c.Example = "  berth gpus --filter holder=free -o template='{{.uuid}}'"
	c.RunE = func(c *cobra.Command, _ []string) error {
		return f.run(c, func(seen model.Fleet, me string) listing {
			if !seen.Driver.OK {
				say(c, "%s", plain(seen.Driver.Reason))
			}
			return gpuListing(seen, me)
		})
	}
	return f.watchFlag(f.add(c, "gpu", "model", "holder"))
}

// gpuListing returns the GPUs. A GPU's name is its UUID, which launch --gpus accepts.
func gpuListing(f model.Fleet, me string) listing {
	l := listing{
		columns: []col{
			{Title: "GPU", Fit: true}, {Title: "MODEL", Fit: true, Rank: 2}, {Title: "UTIL", Fit: true}, {Title: "MEMORY", Fit: true},
			{Title: "TEMP", Fit: true, Rank: 3}, {Title: "POWER", Fit: true, Rank: 4}, {Title: "HOLDER", Min: 14},
		},
		wide: cols("UUID", "IDLE"),
	}
	for _, d := range f.Devices {
		idle := ""
		if !d.IdleSince.IsZero() {
			idle = model.Age(f.At.Sub(d.IdleSince))
		}
		number, whose := strconv.Itoa(d.Index), d.Holding()+" "+d.Holder.Owner
		wired := wire.OfGPU(d)
		d.Holder.Owner = ownerWord(d.Holder.Owner, me)
		l.rows = append(l.rows, listed{
			name: string(d.ID), object: wired, state: d.Holding(),
			facts: map[string]string{"gpu": number, "model": d.Model, "holder": d.Holding() + " " + whose},
			cells: []string{
				number, d.ShortModel(), d.Utilization.String(), memoryWords(d), d.Temperature.String(), d.Power.String(), d.Holding(),
				string(d.ID), idle,
			},
		})
	}
	return l
}

func lsCommand(p *program) *cobra.Command {
	f := &listFlags{p: p}
	c := &cobra.Command{
		Use: "ls", Aliases: []string{"ps", "list"}, Short: "list the instances", Args: exactly(),
		Example: "  berth ls --filter owner=you --filter status=ready\n  berth stop $(berth ls -q --filter label=sweep)\n" +
			"  berth ls -o template='{{.id}} {{.ssh_host}}:{{.ssh_port}}'",
		RunE: func(c *cobra.Command, _ []string) error {
			return f.run(c, instanceListing)
		},
	}
	c.Flags().BoolP("all", "a", false, "those that don't run too (which are listed anyway)")
	return f.watchFlag(f.add(c, "id", "label", "status", "image", "mode", "gpu", "owner"))
}

// instanceListing returns the instances as the user me sees them.
func instanceListing(f model.Fleet, me string) listing {
	l := listing{
		columns: []col{
			{Title: "ID", Fit: true}, {Title: "LABEL", Min: 6, Good: 16}, {Title: "STATUS", Fit: true}, {Title: "IMAGE", Min: 12, Good: 22, Rank: 3},
			{Title: "MODE", Fit: true, Rank: 5}, {Title: "GPU", Fit: true}, {Title: "DISK", Fit: true, Right: true, Rank: 4},
			{Title: "PORTS", Fit: true, Right: true, Rank: 6}, {Title: "AGE", Fit: true, Right: true, Rank: 1}, {Title: "OWNER", Fit: true},
		},
		wide: cols("CORES", "RAM", "SSH", "MESSAGE"),
	}
	for _, i := range f.Instances {
		l.rows = append(l.rows, listedInstance(f, i, me))
	}
	return l
}

// ownerWord returns "you" for the user's own name.
func ownerWord(owner, me string) string {
	if owner == me {
		return "you"
	}
	return owner
}

// instanceWords is an instance's figures as lists show them.
type instanceWords struct{ owner, age, gpus, cores, memory, ssh string }

func wordsOf(f model.Fleet, i model.Instance, me string) instanceWords {
	w := instanceWords{owner: ownerWord(i.Owner, me), gpus: i.GPUWords(gpuIndexes(f, i)), cores: model.Unknown, memory: model.Unknown}
	if born := i.Born(); !born.IsZero() {
		w.age = model.Age(f.At.Sub(born))
	}
	if cpu, known := i.Use.CPU.Get(); known {
		w.cores = cpu.Cores()
	}
	if memory, known := i.Use.Memory.Get(); known {
		w.memory = memory.Binary()
	}
	if port := i.Plan.External(model.PortSSH, model.TCP); port != 0 && i.Order.Mode.Launcher() {
		w.ssh = model.Address(asSeen(f, me).Host.PublicIP, port)
	}
	return w
}

func listedInstance(f model.Fleet, i model.Instance, me string) listed {
	w := wordsOf(f, i, me)
	return listed{
		name: i.ID.String(), object: wire.OfInstance(f, i), amiss: deviation(i),
		state: fmt.Sprint(i.Label, i.Status(), i.Order.Image, i.Order.Mode, w.gpus, i.Plan.Disk, i.Plan.Ports, i.Owner),
		facts: map[string]string{
			"id": i.ID.String(), "label": i.Label, "status": i.Status(), "image": i.Order.Image, "mode": string(i.Order.Mode),
			"gpu": w.gpus, "owner": w.owner + " " + i.Owner,
		},
		cells: []string{
			i.ID.String(), i.Label, i.Status(), i.Order.Image, string(i.Order.Mode), w.gpus, i.Plan.Disk.String(),
			strconv.Itoa(len(i.Plan.Ports)), w.age, w.owner, w.cores, w.memory, w.ssh, i.Message,
		},
	}
}

// memoryWords formats a GPU's used and total memory.
func memoryWords(d model.Device) string {
	used := model.Unknown
	if b, known := d.MemoryUsed.Get(); known {
		used = b.Binary()
	}
	if d.Memory == 0 {
		return used + "/" + model.Unknown
	}
	return used + "/" + d.Memory.Binary()
}

// gpuIndexes returns the driver's numbers of the GPUs that an instance holds.
func gpuIndexes(f model.Fleet, i model.Instance) []int {
	var numbers []int
	for _, d := range f.Devices {
		if slices.Contains(i.GPUs, d.ID) {
			numbers = append(numbers, d.Index)
		}
	}
	return numbers
}
