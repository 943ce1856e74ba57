// Package wire is the fleet in the words of the reference platform's clients: what the API answers and --json prints.
// Names and units are theirs, what isn't known is null, and nothing here decides anything.
package wire

import (
	"slices"
	"strconv"
	"time"

	"berth/model"
)

// A Instance is an instance as clients of the reference platform know one: the API's object, and what
// --json prints. The names and units are theirs. What isn't known is null.
type Instance struct {
	ID             model.InstanceID `json:"id"`
	ActualStatus   *string          `json:"actual_status"` // null before there is a container
	IntendedStatus string           `json:"intended_status"`
	CurState       string           `json:"cur_state"`
	NextState      string           `json:"next_state"`
	StatusMsg      string           `json:"status_msg"`
	Label          *string          `json:"label"`

	NumGPUs int                        `json:"num_gpus"`
	GPUName *string                    `json:"gpu_name"`  // the platform's
	Driver  *string                    `json:"gpu_model"` // our own: the driver's name
	GPUUtil model.Maybe[model.Percent] `json:"gpu_util"`  // mean of its GPUs
	GPUTemp model.Maybe[model.Celsius] `json:"gpu_temp"`  // of the hottest
	GPURAM  model.Maybe[int64]         `json:"gpu_ram"`   // MB of one GPU
	GPUFrac float64                    `json:"gpu_frac"`
	GPUIDs  []model.GPUID              `json:"gpu_uuids"`

	CPUCores          int                        `json:"cpu_cores"` // of the machine
	CPUCoresEffective float64                    `json:"cpu_cores_effective"`
	CPURAM            int64                      `json:"cpu_ram"`    // MB of the machine
	CPUUtil           model.Maybe[model.Percent] `json:"cpu_util"`   // 100 is one core
	MemLimit          model.Maybe[float64]       `json:"mem_limit"`  // GB
	MemUsage          model.Maybe[float64]       `json:"mem_usage"`  // GB
	DiskSpace         float64                    `json:"disk_space"` // GB
	DiskUsage         model.Maybe[float64]       `json:"disk_usage"` // GB
	DiskUtil          model.Maybe[float64]       `json:"disk_util"`  // 1 is all of it
	DiskHold          model.DiskHold             `json:"disk_hold"`  // our own

	ImageUUID    string      `json:"image_uuid"`
	ImageRuntype string      `json:"image_runtype"`
	ImageArgs    []string    `json:"image_args"`
	ExtraEnv     [][2]string `json:"extra_env"` // variables as name and value, flags as "-p 8081:8081" and "1"
	OnStart      *string     `json:"onstart"`
	JupyterToken *string     `json:"jupyter_token"`

	Ports           map[string][]Binding `json:"ports,omitempty"` // an object or absent, never null
	PublicIPAddr    *string              `json:"public_ipaddr"`
	LocalIPAddrs    *string              `json:"local_ipaddrs"`
	SSHHost         *string              `json:"ssh_host"`
	SSHPort         *int                 `json:"ssh_port"`
	DirectPortCount int                  `json:"direct_port_count"`
	DirectPortStart int                  `json:"direct_port_start"` // -1: ours are no range
	DirectPortEnd   int                  `json:"direct_port_end"`

	StartDate  float64              `json:"start_date"` // seconds since 1970
	Duration   model.Maybe[float64] `json:"duration"`   // seconds it has left; nothing here ends by itself
	UptimeMins model.Maybe[float64] `json:"uptime_mins"`

	TemplateID     *int64  `json:"template_id"`
	TemplateHashID *string `json:"template_hash_id"`
	TemplateName   *string `json:"template_name"`
	MachineID      int     `json:"machine_id"`
	HostID         int     `json:"host_id"`

	DPHTotal     float64              `json:"dph_total"` // dollars an hour: one's own machine costs nothing
	InetUp       model.Maybe[float64] `json:"inet_up"`
	InetDown     model.Maybe[float64] `json:"inet_down"`
	Reliability  model.Maybe[float64] `json:"reliability2"`
	Verification *string              `json:"verification"`
	Rentable     bool                 `json:"rentable"`
	Geolocation  *string              `json:"geolocation"`
	StaticIP     bool                 `json:"static_ip"`
}

