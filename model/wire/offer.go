package wire

import "berth/model"

// An Offer is a possible launch as the reference platform's API describes it: this machine with a number of its GPUs.
// Unknown values are null.
type Offer struct {
	ID        int64 `json:"id"`
	Contract  int64 `json:"ask_contract_id"` // the same id under another name
	MachineID int   `json:"machine_id"`
	HostID    int   `json:"host_id"`

	NumGPUs     int                `json:"num_gpus"`
	GPUName     *string            `json:"gpu_name"`      // the platform's name
	Driver      *string            `json:"gpu_model"`     // the driver's name; berth's own field
	GPURAM      model.Maybe[int64] `json:"gpu_ram"`       // MiB of one GPU
	GPUTotalRAM model.Maybe[int64] `json:"gpu_total_ram"` // MiB of all of them
	GPUFrac     float64            `json:"gpu_frac"`

	CPUCores          model.Maybe[int]     `json:"cpu_cores"` // of the machine
	CPUCoresEffective model.Maybe[float64] `json:"cpu_cores_effective"`
	CPURAM            model.Maybe[int64]   `json:"cpu_ram"`    // MB of the machine
	DiskSpace         model.Maybe[float64] `json:"disk_space"` // GB not promised yet
	DriverVersion     *string              `json:"driver_version"`
	PublicIPAddr      *string              `json:"public_ipaddr"`
	DirectPortCount   int                  `json:"direct_port_count"`

	DPHTotal     float64              `json:"dph_total"` // dollars an hour: using one's own machine costs nothing
	DPHBase      float64              `json:"dph_base"`
	MinBid       float64              `json:"min_bid"`
	StorageCost  float64              `json:"storage_cost"`
	InetUp       model.Maybe[float64] `json:"inet_up"`
	InetDown     model.Maybe[float64] `json:"inet_down"`
	Reliability  model.Maybe[float64] `json:"reliability"`
	Reliability2 model.Maybe[float64] `json:"reliability2"`
	CUDAMaxGood  model.Maybe[float64] `json:"cuda_max_good"`
	DLPerf       model.Maybe[float64] `json:"dlperf"`
	Score        model.Maybe[float64] `json:"score"`
	Duration     model.Maybe[float64] `json:"duration"` // seconds; null, because nothing here expires
	Geolocation  *string              `json:"geolocation"`

	// Searches filter by these fields by default, so they have the values that pass: the machine belongs to its users.
	Verified     bool   `json:"verified"`
	Verification string `json:"verification"`
	External     bool   `json:"external"`
	Rentable     bool   `json:"rentable"`
	Rented       bool   `json:"rented"`
	StaticIP     bool   `json:"static_ip"`
}

// offerBase is the distance between the ids of one GPU model's offers and those of the next. No machine has that many
// GPUs.
const offerBase = 1000

// Offers returns what can be launched now. The first offer is the machine without a GPU. Then follows, for each model,
// every number of GPUs that is free, fewest first. The ids stay the same as long as the machine's models do.
func Offers(f model.Fleet) []Offer {
	machine := model.Capacity{Devices: f.Devices}
	units := machine.Units()
	offers := []Offer{offerOf(f, 0, "", units)}
	for n, gpuModel := range machine.Models() {
		free, _ := model.CountOf(units, gpuModel)
		for gpus := 1; gpus <= free; gpus++ {
			o := offerOf(f, gpus, gpuModel, units)
			o.ID += int64(n * offerBase)
			o.Contract = o.ID
			offers = append(offers, o)
		}
	}
	return offers
}

// OrderOf decodes an offer's id to the number and the model of GPUs, whether or not they are free now. It returns false
// if the machine doesn't have that many.
func OrderOf(f model.Fleet, offer int64) (gpus int, gpuModel string, ok bool) {
	if offer == offerBase {
		return 0, "", true
	}
	machine := model.Capacity{Devices: f.Devices}
	units, models := machine.Units(), machine.Models()
	n := offer/offerBase - 1
	if n < 0 || n >= int64(len(models)) {
		return 0, "", false
	}
	gpuModel, gpus = models[n], int(offer%offerBase)
	_, all := model.CountOf(units, gpuModel)
	return gpus, gpuModel, gpus > 0 && gpus <= all
}

func offerOf(f model.Fleet, gpus int, gpuModel string, units []model.Device) Offer {
	o := Offer{
		ID: offerBase + int64(gpus), Contract: offerBase + int64(gpus), MachineID: 1, HostID: 1,
		NumGPUs: gpus, GPUName: orNull(model.PlatformName(gpuModel)), Driver: orNull(gpuModel), CPUCores: Positive(f.Host.Cores), CPURAM: Positive(int64(f.Host.Memory / model.MB)),
		DriverVersion: orNull(f.Host.DriverVersion), PublicIPAddr: orNull(f.Host.PublicIP), DirectPortCount: model.MaxPorts,
		Verified: true, Verification: "verified", Rentable: true, StaticIP: true,
	}
	share := model.ShareOf(f.Host, gpus, len(units), model.DefaultShare)
	o.CPUCoresEffective = Positive(share.Cores)
	if gpus > 0 {
		o.GPUFrac = share.Fraction
	}
	for _, u := range units {
		if u.Model == gpuModel && u.Memory > 0 {
			o.GPURAM = model.Known(int64(u.Memory / model.MiB))
			o.GPUTotalRAM = model.Known(int64(u.Memory/model.MiB) * int64(gpus))
		}
	}
	if left, known := f.Host.DiskLeft().Get(); known {
		o.DiskSpace = model.Known(float64(left) / float64(model.GB))
	}
	return o
}

// OfMachine returns this machine with all GPUs of its first model, free or not, in the API's form.
func OfMachine(f model.Fleet) Offer {
	machine := model.Capacity{Devices: f.Devices}
	units, gpuModel := machine.Units(), ""
	if models := machine.Models(); len(models) > 0 {
		gpuModel = models[0]
	}
	_, all := model.CountOf(units, gpuModel)
	o := offerOf(f, all, gpuModel, units)
	o.ID, o.Contract = 1, 1
	return o
}
