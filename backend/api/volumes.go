package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"berth/model"
	"berth/model/wire"
)

// volumes is the part of Backend for disk that outlives instances. It is listed in the fleet.
type volumes interface {
	CreateVolume(ctx context.Context, name string, size float64, shared bool) (model.Volume, error)
	RemoveVolume(ctx context.Context, name string) error
}

// searchVolumes answers POST /volumes/search: the disk of this machine is the only offer.
func (c volumeCall) searchVolumes() (any, error) {
	return struct {
		Success bool               `json:"success"`
		Offers  []wire.VolumeOffer `json:"offers"`
	}{true, wire.VolumeOffers(c.fleet)}, nil
}

// list answers GET /volumes.
func (c volumeCall) list() (any, error) {
	return struct {
		Success bool          `json:"success"`
		Volumes []wire.Volume `json:"volumes"`
	}{true, wire.Volumes(c.fleet, c.who.owner)}, nil
}

// make answers PUT /volumes.
func (c volumeCall) make() (any, error) {
	var want struct {
		Offer int64   `json:"id"`
		Size  float64 `json:"size"`
		Name  string  `json:"name"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	if want.Offer != wire.DiskOffer {
		return nil, problem{http.StatusGone, "no_such_ask", fmt.Sprintf("id: the offer of this machine's disk is %d", wire.DiskOffer)}
	}
	v, err := c.makeVolume(want.Name, want.Size)
	if err != nil {
		return nil, err
	}
	return struct {
		success
		Volume int64  `json:"new_contract"`
		Name   string `json:"volume_name"`
	}{success{true, fmt.Sprintf("volume %s is promised %s", v.Name, v.Size)}, wire.VolumeID(v.Name), v.Name}, nil
}

// makeVolume makes a volume of so many GB. Without a name it gets one that no other has.
func (c volumeCall) makeVolume(name string, size float64) (v model.Volume, err error) {
	if name == "" {
		name = "volume-" + strconv.FormatInt(c.now().UnixMilli(), 36)
	}
	err = c.order(func(ctx context.Context) error {
		v, err = c.machine.CreateVolume(ctx, name, size, false)
		return err
	})
	c.machine.CatchUp(c.ctx)
	return v, err
}

// remove answers DELETE /volumes?id=. One that isn't there is gone already, as clients want it.
func (c volumeCall) remove() (any, error) {
	var want struct {
		ID int64 `json:"id"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	if text := c.r.URL.Query().Get("id"); text != "" {
		var err error
		if want.ID, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, badInput("id is no number")
		}
	}
	v, err := c.volume(want.ID)
	if err != nil {
		return nil, err
	}
	return success{Success: true}, c.order(func(ctx context.Context) error { return c.machine.RemoveVolume(ctx, v.Name) })
}

// volume is the volume of a number, among those that the caller may use.
func (c volumeCall) volume(id int64) (model.Volume, error) {
	for _, v := range c.fleet.Volumes {
		if wire.VolumeID(v.Name) == id && (v.Owner == c.who.owner || v.Shared) {
			return v, nil
		}
	}
	return model.Volume{}, problem{http.StatusNotFound, "no_such_volume", fmt.Sprintf("there is no volume %d: GET /api/v0/volumes lists them", id)}
}

// A volumeInfo is the volume that a launch asks for: one that is there, or a new one.
type volumeInfo struct {
	New  bool    `json:"create_new"`
	ID   int64   `json:"volume_id"` // of the volume, or of the offer for a new one
	Size float64 `json:"size"`      // GB of a new one
	At   string  `json:"mount_path"`
	Name string  `json:"name"` // of a new one
}

// withVolume adds the volume that a launch asks for to its order, and launches it. A new volume goes again if the launch
// fails.
func (c volumeCall) withVolume(want *volumeInfo, o *model.Order, launch func() error) error {
	if want == nil {
		return launch()
	}
	var v model.Volume
	var err error
	if want.New {
		v, err = c.makeVolume(want.Name, want.Size)
	} else {
		v, err = c.volume(want.ID)
	}
	if err != nil {
		return err
	}
	named := v.Name
	if want.At != "" {
		named += ":" + want.At
	}
	if v.Owner != c.who.owner {
		named += ":ro"
	}
	o.Volumes = append(slices.Clone(o.Volumes), named)
	if err = launch(); err != nil && want.New {
		return errors.Join(err, c.order(func(ctx context.Context) error { return c.machine.RemoveVolume(ctx, v.Name) }))
	}
	return err
}