// A Binding is one external port in the engine's own spelling.
type Binding struct {
	HostIP   string `json:"HostIp"`
	HostPort string `json:"HostPort"`
}

// OfInstance is the instance as clients of the reference platform know one.
func OfInstance(f model.Fleet, i model.Instance) Instance {
	w := Instance{
		ID: i.ID, ActualStatus: orNull(i.ActualStatus()), IntendedStatus: i.IntendedStatus(),
		CurState: curState(i), NextState: i.IntendedStatus(), StatusMsg: i.Message, Label: orNull(i.Label),
		GPUFrac: i.Plan.Share.Fraction, GPUIDs: i.GPUs,
		CPUCores: f.Host.Cores, CPUCoresEffective: i.Plan.Share.Cores, CPURAM: int64(f.Host.Memory / model.MB),
		CPUUtil: i.Use.CPU, MemLimit: inGB(i.Plan.Share.MemoryMax), MemUsage: usedGB(i.Use.Memory),
		DiskSpace: i.Order.Disk, DiskUsage: usedGB(i.Use.Disk), DiskHold: i.Plan.DiskHold,
		ImageUUID: i.Order.Image, ImageRuntype: i.Order.Mode.Runtype(), ImageArgs: i.Order.Args,
		OnStart: orNull(i.Order.OnStart), PublicIPAddr: orNull(f.Host.PublicIP),
		DirectPortCount: len(i.Plan.Ports), DirectPortStart: -1, DirectPortEnd: -1,
		MachineID: 1, HostID: 1, StaticIP: true,
	}
	if i.Order.Name != "" {
		id, hash := templateID(i.Order.Name), templateHash(i.Order.Name)
		w.TemplateID, w.TemplateHashID, w.TemplateName = &id, &hash, &i.Order.Name
	}
	if w.ImageArgs == nil {
		w.ImageArgs = []string{}
	}
	if i.Order.Mode == model.ModeJupyter {
		w.JupyterToken = orNull(i.Plan.JupyterToken())
	}
	if used, known := i.Use.Disk.Get(); known && i.Plan.Disk > 0 {
		w.DiskUtil = model.Known(float64(used) / float64(i.Plan.Disk))
	}
	w.setGPUs(f, i)
	w.setPorts(f, i)
	w.setTimes(i, f.At)
	return w
}

func (w *Instance) setGPUs(f model.Fleet, i model.Instance) {
	w.NumGPUs, w.GPUName, w.Driver = i.GPUCount(), orNull(PlatformName(i.Plan.GPUModel)), orNull(i.Plan.GPUModel)
	var sum model.Percent
	known := 0
	for _, id := range i.GPUs {
		d, _ := f.Device(id)
		if d.Memory > 0 {
			w.GPURAM = model.Known(int64(d.Memory / model.MiB))
		}
		if use, ok := d.Utilization.Get(); ok {
			sum, known = sum+use, known+1
		}
		if t, ok := d.Temperature.Get(); ok {
			w.GPUTemp = model.Known(max(t, w.GPUTemp.Or(t)))
		}
	}
	if known > 0 {
		w.GPUUtil = model.Known(sum / model.Percent(known))
	}
}

func (w *Instance) setPorts(f model.Fleet, i model.Instance) {
	w.ExtraEnv = extraEnv(i)
	for _, p := range i.Plan.Ports {
		if p.External == 0 {
			continue
		}
		if w.Ports == nil {
			w.Ports = map[string][]Binding{}
		}
		w.Ports[p.String()] = []Binding{{"0.0.0.0", strconv.Itoa(p.External)}}
	}
	if ssh := i.Plan.External(model.PortSSH, model.TCP); ssh != 0 && i.Order.Mode.Launcher() {
		w.SSHHost, w.SSHPort = orNull(f.Host.PublicIP), &ssh
	}
}

