package model

// A WireOffer is what can be launched now, as clients of the reference platform know it: this machine, with so
// many of its GPUs. What isn't known is null.
type WireOffer struct {
	ID        int64 `json:"id"`
	Contract  int64 `json:"ask_contract_id"` // the id's other name
	MachineID int   `json:"machine_id"`
	HostID    int   `json:"host_id"`

	NumGPUs     int          `json:"num_gpus"`
	GPUName     *string      `json:"gpu_name"`
	GPURAM      Maybe[int64] `json:"gpu_ram"`       // MB of one
	GPUTotalRAM Maybe[int64] `json:"gpu_total_ram"` // MB of all
	GPUFrac     float64      `json:"gpu_frac"`

	CPUCores          int            `json:"cpu_cores"` // of the machine
	CPUCoresEffective float64        `json:"cpu_cores_effective"`
	CPURAM            int64          `json:"cpu_ram"`    // MB of the machine
	DiskSpace         Maybe[float64] `json:"disk_space"` // GB left to promise
	DriverVersion     *string        `json:"driver_version"`
	PublicIPAddr      *string        `json:"public_ipaddr"`
	DirectPortCount   int            `json:"direct_port_count"`

	DPHTotal     float64        `json:"dph_total"` // dollars an hour: one's own machine costs nothing
	DPHBase      float64        `json:"dph_base"`
	MinBid       float64        `json:"min_bid"`
	StorageCost  float64        `json:"storage_cost"`
	InetUp       Maybe[float64] `json:"inet_up"`
	InetDown     Maybe[float64] `json:"inet_down"`
	Reliability  Maybe[float64] `json:"reliability"`
	Reliability2 Maybe[float64] `json:"reliability2"`
	CUDAMaxGood  Maybe[float64] `json:"cuda_max_good"`
	DLPerf       Maybe[float64] `json:"dlperf"`
	Score        Maybe[float64] `json:"score"`
	Duration     Maybe[float64] `json:"duration"` // seconds it can be had for; nothing here ends by itself
	Geolocation  *string        `json:"geolocation"`

	// A search asks for these unless it is told not to, and they are so: the machine is its users' own.
	Verified     bool   `json:"verified"`
	Verification string `json:"verification"`
	External     bool   `json:"external"`
	Rentable     bool   `json:"rentable"`
	Rented       bool   `json:"rented"`
	StaticIP     bool   `json:"static_ip"`
}

// offerBase sets the offers of one GPU model apart from those of the next: no machine has so many GPUs.
const offerBase = 1000

// Offers are what can be launched now: for each model, every number of GPUs that is free, fewest first; before
// them the machine without any GPU. Their ids stay the same as long as the machine's models do.
func (f Fleet) Offers() []WireOffer {
	units := allocatable(f.Devices)
	offers := []WireOffer{f.offer(0, "", units)}
	for n, gpuModel := range modelsOf(units) {
		free, _ := count(units, gpuModel)
		for gpus := 1; gpus <= free; gpus++ {
			o := f.offer(gpus, gpuModel, units)
			o.ID += int64(n * offerBase)
			o.Contract = o.ID
			offers = append(offers, o)
		}
	}
	return offers
}

// OrderOf reads an offer's id back into the number and model of GPUs, whether or not so many are free; false
// where the machine never had so many.
func (f Fleet) OrderOf(offer int64) (gpus int, gpuModel string, ok bool) {
	if offer == offerBase {
		return 0, "", true
	}
	units := allocatable(f.Devices)
	models := modelsOf(units)
	n := offer/offerBase - 1
	if n < 0 || n >= int64(len(models)) {
		return 0, "", false
	}
	gpuModel, gpus = models[n], int(offer%offerBase)
	_, all := count(units, gpuModel)
	return gpus, gpuModel, gpus > 0 && gpus <= all
}

func (f Fleet) offer(gpus int, gpuModel string, units []Device) WireOffer {
	o := WireOffer{
		ID: offerBase + int64(gpus), Contract: offerBase + int64(gpus), MachineID: 1, HostID: 1,
		NumGPUs: gpus, GPUName: orNull(gpuModel), CPUCores: f.Host.Cores, CPURAM: int64(f.Host.Memory / MB),
		DriverVersion: orNull(f.Host.DriverVersion), PublicIPAddr: orNull(f.Host.PublicIP), DirectPortCount: MaxPorts,
		Verified: true, Verification: "verified", Rentable: true, StaticIP: true,
	}
	share := ShareOf(f.Host, gpus, len(units), DefaultShare)
	o.CPUCoresEffective = share.Cores
	if gpus > 0 {
		o.GPUFrac = share.Fraction
	}
	for _, u := range units {
		if u.Model == gpuModel && u.Memory > 0 {
			o.GPURAM = Known(int64(u.Memory / MiB))
			o.GPUTotalRAM = Known(int64(u.Memory/MiB) * int64(gpus))
		}
	}
	if left, known := f.Host.DiskLeft().Get(); known {
		o.DiskSpace = Known(float64(left) / float64(GB))
	}
	return o
}
