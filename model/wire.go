package model

import (
	"slices"
	"strconv"
	"time"
)

// A WireInstance is an instance as clients of the reference platform know one: the API's object, and what
// --json prints. The names and units are theirs. What isn't known is null.
type WireInstance struct {
	ID             InstanceID `json:"id"`
	ActualStatus   *string    `json:"actual_status"` // null before there is a container
	IntendedStatus string     `json:"intended_status"`
	CurState       string     `json:"cur_state"`
	NextState      string     `json:"next_state"`
	StatusMsg      string     `json:"status_msg"`
	Label          *string    `json:"label"`

	NumGPUs int            `json:"num_gpus"`
	GPUName *string        `json:"gpu_name"`
	GPUUtil Maybe[Percent] `json:"gpu_util"` // mean of its GPUs
	GPUTemp Maybe[Celsius] `json:"gpu_temp"` // of the hottest
	GPURAM  Maybe[int64]   `json:"gpu_ram"`  // MB of one GPU
	GPUFrac float64        `json:"gpu_frac"`
	GPUIDs  []GPUID        `json:"gpu_uuids"`

	CPUCores          int            `json:"cpu_cores"` // of the machine
	CPUCoresEffective float64        `json:"cpu_cores_effective"`
	CPURAM            int64          `json:"cpu_ram"`    // MB of the machine
	CPUUtil           Maybe[Percent] `json:"cpu_util"`   // 100 is one core
	MemLimit          Maybe[float64] `json:"mem_limit"`  // GB
	MemUsage          Maybe[float64] `json:"mem_usage"`  // GB
	DiskSpace         float64        `json:"disk_space"` // GB
	DiskUsage         Maybe[float64] `json:"disk_usage"` // GB
	DiskUtil          Maybe[float64] `json:"disk_util"`  // 1 is all of it
	DiskHold          DiskHold       `json:"disk_hold"`  // our own

	ImageUUID    string      `json:"image_uuid"`
	ImageRuntype string      `json:"image_runtype"`
	ImageArgs    []string    `json:"image_args"`
	ExtraEnv     [][2]string `json:"extra_env"` // variables as name and value, flags as "-p 8081:8081" and "1"
	OnStart      *string     `json:"onstart"`
	JupyterToken *string     `json:"jupyter_token"`

	Ports           map[string][]WireBinding `json:"ports,omitempty"` // an object or absent, never null
	PublicIPAddr    *string                  `json:"public_ipaddr"`
	LocalIPAddrs    *string                  `json:"local_ipaddrs"`
	SSHHost         *string                  `json:"ssh_host"`
	SSHPort         *int                     `json:"ssh_port"`
	DirectPortCount int                      `json:"direct_port_count"`
	DirectPortStart int                      `json:"direct_port_start"` // -1: ours are no range
	DirectPortEnd   int                      `json:"direct_port_end"`

	StartDate  float64        `json:"start_date"` // seconds since 1970
	Duration   Maybe[float64] `json:"duration"`   // seconds it has left; nothing here ends by itself
	UptimeMins Maybe[float64] `json:"uptime_mins"`

	TemplateID     *int64  `json:"template_id"`
	TemplateHashID *string `json:"template_hash_id"`
	TemplateName   *string `json:"template_name"`
	MachineID      int     `json:"machine_id"`
	HostID         int     `json:"host_id"`

	DPHTotal     float64        `json:"dph_total"` // dollars an hour: one's own machine costs nothing
	InetUp       Maybe[float64] `json:"inet_up"`
	InetDown     Maybe[float64] `json:"inet_down"`
	Reliability  Maybe[float64] `json:"reliability2"`
	Verification *string        `json:"verification"`
	Rentable     bool           `json:"rentable"`
	Geolocation  *string        `json:"geolocation"`
	StaticIP     bool           `json:"static_ip"`
}

// A WireBinding is one external port in the engine's own spelling.
type WireBinding struct {
	HostIP   string `json:"HostIp"`
	HostPort string `json:"HostPort"`
}