// extraEnv is what was asked for beyond the image, as clients take it for a dictionary: no name comes twice.
func extraEnv(i model.Instance) [][2]string {
	pairs := make([][2]string, 0, len(i.Plan.Env)+len(i.Plan.Ports))
	for _, v := range i.Plan.Env {
		pairs = append(pairs, [2]string{v.Name, v.Value})
	}
	for _, p := range i.Plan.Ports {
		if p.From == model.PortFromOptions {
			pairs = append(pairs, [2]string{"-p " + model.PortAsk{Number: p.Asked, Protocol: p.Protocol}.Flag(), "1"})
		}
	}
	if i.Plan.Hostname != "" {
		pairs = append(pairs, [2]string{"-h", i.Plan.Hostname})
	}
	return pairs
}

func (w *Instance) setTimes(i model.Instance, now time.Time) {
	start := i.StartedAt
	if start.IsZero() {
		start = i.AskedAt
	}
	w.StartDate = float64(start.UnixMilli()) / 1000
	if slices.Contains([]model.Phase{model.PhaseRunning, model.PhaseConnecting}, i.Phase) && !i.StartedAt.IsZero() {
		w.UptimeMins = model.Known(now.Sub(i.StartedAt).Minutes())
	}
}

// curState is what the instance is doing in the platform's two words.
func curState(i model.Instance) string {
	switch i.Phase {
	case model.PhaseStopped, model.PhaseExited, model.PhaseFailed, model.PhaseLost, model.PhaseScheduling:
		return "stopped"
	default:
		return "running"
	}
}

// A GPU is a GPU as --json prints one. Sizes are bytes, utilisation percent, power watts.
type GPU struct {
	Index       int                        `json:"index"`
	UUID        model.GPUID                `json:"uuid"`
	Name        string                     `json:"name"`     // the driver's
	GPUName     string                     `json:"gpu_name"` // the platform's
	MemoryTotal model.Maybe[model.Bytes]   `json:"memory_total"`
	MemoryUsed  model.Maybe[model.Bytes]   `json:"memory_used"`
	Utilization model.Maybe[model.Percent] `json:"utilization"`
	Temperature model.Maybe[model.Celsius] `json:"temperature"`
	Power       model.Maybe[model.Watts]   `json:"power"`
	PowerLimit  model.Maybe[model.Watts]   `json:"power_limit"`
	Healthy     bool                       `json:"healthy"`
	Health      *string                    `json:"health"`  // why it isn't healthy
	Unified     bool                       `json:"unified"` // its memory is the machine's
	Holder      Holder                     `json:"holder"`
	Obstacle    *string                    `json:"obstacle"` // why it can't be given out
}

// A Holder is who has a GPU.
type Holder struct {
	Kind  model.HolderKind `json:"kind"`
	ID    *string          `json:"id"`
	Name  *string          `json:"name"`
	Owner *string          `json:"owner"`
}

// OfGPU is the device as --json prints it.
func OfGPU(d model.Device) GPU {
	g := GPU{
		Index: d.Index, UUID: d.ID, Name: d.Model, GPUName: PlatformName(d.Model), MemoryUsed: d.MemoryUsed, Unified: d.Unified,
		Utilization: d.Utilization, Temperature: d.Temperature, Power: d.Power, PowerLimit: d.PowerLimit,
		Healthy: d.Health.OK, Health: orNull(d.Health.Reason),
		Holder:   Holder{d.HolderKind(), orNull(d.Holder.ID), orNull(d.Holder.Name), orNull(d.Holder.Owner)},
		Obstacle: orNull(d.Obstacle()),
	}
	if d.Memory > 0 {
		g.MemoryTotal = model.Known(d.Memory)
	}
	return g
}

// orNull is a string that is null when it is empty.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func inGB(b model.Bytes) model.Maybe[float64] {
	if b == 0 {
		return model.Maybe[float64]{}
	}
	return model.Known(float64(b) / float64(model.GB))
}

func usedGB(b model.Maybe[model.Bytes]) model.Maybe[float64] {
	if used, known := b.Get(); known {
		return model.Known(float64(used) / float64(model.GB))
	}
	return model.Maybe[float64]{}
}
