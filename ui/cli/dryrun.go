package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui/theme"
)

// A prospect is what an order would get now, by the rules that decide a launch.
type prospect struct {
	order model.Order
	plan  model.Plan
	fleet model.Fleet
}

// prospectOf works out what an order would get, and what is wrong with it.
func prospectOf(ctx context.Context, m Backend, o model.Order) (prospect, model.Faults, error) {
	f, err := m.Fleet(ctx)
	if err != nil {
		return prospect{}, nil, err
	}
	account, err := m.Account(ctx)
	if err != nil {
		return prospect{}, nil, err
	}
	plan, faults := model.Propose(o, model.CapacityOf(f, account))
	return prospect{o.WithDefaults(), plan, f.For(m.Screen().User)}, faults, nil
}

// dryRun prints what a launch would get. Nothing is written down.
func (f *orderFlags) dryRun(p *program, c *cobra.Command, m Backend) error {
	o, err := f.order(c, m)
	if err != nil {
		return err
	}
	would, faults, err := prospectOf(c.Context(), m, o)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return f.named(c, faults)
	case p.json:
		return p.printJSON(c.OutOrStdout(), would.wire())
	}
	say(c, "nothing is launched: this is what it would get now")
	s := newSheet(c)
	for _, row := range would.sheet() {
		s.note(row[0], row[1])
	}
	return s.flush()
}

// sheet is what it would get, a name and its words.
func (w prospect) sheet() [][2]string {
	share := w.plan.Share
	gpus := "none: a CPU instance"
	if len(w.plan.GPUs) > 0 {
		gpus = strings.Join(append([]string{model.NameGPUs(w.fleet.Devices, w.plan.GPUs)}, w.plan.WhyGPUs...), ", ")
	}
	rows := [][2]string{
		{"image", theme.Text(w.order.Image)},
		{"mode", string(w.order.Mode)},
		{"GPUs", gpus},
		{"share", fmt.Sprintf("%.3g of the machine: %.3g cores, %s RAM, %s shm", share.Fraction, share.Cores, share.Memory.Binary(), share.Shm.Binary())},
		{"disk", fmt.Sprintf("%s (%s)", w.plan.Disk, diskHeld(w.plan))},
		{"ports", w.ports()},
		{"variables", strings.Join(w.variables(), ", ")},
		{"host name", w.plan.Hostname},
		{"docker run", model.DockerRun(w.order, w.plan)},
	}
	if w.order.Mode.Launcher() {
		rows = append(rows[:7:7], append([][2]string{{"SSH keys", fmt.Sprint(len(w.plan.Keys))}}, rows[7:]...)...)
	}
	for n := range rows {
		if rows[n][1] == "" {
			rows[n][1] = model.Unknown
		}
	}
	return rows
}

// ports are those inside, a line each, with the variables that say where they are reached.
func (w prospect) ports() string {
	var lines []string
	for _, port := range w.plan.Ports {
		lines = append(lines, fmt.Sprintf("%s as %s", port, port.Variable()))
	}
	return strings.Join(append(lines, "and what the image EXPOSEs, each on a random port of this machine"), "\n")
}

// variables are the names that are set; their values may be secrets.
func (w prospect) variables() []string {
	names := []string{}
	for _, v := range w.plan.Env {
		names = append(names, theme.Text(v.Name))
	}
	return names
}

// A wireProspect is what an order would get, as `launch --dry-run --json` prints it.
type wireProspect struct {
	Image     string      `json:"image"`
	Mode      model.Mode  `json:"mode"`
	GPUs      []int       `json:"gpus"`
	GPUIDs    []string    `json:"gpu_ids"`
	Why       []string    `json:"why"`
	Fraction  float64     `json:"fraction"`
	Cores     float64     `json:"cpu_cores"`
	Memory    model.Bytes `json:"memory"`
	Shm       model.Bytes `json:"shm"`
	Disk      model.Bytes `json:"disk"`
	DiskHold  string      `json:"disk_hold"`
	Ports     []string    `json:"ports"`
	Variables []string    `json:"variables"`
	Hostname  *string     `json:"hostname"`
	Keys      int         `json:"ssh_keys"`
}

func (w prospect) wire() wireProspect {
	share := w.plan.Share
	out := wireProspect{
		Image: w.order.Image, Mode: w.order.Mode, GPUs: []int{}, GPUIDs: []string{}, Why: append([]string{}, w.plan.WhyGPUs...),
		Fraction: share.Fraction, Cores: share.Cores, Memory: share.Memory, Shm: share.Shm, Disk: w.plan.Disk,
		DiskHold: string(w.plan.DiskHold), Ports: []string{}, Variables: w.variables(), Keys: len(w.plan.Keys),
	}
	out.GPUs = append(out.GPUs, gpuIndexes(w.fleet, model.Instance{GPUs: w.plan.GPUs})...)
	for _, id := range w.plan.GPUs {
		out.GPUIDs = append(out.GPUIDs, string(id))
	}
	for _, port := range w.plan.Ports {
		out.Ports = append(out.Ports, port.String())
	}
	if w.plan.Hostname != "" {
		out.Hostname = &w.plan.Hostname
	}
	return out
}
