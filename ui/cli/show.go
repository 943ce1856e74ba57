package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/model/wire"
)

// This file has show and ports, which read once and change nothing.

func showCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "show INSTANCE", Short: "show everything about an instance", Args: exactly("INSTANCE"), ValidArgsFunction: p.completeInstances,
		RunE: func(c *cobra.Command, args []string) error {
			return p.withInstance(c, args[0], func(s Screen, f model.Fleet, i model.Instance) error {
				if p.json {
					return p.printJSON(c.OutOrStdout(), wire.OfInstance(f, i))
				}
				f = asSeen(f, s.User)
				t := newSheet(c)
				t.row(i.ID, i.Label)
				for _, row := range details(f, i) {
					t.row(row[0], row[1])
				}
				for _, l := range model.Distinct(model.Links(i, f.Host.PublicIP)) {
					t.note(l.Name, l.Text)
				}
				return t.flush()
			})
		},
	})
}

// deviation returns a sentence if an instance isn't in the ordered state. A table has no room for it. It is empty if
// all is well.
func deviation(i model.Instance) string {
	if i.NoJupyter() != "" || i.Standing != "" || i.Phase == model.PhaseFailed || i.Phase == model.PhaseLost {
		return fmt.Sprintf("%s %s: %s", i.ID, i.Status(), i.Message)
	}
	return ""
}

// details returns the rows of show: a name and a text.
func details(f model.Fleet, i model.Instance) [][2]string {
	s := i.Plan.Share
	cores, memory, shm := s.Words()
	return [][2]string{
		{"status", i.Status()},
		{"message", i.Message},
		{"owner", i.Owner},
		{"image", i.Order.Image},
		{"mode", string(i.Order.Mode)},
		{"GPUs", gpuNumbers(f, i)},
		{"share", fmt.Sprintf("%.3g of the machine: %s cores, %s RAM, %s shm", s.Fraction, cores, memory, shm)},
		{"disk", fmt.Sprintf("%s of %s (%s)", i.Use.Disk, i.Plan.Disk, diskHeld(i.Plan))},
		{"data", strings.Join(i.Plan.Data(), "; ")},
		{"options", i.Order.Options},
	}
}

// diskHeld says how the disk limit is kept, and why, if that is an exception.
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
			return p.withInstance(c, args[0], func(s Screen, f model.Fleet, i model.Instance) error {
				if p.json {
					return p.printJSON(c.OutOrStdout(), wirePorts(f, i))
				}
				for _, port := range wirePorts(asSeen(f, s.User), i) {
					if _, err := fmt.Fprintln(c.OutOrStdout(), port.Line); err != nil {
						return err
					}
				}
				return nil
			})
		},
	})
}

// A wirePort is one port mapping as `ports --json` prints it.
type wirePort struct {
	Line     string         `json:"line"`
	IP       *string        `json:"ip"`
	External int            `json:"external"`
	Internal int            `json:"internal"`
	Protocol model.Protocol `json:"protocol"`
	Variable string         `json:"variable"`
}

// wirePorts returns the ports that are leased.
func wirePorts(f model.Fleet, i model.Instance) []wirePort {
	out := []wirePort{}
	var ip *string
	if f.Host.PublicIP != "" {
		ip = &f.Host.PublicIP
	}
	for _, p := range i.Plan.Ports {
		if p.External != 0 {
			out = append(out, wirePort{model.PortLine(f.Host.PublicIP, p), ip, p.External, p.Internal, p.Protocol, p.Variable()})
		}
	}
	return out
}

// watched is a fleet's source, and the user who looks at the fleet.
type watched interface {
	finder
	Screen() Screen
}

// fleet reads everything once, as this user may see it. If the engine doesn't answer it prints a message but returns no
// error, because the ledger still has answers.
func fleet(c *cobra.Command, m watched) (model.Fleet, error) {
	f, err := m.Fleet(c.Context())
	if err == nil && !f.Engine.OK {
		say(c, "engine: %s", f.Engine.Reason)
	}
	for _, unread := range f.Unread {
		say(c, "%s", unread)
	}
	if old, may := m.(interface{ Frozen() error }); may && old.Frozen() != nil {
		say(c, "%v", old.Frozen())
	}
	return f.For(m.Screen().User), err
}

// withInstance passes one instance and its fleet to a command, and the screen's configuration.
func (p *program) withInstance(c *cobra.Command, name string, do func(Screen, model.Fleet, model.Instance) error) error {
	id, err := parseID(name)
	if err != nil {
		return err
	}
	pass := func(s Screen, f model.Fleet) error {
		i, ok := f.Instance(id)
		if !ok {
			return fmt.Errorf("%s: %w", id, model.ErrNoInstance)
		}
		return do(s, f, i)
	}
	if p.globals.Cluster {
		return withCluster(p, func(k Cluster) error {
			f, me, err := clusterFleet(c, k)
			if err != nil {
				return err
			}
			return pass(Screen{User: me}, f)
		})
	}
	return p.with(c.Context(), func(m Backend) error {
		f, err := fleet(c, m)
		if err != nil {
			return err
		}
		return pass(m.Screen(), f)
	})
}

// gpuNumbers formats the driver's numbers of an instance's GPUs.
func gpuNumbers(f model.Fleet, i model.Instance) string {
	numbers := gpuIndexes(f, i)
	if len(numbers) == 0 {
		return fmt.Sprintf("none of %d held", i.GPUCount())
	}
	return model.Ranges(numbers)
}
