package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/model/wire"
	"berth/ui/theme"
)

// A prospect is what an order would get now. It is computed by the same rules as a launch.
type prospect struct {
	order    model.Order
	plan     model.Plan
	fleet    model.Fleet
	capacity model.Capacity
}

// prospectOf computes what an order would get, and its faults.
func prospectOf(ctx context.Context, m Backend, o model.Order) (prospect, model.Faults, error) {
	f, err := m.Fleet(ctx)
	if err != nil {
		return prospect{}, nil, err
	}
	account, err := m.Account(ctx)
	if err != nil {
		return prospect{}, nil, err
	}
	capacity := model.CapacityOf(f, account)
	plan, faults := model.Propose(o, capacity)
	return prospect{o.WithDefaults(), plan, f.For(m.Screen().User), capacity}, faults, nil
}

// dryRun prints what a launch would get. It stores nothing.
func (f *orderFlags) dryRun(p *program, c *cobra.Command, m Backend) error {
	o, err := f.order(c, m)
	if err != nil {
		return err
	}
	if err := checkFulfillable(c.Context(), m); err != nil {
		return fmt.Errorf("it couldn't be launched: %w", err)
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

// sheet returns the prospect as rows of a name and a text.
func (w prospect) sheet() [][2]string {
	share := w.plan.Share
	cores, memory, shm := share.Words()
	gpus := "none: a CPU instance"
	if len(w.plan.GPUs) > 0 {
		gpus = strings.Join(append([]string{model.NameGPUs(w.fleet.Devices, w.plan.GPUs)}, w.plan.WhyGPUs...), ", ")
	}
	if place, waits := w.order.Waits(w.capacity); waits {
		gpus = fmt.Sprintf("waits for %d: %s", w.order.GPUs, theme.Text(place))
	}
	rows := [][2]string{
		{"image", theme.Text(w.order.Image)},
		{"mode", string(w.order.Mode)},
		{"GPUs", gpus},
		{"share", fmt.Sprintf("%.3g of the machine: %s cores, %s RAM, %s shm", share.Fraction, cores, memory, shm)},
		{"disk", fmt.Sprintf("%s (%s)", w.plan.Disk, diskHeld(w.plan))},
		{"data", theme.Text(strings.Join(w.plan.Data(), "; "))},
		{"time", cmp.Or(w.plan.Time.Promised(w.capacity.At), "until somebody stops it")},
		{"ports", w.ports()},
		{"idle", cmp.Or(w.capacity.Policy.Idle.Promised(w.order), "nobody minds GPUs that rest")},
		{"variables", strings.Join(w.variables(), ", ")},
		{"host name", w.plan.Hostname},
		{"docker run", model.DockerRun(w.order, w.plan)},
	}
	if w.order.Mode.Launcher() {
		rows = append(rows[:8:8], append([][2]string{{"SSH keys", fmt.Sprint(len(w.plan.Keys))}}, rows[8:]...)...)
	}
	for n := range rows {
		if rows[n][1] == "" {
			rows[n][1] = model.Unknown
		}
	}
	return rows
}

// ports returns the internal ports, one line each, with the variables that will contain the external ones.
func (w prospect) ports() string {
	var lines []string
	for _, port := range w.plan.Ports {
		lines = append(lines, fmt.Sprintf("%s as %s", port, port.Variable()))
	}
	return strings.Join(append(lines, "and what the image EXPOSEs, each on a random port of this machine"), "\n")
}

// variables returns the names of the variables that are set. Their values may be secrets.
func (w prospect) variables() []string {
	names := []string{}
	for _, v := range w.plan.Env {
		names = append(names, theme.Text(v.Name))
	}
	return names
}

// A wireProspect is what an order would get, as `launch --dry-run --json` prints it.
type wireProspect struct {
	Image     string                   `json:"image"`
	Mode      model.Mode               `json:"mode"`
	GPUs      []int                    `json:"gpus"`
	GPUIDs    []string                 `json:"gpu_ids"`
	Why       []string                 `json:"why"`
	Fraction  model.Maybe[float64]     `json:"fraction"`
	Cores     model.Maybe[float64]     `json:"cpu_cores"`
	Memory    model.Maybe[model.Bytes] `json:"memory"`
	Shm       model.Maybe[model.Bytes] `json:"shm"`
	Disk      model.Maybe[model.Bytes] `json:"disk"`
	DiskHold  string                   `json:"disk_hold"`
	Data      []string                 `json:"data"`
	Ports     []string                 `json:"ports"`
	Variables []string                 `json:"variables"`
	Hostname  *string                  `json:"hostname"`
	Keys      int                      `json:"ssh_keys"`
}

func (w prospect) wire() wireProspect {
	share := w.plan.Share
	out := wireProspect{
		Image: w.order.Image, Mode: w.order.Mode, GPUs: []int{}, GPUIDs: []string{}, Why: append([]string{}, w.plan.WhyGPUs...),
		Fraction: wire.Positive(share.Fraction), Cores: wire.Positive(share.Cores), Memory: wire.Positive(share.Memory),
		Shm: wire.Positive(share.Shm), Disk: wire.Positive(w.plan.Disk),
		DiskHold: string(w.plan.DiskHold), Ports: []string{}, Data: append([]string{}, w.plan.Data()...), Variables: w.variables(), Keys: len(w.plan.Keys),
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
