package cli

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/model/wire"
)

// gpus, ls, show and ports read once and change nothing.

func gpusCommand(p *program) *cobra.Command {
	f := &listFlags{p: p}
	c := &cobra.Command{
		Use: "gpus", Short: "list the GPUs and who has each one", Args: exactly(),
		Example: "  berth gpus --filter holder=free -o template='{{.uuid}}'",
		RunE: func(c *cobra.Command, _ []string) error {
			return f.run(c, func(seen model.Fleet, _ string) listing {
				if !seen.Driver.OK {
					say(c, "%s", plain(seen.Driver.Reason))
				}
				return gpuListing(seen)
			})
		},
	}
	return f.watchFlag(f.add(c, "gpu", "model", "holder"))
}

// gpuListing are the GPUs as they are listed. Launch takes one by its UUID.
func gpuListing(f model.Fleet) listing {
	l := listing{
		columns: []col{
			{Title: "GPU", Whole: true}, {Title: "MODEL", Whole: true, Rank: 2}, {Title: "UTIL", Whole: true}, {Title: "MEMORY", Whole: true},
			{Title: "TEMP", Whole: true, Rank: 3}, {Title: "POWER", Whole: true, Rank: 4}, {Title: "HOLDER", Min: 14},
		},
		wide: cols("UUID", "IDLE"),
	}
	for _, d := range f.Devices {
		idle := ""
		if !d.IdleSince.IsZero() {
			idle = model.Age(f.At.Sub(d.IdleSince))
		}
		number := strconv.Itoa(d.Index)
		l.rows = append(l.rows, listed{
			name: string(d.ID), object: wire.OfGPU(d), state: d.Holding(),
			facts: map[string]string{"gpu": number, "model": d.Model, "holder": d.Holding()},
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
	return f.watchFlag(f.add(c, "id", "label", "status", "image", "mode", "gpu", "owner"))
}

// instanceListing are the instances as one user reads them.
func instanceListing(f model.Fleet, me string) listing {
	l := listing{
		columns: []col{
			{Title: "ID", Whole: true}, {Title: "LABEL", Min: 6, Good: 16}, {Title: "STATUS", Whole: true}, {Title: "IMAGE", Min: 12, Good: 22, Rank: 3},
			{Title: "MODE", Whole: true, Rank: 5}, {Title: "GPU", Whole: true}, {Title: "DISK", Whole: true, Right: true, Rank: 4},
			{Title: "PORTS", Whole: true, Right: true, Rank: 6}, {Title: "AGE", Whole: true, Right: true, Rank: 1}, {Title: "OWNER", Whole: true},
		},
		wide: cols("CORES", "RAM", "SSH", "MESSAGE"),
	}
	for _, i := range f.Instances {
		l.rows = append(l.rows, listedInstance(f, i, me))
	}
	return l
}

// instanceWords are an instance's figures as lists write them.
type instanceWords struct{ owner, age, gpus, cores, memory, ssh string }

func wordsOf(f model.Fleet, i model.Instance, me string) instanceWords {
	w := instanceWords{owner: i.Owner, gpus: i.GPUWords(gpuIndexes(f, i)), cores: model.Unknown, memory: model.Unknown}
	if i.Owner == me {
		w.owner = "you"
	}
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
		w.ssh = fmt.Sprintf("%s:%d", f.Host.PublicIP, port)
	}
	return w
}

func listedInstance(f model.Fleet, i model.Instance, me string) listed {
	w := wordsOf(f, i, me)
	return listed{
		name: i.ID.String(), object: wire.OfInstance(f, i), amiss: amiss(i),
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

func showCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "show INSTANCE", Short: "show everything about an instance", Args: exactly("INSTANCE"), ValidArgsFunction: p.completeInstances,
		RunE: func(c *cobra.Command, args []string) error {
			return p.withInstance(c, args[0], func(_ Backend, f model.Fleet, i model.Instance) error {
				if p.json {
					return p.printJSON(c.OutOrStdout(), wire.OfInstance(f, i))
				}
				t := newSheet(c)
				t.row(i.ID, i.Label)
				for _, row := range details(f, i) {
					t.row(row[0], row[1])
				}
				for _, l := range model.Links(i, f.Host.PublicIP) {
					t.note(l.Name, l.Text)
				}
				return t.flush()
			})
		},
	})
}

// amiss is why an instance isn't what was asked for, which a table has no room for; empty where it is.
func amiss(i model.Instance) string {
	if i.NoJupyter() != "" || i.Standing != "" || i.Phase == model.PhaseFailed || i.Phase == model.PhaseLost {
		return fmt.Sprintf("%s %s: %s", i.ID, i.Status(), i.Message)
	}
	return ""
}

// details are what there is to say of an instance, a name and its words.
func details(f model.Fleet, i model.Instance) [][2]string {
	s := i.Plan.Share
	return [][2]string{
		{"status", i.Status()},
		{"message", i.Message},
		{"owner", i.Owner},
		{"image", i.Order.Image},
		{"mode", string(i.Order.Mode)},
		{"GPUs", gpuNumbers(f, i)},
		{"share", fmt.Sprintf("%.3g of the machine: %.3g cores, %s RAM, %s shm", s.Fraction, s.Cores, s.Memory.Binary(), s.Shm.Binary())},
		{"disk", fmt.Sprintf("%s of %s (%s)", i.Use.Disk, i.Plan.Disk, diskHeld(i.Plan))},
		{"options", i.Order.Options},
	}
}

// diskHeld is how a disk is held to its size, and why where that is an exception.
func diskHeld(p model.Plan) string {
	if p.DiskWhy == "" {
		return string(p.DiskHold)
	}
	return string(p.DiskHold) + ": " + p.DiskWhy
}

func portsCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "ports INSTANCE", Short: "print IP Port Info: where each port of an instance is reached",
		Args: exactly("INSTANCE"), ValidArgsFunction: p.completeInstances,
		RunE: func(c *cobra.Command, args []string) error {
			return p.withInstance(c, args[0], func(_ Backend, f model.Fleet, i model.Instance) error {
				ports := wirePorts(f, i)
				if p.json {
					return p.printJSON(c.OutOrStdout(), ports)
				}
				for _, port := range ports {
					if _, err := fmt.Fprintln(c.OutOrStdout(), port.Line); err != nil {
						return err
					}
				}
				return nil
			})
		},
	})
}

