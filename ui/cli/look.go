package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
)

// gpus, ls, show and ports look once and change nothing.

func (p *program) gpus() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "gpus", Short: "list the GPUs and who has each one", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.look(c, func(f model.Fleet) error {
				if p.json {
					wire := make([]model.WireGPU, len(f.Devices))
					for n, d := range f.Devices {
						wire[n] = d.Wire()
					}
					return printJSON(c.OutOrStdout(), wire)
				}
				if !f.Driver.OK {
					_, _ = fmt.Fprintln(c.ErrOrStderr(), f.Driver.Reason)
				}
				t := newTable(c.OutOrStdout(), "GPU", "MODEL", "UTIL", "MEMORY", "TEMP", "POWER", "HOLDER")
				for _, d := range f.Devices {
					t.row(d.Index, d.Model, d.Utilization, memoryWords(d), d.Temperature, d.Power, holderWords(d))
				}
				return t.flush()
			})
		},
	})
}

func (p *program) ls() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "ls", Aliases: []string{"ps"}, Short: "list the instances", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.look(c, func(f model.Fleet) error {
				if p.json {
					wire := make([]model.WireInstance, len(f.Instances))
					for n, i := range f.Instances {
						wire[n] = f.Wire(i)
					}
					return printJSON(c.OutOrStdout(), wire)
				}
				t := newTable(c.OutOrStdout(), "ID", "LABEL", "STATUS", "IMAGE", "MODE", "GPUS", "DISK", "PORTS", "OWNER")
				for _, i := range f.Instances {
					t.row(i.ID, i.Label, i.Status(), i.Order.Image, i.Order.Mode, i.GPUCount(), i.Plan.Disk, len(i.Plan.Ports), i.Owner)
				}
				return t.flush()
			})
		},
	})
}

func (p *program) show() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "show INSTANCE", Short: "show everything about an instance", Args: exactly("INSTANCE"),
		RunE: func(c *cobra.Command, args []string) error {
			return p.lookAt(c, args[0], func(f model.Fleet, i model.Instance) error {
				if p.json {
					return printJSON(c.OutOrStdout(), f.Wire(i))
				}
				t := newTable(c.OutOrStdout(), i.ID.String(), i.Label)
				t.row("status", i.Status())
				t.row("message", i.Message)
				t.row("owner", i.Owner)
				t.row("image", i.Order.Image)
				t.row("mode", i.Order.Mode)
				t.row("GPUs", gpuNumbers(f, i))
				t.row("share", fmt.Sprintf("%.3g of the machine: %.3g cores, %s RAM, %s shm", i.Plan.Share.Fraction, i.Plan.Share.Cores, i.Plan.Share.Memory.Binary(), i.Plan.Share.Shm.Binary()))
				t.row("disk", fmt.Sprintf("%s (%s)", i.Plan.Disk, i.Plan.DiskHold))
				t.row("options", i.Order.Options)
				for _, l := range model.Links(i, f.Machine.PublicIP) {
					t.row(l.Name, strings.ReplaceAll(l.Text, "\n", "\n\t"))
				}
				return t.flush()
			})
		},
	})
}

func (p *program) ports() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "ports INSTANCE", Short: "print IP Port Info: where each port of an instance is reached", Args: exactly("INSTANCE"),
		RunE: func(c *cobra.Command, args []string) error {
			return p.lookAt(c, args[0], func(f model.Fleet, i model.Instance) error {
				if p.json {
					return printJSON(c.OutOrStdout(), wirePorts(f, i))
				}
				for _, port := range i.Plan.Ports {
					if port.External != 0 {
						_, _ = fmt.Fprintln(c.OutOrStdout(), model.PortLine(f.Machine.PublicIP, port))
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

func wirePorts(f model.Fleet, i model.Instance) []wirePort {
	out := []wirePort{}
	for _, p := range i.Plan.Ports {
		if p.External != 0 {
			out = append(out, wirePort{model.PortLine(f.Machine.PublicIP, p), f.Machine.PublicIP, p.External, p.Internal, p.Protocol, p.Variable()})
		}
	}
	return out
}

// look hands a command the fleet of this moment.
func (p *program) look(c *cobra.Command, do func(model.Fleet) error) error {
	return p.with(c.Context(), func(m Machine) error {
		f, err := m.Fleet(c.Context())
		if err != nil {
			return err
		}
		if !f.Engine.OK {
			_, _ = fmt.Fprintln(c.ErrOrStderr(), "engine:", f.Engine.Reason)
		}
		return do(f)
	})
}

// lookAt is look for one instance.
func (p *program) lookAt(c *cobra.Command, name string, do func(model.Fleet, model.Instance) error) error {
	id, err := parseID(name)
	if err != nil {
		return err
	}
	return p.look(c, func(f model.Fleet) error {
		i, ok := f.Instance(id)
		if !ok {
			return fmt.Errorf("%s: %w; `berth ls` shows those there are", id, model.ErrNoInstance)
		}
		return do(f, i)
	})
}

func parseID(name string) (model.InstanceID, error) {
	id, err := model.ParseInstanceID(name)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errUsage, err)
	}
	return id, nil
}

// memoryWords is how much of a GPU's memory is used.
func memoryWords(d model.Device) string {
	used := model.Unknown
	if b, known := d.MemoryUsed.Get(); known {
		used = b.Binary()
	}
	return used + "/" + d.Memory.Binary()
}

func holderWords(d model.Device) string {
	switch {
	case !d.Health.OK:
		return "unhealthy: " + d.Health.Reason
	case d.Holder.Kind == model.HeldByNobody:
		return "free"
	case d.Holder.Kind == model.HeldByInstance:
		return strings.TrimSpace(d.Holder.ID + " " + d.Holder.Name + " " + d.Holder.Owner)
	}
	return fmt.Sprintf("%s %s %s (%s)", d.Holder.Kind, d.Holder.ID, d.Holder.Name, d.Holder.Owner)
}

// gpuNumbers are the indexes of the GPUs an instance holds, as people name them.
func gpuNumbers(f model.Fleet, i model.Instance) string {
	var numbers []string
	for _, d := range f.Devices {
		if slices.Contains(i.GPUs, d.ID) {
			numbers = append(numbers, strconv.Itoa(d.Index))
		}
	}
	if len(numbers) == 0 {
		return fmt.Sprintf("none of %d held", i.GPUCount())
	}
	return strings.Join(numbers, ",")
}

// await watches an instance until until says that it is enough. Fleets from before it was there are left out.
func await(ctx context.Context, m Machine, id model.InstanceID, until func(model.Instance, bool) (bool, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := false
	for f := range receive(ctx, m.Watch(ctx)) {
		i, there := f.Instance(id)
		if seen = seen || there; !seen {
			continue
		}
		if done, err := until(i, there); done || err != nil {
			return err
		}
	}
	return ctx.Err()
}

// receive yields a channel's values until the context ends.
func receive[T any](ctx context.Context, c <-chan T) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case v := <-c:
				if !yield(v) {
					return
				}
			}
		}
	}
}
