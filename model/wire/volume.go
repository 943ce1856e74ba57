package wire

import (
	"slices"
	"time"

	"berth/model"
)

// A Volume is a volume as the platform's API describes it. Unknown values are null.
type Volume struct {
	ID        int64              `json:"id"`
	Label     string             `json:"label"`
	Owner     string             `json:"owner"`      // berth's own field
	DiskSpace float64            `json:"disk_space"` // GB
	DiskUsage model.Maybe[int64] `json:"disk_usage"` // bytes; berth's own field
	Status    string             `json:"status"`
	StartDate float64            `json:"start_date"` // seconds since 1970
	MachineID int                `json:"machine_id"`
	HostID    int                `json:"host_id"`
	Instances []int64            `json:"instances"` // that have it

	DriverVersion *string              `json:"driver_version"`
	DiskName      *string              `json:"disk_name"`
	InetUp        model.Maybe[float64] `json:"inet_up"`
	InetDown      model.Maybe[float64] `json:"inet_down"`
	Reliability2  model.Maybe[float64] `json:"reliability2"`
	Geolocation   *string              `json:"geolocation"`
	Verification  string               `json:"verification"`
}

// VolumeID is the number that clients know a volume by.
func VolumeID(name string) int64 { return nameID(name) }

// Volumes returns the volumes that a user may use: their own, and those that others share.
func Volumes(f model.Fleet, user string) []Volume {
	out := []Volume{}
	for _, v := range f.Volumes {
		if v.Owner == user || v.Shared {
			out = append(out, volumeOf(f, v))
		}
	}
	return out
}

func volumeOf(f model.Fleet, v model.Volume) Volume {
	w := Volume{
		ID: VolumeID(v.Name), Label: v.Name, Owner: v.Owner, DiskSpace: float64(v.Size) / float64(model.GB), Status: v.State(),
		StartDate: float64(v.CreatedAt.UnixMilli()) / float64(time.Second/time.Millisecond), MachineID: 1, HostID: 1, Instances: []int64{},
		DriverVersion: orNull(f.Host.DriverVersion), Verification: "verified",
	}
	if use, known := v.Use.Get(); known {
		w.DiskUsage = model.Known(int64(use))
	}
	for _, id := range slices.Concat(v.Readers, []model.InstanceID{v.Writer}) {
		if id != 0 {
			w.Instances = append(w.Instances, int64(id))
		}
	}
	return w
}

// A VolumeOffer is the disk of this machine, as a search for volumes lists it.
type VolumeOffer struct {
	ID        int64                `json:"id"`
	MachineID int                  `json:"machine_id"`
	HostID    int                  `json:"host_id"`
	DiskSpace model.Maybe[float64] `json:"disk_space"` // GB not promised yet

	StorageCost   float64              `json:"storage_cost"` // one's own machine costs nothing
	DriverVersion *string              `json:"driver_version"`
	DiskName      *string              `json:"disk_name"`
	InetUp        model.Maybe[float64] `json:"inet_up"`
	InetDown      model.Maybe[float64] `json:"inet_down"`
	Reliability2  model.Maybe[float64] `json:"reliability2"`
	Duration      model.Maybe[float64] `json:"duration"`
	Geolocation   *string              `json:"geolocation"`
	Verification  string               `json:"verification"`
}

// DiskOffer is the number of the only offer of a search for volumes.
const DiskOffer = 1

// VolumeOffers returns what a search for volumes lists: this machine's disk.
func VolumeOffers(f model.Fleet) []VolumeOffer {
	o := VolumeOffer{ID: DiskOffer, MachineID: 1, HostID: 1, DriverVersion: orNull(f.Host.DriverVersion), Verification: "verified"}
	if left, known := f.Host.DiskLeft().Get(); known {
		o.DiskSpace = model.Known(float64(left) / float64(model.GB))
	}
	return []VolumeOffer{o}
}