// A wirePort is one mapping as `ports --json` prints it.
type wirePort struct {
	Line     string         `json:"line"`
	IP       string         `json:"ip"`
	External int            `json:"external"`
	Internal int            `json:"internal"`
	Protocol model.Protocol `json:"protocol"`
	Variable string         `json:"variable"`
}

// wirePorts are the ports that have been leased.
func wirePorts(f model.Fleet, i model.Instance) []wirePort {
	out := []wirePort{}
	for _, p := range i.Plan.Ports {
		if p.External != 0 {
			out = append(out, wirePort{model.PortLine(f.Host.PublicIP, p), f.Host.PublicIP, p.External, p.Internal, p.Protocol, p.Variable()})
		}
	}
	return out
}

// watched is whose eyes a fleet is for, and the fleet.
type watched interface {
	finder
	Screen() Screen
}

// fleet reads everything once, as this user may see it. An engine that doesn't answer is said, and no error: the
// ledger has answers too.
func fleet(c *cobra.Command, m watched) (model.Fleet, error) {
	f, err := m.Fleet(c.Context())
	if err == nil && !f.Engine.OK {
		say(c, "engine: %s", f.Engine.Reason)
	}
	if old, may := m.(interface{ Frozen() error }); may && old.Frozen() != nil {
		say(c, "%v", old.Frozen())
	}
	return f.For(m.Screen().User), err
}

// withInstance hands a command one instance, and the fleet it is in.
func (p *program) withInstance(c *cobra.Command, name string, do func(Backend, model.Fleet, model.Instance) error) error {
	id, err := parseID(name)
	if err != nil {
		return err
	}
	return p.with(c.Context(), func(m Backend) error {
		f, err := fleet(c, m)
		if err != nil {
			return err
		}
		i, ok := f.Instance(id)
		if !ok {
			return fmt.Errorf("%s: %w", id, model.ErrNoInstance)
		}
		return do(m, f, i)
	})
}

// memoryWords is how much of a GPU's memory is used.
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

// gpuIndexes are the driver's numbers of the GPUs that an instance holds.
func gpuIndexes(f model.Fleet, i model.Instance) []int {
	var numbers []int
	for _, d := range f.Devices {
		if slices.Contains(i.GPUs, d.ID) {
			numbers = append(numbers, d.Index)
		}
	}
	return numbers
}

// gpuNumbers are those numbers, as people name GPUs.
func gpuNumbers(f model.Fleet, i model.Instance) string {
	numbers := gpuIndexes(f, i)
	if len(numbers) == 0 {
		return fmt.Sprintf("none of %d held", i.GPUCount())
	}
	return model.Ranges(numbers)
}