// Wire is the instance as clients of the reference platform know one.
func (f Fleet) Wire(i Instance) WireInstance {
	w := WireInstance{
		ID: i.ID, ActualStatus: orNull(i.ActualStatus()), IntendedStatus: i.IntendedStatus(),
		CurState: i.curState(), NextState: i.IntendedStatus(), StatusMsg: i.Message, Label: orNull(i.Label),
		GPUFrac: i.Plan.Share.Fraction, GPUIDs: i.GPUs,
		CPUCores: f.Host.Cores, CPUCoresEffective: i.Plan.Share.Cores, CPURAM: int64(f.Host.Memory / MB),
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
	if i.Order.Mode == ModeJupyter {
		w.JupyterToken = orNull(i.Plan.JupyterToken())
	}
	if used, known := i.Use.Disk.Get(); known && i.Plan.Disk > 0 {
		w.DiskUtil = Known(float64(used) / float64(i.Plan.Disk))
	}
	f.wireGPUs(i, &w)
	f.wirePorts(i, &w)
	w.wireTimes(i, f.At)
	return w
}

func (f Fleet) wireGPUs(i Instance, w *WireInstance) {
	w.NumGPUs, w.GPUName = i.GPUCount(), orNull(i.Plan.GPUModel)
	var sum Percent
	known := 0
	for _, id := range i.GPUs {
		d, _ := f.Device(id)
		if d.Memory > 0 {
			w.GPURAM = Known(int64(d.Memory / MiB))
		}
		if use, ok := d.Utilization.Get(); ok {
			sum, known = sum+use, known+1
		}
		if t, ok := d.Temperature.Get(); ok {
			w.GPUTemp = Known(max(t, w.GPUTemp.Or(t)))
		}
	}
	if known > 0 {
		w.GPUUtil = Known(sum / Percent(known))
	}
}

func (f Fleet) wirePorts(i Instance, w *WireInstance) {
	w.ExtraEnv = i.extraEnv()
	for _, p := range i.Plan.Ports {
		if p.External == 0 {
			continue
		}
		if w.Ports == nil {
			w.Ports = map[string][]WireBinding{}
		}
		w.Ports[p.String()] = []WireBinding{{"0.0.0.0", strconv.Itoa(p.External)}}
	}
	if ssh := i.Plan.External(PortSSH, TCP); ssh != 0 && i.Order.Mode.Launcher() {
		w.SSHHost, w.SSHPort = orNull(f.Host.PublicIP), &ssh
	}
}

// extraEnv is what was asked for beyond the image, as clients take it for a dictionary: no name comes twice.
func (i Instance) extraEnv() [][2]string {
	pairs := make([][2]string, 0, len(i.Plan.Env)+len(i.Plan.Ports))
	for _, v := range i.Plan.Env {
		pairs = append(pairs, [2]string{v.Name, v.Value})
	}
	for _, p := range i.Plan.Ports {
		if p.From == PortFromOptions {
			pairs = append(pairs, [2]string{"-p " + PortAsk{p.Asked, p.Protocol}.flag(), "1"})
		}
	}
	if i.Plan.Hostname != "" {
		pairs = append(pairs, [2]string{"-h", i.Plan.Hostname})
	}
	return pairs
}

func (w *WireInstance) wireTimes(i Instance, now time.Time) {
	start := i.StartedAt
	if start.IsZero() {
		start = i.AskedAt
	}
	w.StartDate = float64(start.UnixMilli()) / 1000
	if slices.Contains([]Phase{PhaseRunning, PhaseConnecting}, i.Phase) && !i.StartedAt.IsZero() {
		w.UptimeMins = Known(now.Sub(i.StartedAt).Minutes())
	}
}

// curState is what the instance is doing in the platform's two words.
func (i Instance) curState() string {
	switch i.Phase {
	case PhaseStopped, PhaseExited, PhaseFailed, PhaseLost, PhaseScheduling:
		return "stopped"
	default:
		return "running"
	}
}

// A WireGPU is a GPU as --json prints one. Sizes are bytes, utilisation percent, power watts.
type WireGPU struct {
	Index       int            `json:"index"`
	UUID        GPUID          `json:"uuid"`
	Name        string         `json:"name"`
	MemoryTotal Bytes          `json:"memory_total"`
	MemoryUsed  Maybe[Bytes]   `json:"memory_used"`
	Utilization Maybe[Percent] `json:"utilization"`
	Temperature Maybe[Celsius] `json:"temperature"`
	Power       Maybe[Watts]   `json:"power"`
	PowerLimit  Maybe[Watts]   `json:"power_limit"`
	Healthy     bool           `json:"healthy"`
	Health      *string        `json:"health"` // why it isn't healthy
	Holder      WireHolder     `json:"holder"`
}

// A WireHolder is who has a GPU.
type WireHolder struct {
	Kind  HolderKind `json:"kind"`
	ID    *string    `json:"id"`
	Name  *string    `json:"name"`
	Owner *string    `json:"owner"`
}

// Wire is the device as --json prints it.
func (d Device) Wire() WireGPU {
	return WireGPU{
		Index: d.Index, UUID: d.ID, Name: d.Model, MemoryTotal: d.Memory, MemoryUsed: d.MemoryUsed,
		Utilization: d.Utilization, Temperature: d.Temperature, Power: d.Power, PowerLimit: d.PowerLimit,
		Healthy: d.Health.OK, Health: orNull(d.Health.Reason),
		Holder: WireHolder{d.Holder.Kind, orNull(d.Holder.ID), orNull(d.Holder.Name), orNull(d.Holder.Owner)},
	}
}

// orNull is a string that is null when it is empty.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func inGB(b Bytes) Maybe[float64] {
	if b == 0 {
		return Maybe[float64]{}
	}
	return Known(float64(b) / float64(GB))
}

func usedGB(b Maybe[Bytes]) Maybe[float64] {
	if used, known := b.Get(); known {
		return Known(float64(used) / float64(GB))
	}
	return Maybe[float64]{}
}
