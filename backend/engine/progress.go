package engine

import (
	"slices"
	"time"

	"berth/model"
)

// A PullLine is one message of the stream that answers a pull or an import.
type PullLine struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Detail struct {
		Current int64  `json:"current"`
		Total   int64  `json:"total"`
		Units   string `json:"units"` // empty for bytes
	} `json:"progressDetail"`
	Error string `json:"error"`
}

// rateWindow is the period that a pull's rate is averaged over: long enough to be steady, short enough to be current.
const rateWindow = 3 * time.Second

// A Tracker sums up the messages of a pull. It has no clock: the time is passed to each call.
type Tracker struct {
	layers []layer
	past   []reading // of the last rateWindow, oldest first
}

type layer struct {
	model.LayerProgress
	got, size model.Bytes // of its download; extraction counts the same bytes again
}

type reading struct {
	at    time.Time
	bytes model.Bytes
}

// Take reads one message. Messages that aren't about a layer change nothing: "Pulling from …" has the tag in the layer
// id's field.
func (t *Tracker) Take(l PullLine) {
	if !aboutLayer(l) {
		return
	}
	i := slices.IndexFunc(t.layers, func(known layer) bool { return known.ID == l.ID })
	if i < 0 {
		i = len(t.layers)
		t.layers = append(t.layers, layer{LayerProgress: model.LayerProgress{ID: l.ID}})
	}
	at := &t.layers[i]
	at.Status = l.Status
	current, total := model.Bytes(l.Detail.Current), model.Bytes(l.Detail.Total)
	switch l.Status {
	case "Downloading":
		at.got, at.size = current, max(total, current)
	case "Download complete", "Pull complete":
		at.got = at.size
	}
	if total > 0 && l.Detail.Units == "" {
		at.Bytes, at.Total = current, total
	} else if l.Status != "Extracting" { // the snapshotter counts its extraction in seconds
		at.Bytes, at.Total = at.got, at.size
	}
}

func aboutLayer(l PullLine) bool {
	switch l.Status {
	case "Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Download complete", "Extracting",
		"Pull complete", "Already exists":
		return l.ID != ""
	}
	// "Retrying in 5 seconds" counts down for a layer whose download failed.
	return l.ID != "" && len(l.Status) > 8 && l.Status[:8] == "Retrying"
}

// Progress returns how far the pull is at the time now.
func (t *Tracker) Progress(now time.Time) model.Progress {
	p := model.Progress{Layers: len(t.layers)}
	for _, l := range t.layers {
		if l.Status == "Pull complete" || l.Status == "Already exists" {
			p.LayersDone++
		}
		p.Bytes += l.got
		p.BytesTotal += l.size
		p.Detail = append(p.Detail, l.LayerProgress)
	}
	p.BytesPerSec = t.rate(now, p.Bytes)
	return p
}

// rate returns the mean rate over the window. A retry starts a layer again, so the sum of bytes may fall; that counts
// as a rate of 0.
func (t *Tracker) rate(now time.Time, bytes model.Bytes) model.Bytes {
	t.past = append(t.past, reading{now, bytes})
	for len(t.past) > 2 && now.Sub(t.past[1].at) >= rateWindow {
		t.past = t.past[1:]
	}
	first := t.past[0]
	span := now.Sub(first.at).Seconds()
	if span <= 0 || bytes < first.bytes {
		return 0
	}
	return model.Bytes(float64(bytes-first.bytes) / span)
}
