package metrics

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"berth/model"
)

// A collector makes metrics of the newest fleet.
type collector struct {
	e     *Exporter
	fleet func() (model.Fleet, bool)
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("berth_"+name, help, labels, nil)
}

var (
	up         = desc("up", "Whether the keeper knows the machine: 1, or 0 before its first look.")
	engineUp   = desc("engine_up", "Whether the container engine answers.")
	driverUp   = desc("driver_up", "Whether the GPU driver answers.")
	gpuHolder  = desc("gpu_holder", "Who has each GPU; always 1.", "gpu", "uuid", "model", "kind", "owner", "instance")
	gpuHealthy = desc("gpu_healthy", "Whether a GPU may be given out as far as its health goes.", "gpu", "model")
	gpuUse     = desc("gpu_utilization_ratio", "Part of the time in which a GPU computed.", "gpu", "model")
	gpuMemory  = desc("gpu_memory_used_bytes", "Memory in use on a GPU.", "gpu", "model")
	gpuTotal   = desc("gpu_memory_bytes", "Memory of a GPU.", "gpu", "model")
	gpuTemp    = desc("gpu_temperature_celsius", "Temperature of a GPU.", "gpu", "model")
	gpuPower   = desc("gpu_power_watts", "Power that a GPU draws.", "gpu", "model")
	gpuIdle    = desc("gpu_idle_seconds", "For how long nothing has computed on a GPU.", "gpu", "model")
	gpuSlowed  = desc("gpu_slowed", "What keeps a GPU's clocks low; always 1, left out if nothing does.", "gpu", "model", "reason")
	gpuErrors  = desc("gpu_memory_errors", "Errors of a GPU's memory that couldn't be corrected since the driver was loaded.", "gpu", "model")
	gpuXids    = desc("gpu_xid_events", "Reports of the driver about a GPU that are on record.", "gpu", "model", "xid")
	instances  = desc("instances", "Instances by phase and owner.", "phase", "owner")
	leased     = desc("gpus_leased", "GPUs that an owner's instances hold.", "owner")
	promised   = desc("disk_promised_bytes", "Disk that is promised to instances and volumes.")
	disk       = desc("disk_bytes", "Size of the file system that the engine keeps its data on.")
	lineLength = desc("queue_length", "Instances that wait for GPUs of a model.", "model")
	lineWait   = desc("queue_wait_seconds", "For how long the first in line for a model has waited.", "model")
)

// Describe is prometheus.Collector's. What is collected depends on the fleet, so that nothing is described beforehand.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect is prometheus.Collector's.
func (c collector) Collect(out chan<- prometheus.Metric) {
	f, known := c.fleet()
	send(out, up, truth(known))
	if known {
		c.e.launched(f)
	}
	c.e.launches.Collect(out)
	if !known {
		return
	}
	send(out, engineUp, truth(f.Engine.OK))
	send(out, driverUp, truth(f.Driver.OK))
	send(out, promised, float64(f.Host.DiskPromised))
	send(out, disk, float64(f.Host.DiskTotal))
	for _, d := range f.Devices {
		device(out, d, f.At)
	}
	people(out, f)
	for gpuModel, line := range lines(f) {
		send(out, lineLength, float64(len(line)), gpuModel)
		send(out, lineWait, f.At.Sub(line[0].Since).Seconds(), gpuModel)
	}
}

// device is one GPU: who has it, and its readings that are known.
func device(out chan<- prometheus.Metric, d model.Device, now time.Time) {
	gpu := strconv.Itoa(d.Index)
	instance := ""
	if d.Holder.Kind == model.HeldByInstance {
		instance = d.Holder.ID
	}
	send(out, gpuHolder, 1, gpu, string(d.ID), d.Model, string(d.HolderKind()), d.Holder.Owner, instance)
	send(out, gpuHealthy, truth(d.Health.OK), gpu, d.Model)
	if d.Memory > 0 {
		send(out, gpuTotal, float64(d.Memory), gpu, d.Model)
	}
	reading(out, gpuUse, d.Utilization, 0.01, gpu, d.Model)
	reading(out, gpuMemory, d.MemoryUsed, 1, gpu, d.Model)
	reading(out, gpuTemp, d.Temperature, 1, gpu, d.Model)
	reading(out, gpuPower, d.Power, 1, gpu, d.Model)
	if errors, known := d.MemoryErrors.Get(); known {
		send(out, gpuErrors, float64(errors), gpu, d.Model)
	}
	if d.Slowed != "" {
		send(out, gpuSlowed, 1, gpu, d.Model, d.Slowed)
	}
	xids := map[model.Xid]int{}
	for _, e := range d.Events {
		xids[e.Xid]++
	}
	for xid, n := range xids {
		send(out, gpuXids, float64(n), gpu, d.Model, strconv.Itoa(int(xid)))
	}
	switch _, known := d.Utilization.Get(); {
	case !d.IdleSince.IsZero():
		send(out, gpuIdle, now.Sub(d.IdleSince).Seconds(), gpu, d.Model)
	case known:
		send(out, gpuIdle, 0, gpu, d.Model)
	}
}

// reading is a sensor's figure; what isn't known is left out.
func reading[T ~float64 | ~int64](out chan<- prometheus.Metric, d *prometheus.Desc, m model.Maybe[T], unit float64, labels ...string) {
	if v, known := m.Get(); known {
		send(out, d, float64(v)*unit, labels...)
	}
}

// people are instances and GPUs by owner.
func people(out chan<- prometheus.Metric, f model.Fleet) {
	type key struct {
		phase model.Phase
		owner string
	}
	count, gpus := map[key]int{}, map[string]int{}
	for n := range f.Instances {
		i := &f.Instances[n]
		count[key{i.Phase, i.Owner}]++
		gpus[i.Owner] += len(i.GPUs)
	}
	for k, n := range count {
		send(out, instances, float64(n), string(k.phase), k.owner)
	}
	for owner, n := range gpus {
		send(out, leased, float64(n), owner)
	}
}

// lines are who waits, by the model that they wait for; any for those that take any.
func lines(f model.Fleet) map[string]model.Line {
	all := map[string]model.Line{}
	for _, w := range model.LineOf(f.Instances) {
		gpuModel := w.Model
		if gpuModel == "" {
			gpuModel = "any"
		}
		all[gpuModel] = append(all[gpuModel], w)
	}
	return all
}

// send tells one value. Names of owners and models come from elsewhere; a label that is no UTF-8 would spoil the whole answer.
func send(out chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	for n := range labels {
		labels[n] = strings.ToValidUTF8(labels[n], "\ufffd")
	}
	out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
