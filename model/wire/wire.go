// Package wire converts the fleet to the objects of the reference platform's (Vast.ai's) API: what the HTTP API answers and what
// --json prints. Field names and units are the platform's. Unknown values are null. Nothing here makes decisions.
package wire

import (
	"slices"
	"strconv"
	"time"

	"berth/model"
)

// An Instance is an instance in the form of the reference platform's API; --json prints it too. Field names and units
// are the platform's. Unknown values are null.
type Instance struct {
	ID             model.InstanceID `json:"id"`
	ActualStatus   *string          `json:"actual_status"` // null before there is a container
	IntendedStatus string           `json:"intended_status"`
	CurState       string           `json:"cur_state"`
	NextState      string           `json:"next_state"`
	StatusMsg      string           `json:"status_msg"`
	QueuePosition  *int             `json:"queue_position"` // berth's own: 1 is next; null if it doesn't wait for GPUs
	QueueLength    *int             `json:"queue_length"`   // berth's own: how many wait for such GPUs
	Label          *string          `json:"label"`

	NumGPUs int                        `json:"num_gpus"`
	GPUName *string                    `json:"gpu_name"`  // the platform's name
	Driver  *string                    `json:"gpu_model"` // the driver's name; berth's own field
	GPUUtil model.Maybe[model.Percent] `json:"gpu_util"`  // mean of its GPUs
	GPUTemp model.Maybe[model.Celsius] `json:"gpu_temp"`  // of the hottest GPU
	GPURAM  model.Maybe[int64]         `json:"gpu_ram"`   // MiB of one GPU
	GPUFrac model.Maybe[float64]       `json:"gpu_frac"`
	GPUIDs  []model.GPUID              `json:"gpu_uuids"`

	CPUCores          model.Maybe[int]           `json:"cpu_cores"` // of the machine
	CPUCoresEffective model.Maybe[float64]       `json:"cpu_cores_effective"`
	CPURAM            model.Maybe[int64]         `json:"cpu_ram"`    // MB of the machine
	CPUUtil           model.Maybe[model.Percent] `json:"cpu_util"`   // 100 is one core
	MemLimit          model.Maybe[float64]       `json:"mem_limit"`  // GB
	MemUsage          model.Maybe[float64]       `json:"mem_usage"`  // GB
	DiskSpace         model.Maybe[float64]       `json:"disk_space"` // GB
	DiskUsage         model.Maybe[float64]       `json:"disk_usage"` // GB
	DiskUtil          model.Maybe[float64]       `json:"disk_util"`  // 1 is the whole disk
	DiskHold          model.DiskHold             `json:"disk_hold"`  // berth's own field

	ImageUUID    string      `json:"image_uuid"`
	ImageRuntype string      `json:"image_runtype"`
	ImageArgs    []string    `json:"image_args"`
	ExtraEnv     [][2]string `json:"extra_env"` // variables: name, value; ports: "-p 8081:8081", "1"; host name: "-h", name
	OnStart      *string     `json:"onstart"`
	JupyterToken *string     `json:"jupyter_token"`

	Ports           map[string][]Binding `json:"ports,omitempty"` // an object or absent, never null
	PublicIPAddr    *string              `json:"public_ipaddr"`
	LocalIPAddrs    *string              `json:"local_ipaddrs"`
	SSHHost         *string              `json:"ssh_host"`
	SSHPort         *int                 `json:"ssh_port"`
	DirectPortCount int                  `json:"direct_port_count"`
	DirectPortStart int                  `json:"direct_port_start"` // -1, because the ports are no range
	DirectPortEnd   int                  `json:"direct_port_end"`

	StartDate  float64              `json:"start_date"` // seconds since 1970
	Duration   model.Maybe[float64] `json:"duration"`   // seconds it has left; null where nothing ends it
	EndDate    model.Maybe[float64] `json:"end_date"`   // seconds since 1970
	UptimeMins model.Maybe[float64] `json:"uptime_mins"`

	TemplateID     *int64  `json:"template_id"`
	TemplateHashID *string `json:"template_hash_id"`
	TemplateName   *string `json:"template_name"`
	MachineID      int     `json:"machine_id"`
	HostID         int     `json:"host_id"`

	DPHTotal     float64              `json:"dph_total"` // dollars an hour: using one's own machine costs nothing
	InetUp       model.Maybe[float64] `json:"inet_up"`
	InetDown     model.Maybe[float64] `json:"inet_down"`
	Reliability  model.Maybe[float64] `json:"reliability2"`
	Verification *string              `json:"verification"`
	Rentable     bool                 `json:"rentable"`
	Geolocation  *string              `json:"geolocation"`
	StaticIP     bool                 `json:"static_ip"`
}

// A Binding is one external port, with the field names of Docker's API.
type Binding struct {
	HostIP   string `json:"HostIp"`
	HostPort string `json:"HostPort"`
}

