package metrics

import (
	"strconv"
	"time"

	"berth/model"
)

var (
	up         = gauge("berth_up", "Whether the keeper knows the machine: 1, or 0 before its first look.")
	engineUp   = gauge("berth_engine_up", "Whether the container engine answers.")
	driverUp   = gauge("berth_driver_up", "Whether the GPU driver answers.")
	gpuHolder  = gauge("berth_gpu_holder", "Who has each GPU; always 1.", "gpu", "uuid", "model", "kind", "owner", "instance")
	gpuHealthy = gauge("berth_gpu_healthy", "Whether a GPU may be given out as far as its health goes.", "gpu", "model")
	gpuUse     = gauge("berth_gpu_utilization_ratio", "Part of the time in which a GPU computed.", "gpu", "model")
	gpuMemory  = gauge("berth_gpu_memory_used_bytes", "Memory in use on a GPU.", "gpu", "model")
	gpuTotal   = gauge("berth_gpu_memory_bytes", "Memory of a GPU.", "gpu", "model")
	gpuTemp    = gauge("berth_gpu_temperature_celsius", "Temperature of a GPU.", "gpu", "model")
	gpuPower   = gauge("berth_gpu_power_watts", "Power that a GPU draws.", "gpu", "model")
	gpuIdle    = gauge("berth_gpu_idle_seconds", "For how long nothing has computed on a GPU.", "gpu", "model")
	gpuSlowed  = gauge("berth_gpu_slowed", "What keeps a GPU's clocks low; always 1, left out if nothing does.", "gpu", "model", "reason")
	gpuErrors  = gauge("berth_gpu_memory_errors", "Errors of a GPU's memory that couldn't be corrected since the driver was loaded.", "gpu", "model")
	gpuXids    = gauge("berth_gpu_xid_events", "Reports of the driver about a GPU that are on record.", "gpu", "model", "xid")
	instances  = gauge("berth_instances", "Instances by phase and owner.", "phase", "owner")
	leased     = gauge("berth_gpus_leased", "GPUs that an owner's instances hold.", "owner")
	promised   = gauge("berth_disk_promised_bytes", "Disk that is promised to instances and volumes.")
	disk       = gauge("berth_disk_bytes", "Size of the file system that the engine keeps its data on.")
	lineLength = gauge("berth_queue_length", "Instances that wait for GPUs of a model.", "model")
	lineWait   = gauge("berth_queue_wait_seconds", "For how long the first in line for a model has waited.", "model")
	news       = counter("berth_news_total", "News of instances since this keeper began, by kind: ready, failed, exited, memory, idle, time, queue, gpu.", "kind")
	launches   = counter("berth_launches_total", "Instances that were launched since this keeper began.")
)

// collect adds what the newest fleet says.
func (e *Exporter) collect(p page) {
	f, known := e.fleet()
	p.send(up, truth(known))
	if known {
		e.launched(f)
	}
	p.send(launches, float64(e.launches))
	for kind, n := range e.counts {
		p.send(news, float64(n), string(kind))
	}
	if !known {
		return
	}
	p.send(engineUp, truth(f.Engine.OK))
	p.send(driverUp, truth(f.Driver.OK))
	p.send(promised, float64(f.Host.DiskPromised))
	p.send(disk, float64(f.Host.DiskTotal))
	for _, d := range f.Devices {
		device(p, d, f.At)
	}
	people(p, f)
	for gpuModel, line := range lines(f) {
		p.send(lineLength, float64(len(line)), gpuModel)
		p.send(lineWait, f.At.Sub(line[0].Since).Seconds(), gpuModel)
	}
}

// device is one GPU: who has it, and its readings that are known.
func device(p page, d model.Device, now time.Time) {
	gpu := strconv.Itoa(d.Index)
	instance := ""
	if d.Holder.Kind == model.HeldByInstance {
		instance = d.Holder.ID
	}
	p.send(gpuHolder, 1, gpu, string(d.ID), d.Model, string(d.HolderKind()), d.Holder.Owner, instance)
	p.send(gpuHealthy, truth(d.Health.OK), gpu, d.Model)
	if d.Memory > 0 {
		p.send(gpuTotal, float64(d.Memory), gpu, d.Model)
	}
	reading(p, gpuUse, d.Utilization, 0.01, gpu, d.Model)
	reading(p, gpuMemory, d.MemoryUsed, 1, gpu, d.Model)
	reading(p, gpuTemp, d.Temperature, 1, gpu, d.Model)
	reading(p, gpuPower, d.Power, 1, gpu, d.Model)
	if errors, known := d.MemoryErrors.Get(); known {
		p.send(gpuErrors, float64(errors), gpu, d.Model)
	}
	if d.Slowed != "" {
		p.send(gpuSlowed, 1, gpu, d.Model, d.Slowed)
	}
	xids := map[model.Xid]int{}
	for _, e := range d.Events {
		xids[e.Xid]++
	}
	for xid, n := range xids {
		p.send(gpuXids, float64(n), gpu, d.Model, strconv.Itoa(int(xid)))
	}
	switch _, known := d.Utilization.Get(); {
	case !d.IdleSince.IsZero():
		p.send(gpuIdle, now.Sub(d.IdleSince).Seconds(), gpu, d.Model)
	case known:
		p.send(gpuIdle, 0, gpu, d.Model)
	}
}

// reading is a sensor's figure; what isn't known is left out.
func reading[T ~float64 | ~int64](p page, d *metric, m model.Maybe[T], unit float64, labels ...string) {
	if v, known := m.Get(); known {
		p.send(d, float64(v)*unit, labels...)
	}
}

// people are instances and GPUs by owner.
func people(p page, f model.Fleet) {
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
		p.send(instances, float64(n), string(k.phase), k.owner)
	}
	for owner, n := range gpus {
		p.send(leased, float64(n), owner)
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

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