// OfInstance converts an instance to the API's form.
func OfInstance(f model.Fleet, i model.Instance) Instance {
	w := Instance{
		ID: i.ID, ActualStatus: orNull(i.ActualStatus()), IntendedStatus: i.IntendedStatus(),
		CurState: curState(i), NextState: i.IntendedStatus(), StatusMsg: i.Message, Label: orNull(i.Label),
		GPUFrac: Positive(i.Plan.Share.Fraction), GPUIDs: i.GPUs,
		CPUCores: Positive(f.Host.Cores), CPUCoresEffective: Positive(i.Plan.Share.Cores), CPURAM: Positive(int64(f.Host.Memory / model.MB)),
		CPUUtil: i.Use.CPU, MemLimit: inGB(i.Plan.Share.MemoryMax), MemUsage: usedGB(i.Use.Memory),
		DiskSpace: Positive(i.Order.Disk), DiskUsage: usedGB(i.Use.Disk), DiskHold: i.Plan.DiskHold,
		ImageUUID: i.Order.Image, ImageRuntype: i.Order.Mode.Runtype(), ImageArgs: i.Order.Args,
		OnStart: orNull(i.Order.OnStart), PublicIPAddr: orNull(f.Host.PublicIP),
		DirectPortCount: len(i.Plan.Ports), DirectPortStart: -1, DirectPortEnd: -1,
		MachineID: 1, HostID: 1, StaticIP: true,
	}
	if i.Order.Name != "" {
		id, hash := nameID(i.Order.Name), templateHash(i.Order.Name)
		w.TemplateID, w.TemplateHashID, w.TemplateName = &id, &hash, &i.Order.Name
	}
	if i.InLine.Number > 0 {
		w.QueuePosition, w.QueueLength = &i.InLine.Number, &i.InLine.Of
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
	w.NumGPUs, w.GPUName, w.Driver = i.GPUCount(), orNull(model.PlatformName(i.Plan.GPUModel)), orNull(i.Plan.GPUModel)
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

// extraEnv returns the ordered variables, ports and host name as pairs. Clients make a dictionary of the pairs, so each
// name occurs only once.
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
	if ends := i.Plan.Time.Ends; !ends.IsZero() && !i.Phase.Settled() {
		w.EndDate, w.Duration = model.Known(float64(ends.UnixMilli())/1000), model.Known(max(ends.Sub(now).Seconds(), 0))
	}
	if slices.Contains([]model.Phase{model.PhaseRunning, model.PhaseConnecting}, i.Phase) && !i.StartedAt.IsZero() {
		w.UptimeMins = model.Known(now.Sub(i.StartedAt).Minutes())
	}
}

// curState returns the API's cur_state: running or stopped.
func curState(i model.Instance) string {
	switch i.Phase {
	case model.PhaseStopped, model.PhaseExited, model.PhaseFailed, model.PhaseLost, model.PhaseScheduling:
		return "stopped"
	default:
		return "running"
	}
}

// A GPU is a GPU as --json prints it. Sizes are in bytes, utilization in percent, power in watts.
type GPU struct {
	Index       int                        `json:"index"`
	UUID        model.GPUID                `json:"uuid"`
	Name        string                     `json:"name"`     // the driver's name
	GPUName     string                     `json:"gpu_name"` // the platform's name
	MemoryTotal model.Maybe[model.Bytes]   `json:"memory_total"`
	MemoryUsed  model.Maybe[model.Bytes]   `json:"memory_used"`
	Utilization model.Maybe[model.Percent] `json:"utilization"`
	Temperature model.Maybe[model.Celsius] `json:"temperature"`
	Power       model.Maybe[model.Watts]   `json:"power"`
	PowerLimit  model.Maybe[model.Watts]   `json:"power_limit"`
	Healthy     bool                       `json:"healthy"`
	Health      *string                    `json:"health"`  // why it isn't healthy
	Unified     bool                       `json:"unified"` // it uses the machine's memory
	Slowed      *string                    `json:"slowed"`
	Errors      model.Maybe[uint64]        `json:"ecc_errors"` // of memory, that couldn't be corrected, since the driver was loaded
	Events      []model.GPUEvent           `json:"xid_events"`
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

// OfGPU converts a device to the form that --json prints.
func OfGPU(d model.Device) GPU {
	g := GPU{
		Index: d.Index, UUID: d.ID, Name: d.Model, GPUName: model.PlatformName(d.Model), MemoryUsed: d.MemoryUsed, Unified: d.Unified,
		Utilization: d.Utilization, Temperature: d.Temperature, Power: d.Power, PowerLimit: d.PowerLimit,
		Healthy: d.Health.OK, Health: orNull(d.Health.Reason),
		Slowed: orNull(d.Slowed), Errors: d.MemoryErrors, Events: append([]model.GPUEvent{}, d.Events...),
		Holder:   Holder{d.HolderKind(), orNull(d.Holder.ID), orNull(d.Holder.Name), orNull(d.Holder.Owner)},
		Obstacle: orNull(d.Obstacle()),
	}
	if d.Memory > 0 {
		g.MemoryTotal = model.Known(d.Memory)
	}
	return g
}

// orNull returns nil for an empty string.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Positive is unknown for 0 of what every machine or order has some of.
func Positive[T int | int64 | float64 | model.Bytes](n T) model.Maybe[T] {
	if n <= 0 {
		return model.Maybe[T]{}
	}
	return model.Known(n)
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
