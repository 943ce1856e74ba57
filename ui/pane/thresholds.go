package pane

import (
	"math"

	"berth/model"
	"berth/ui/theme"
)

// A threshold is from when a figure should be noticed, and from when it is bad.
type threshold struct{ notice, bad float64 }

// The thresholds. Data-centre GPUs slow themselves down between 85 and 95 °C, by NVIDIA's data sheets. All others are
// percents, or hours.
var (
	heat       = threshold{83, 90}
	gpuFull    = threshold{95, 99}
	diskFull   = threshold{90, 97}
	hostBusy   = threshold{90, 98}
	hostFull   = threshold{90, 97}
	promisesUp = threshold{90, 98}
	idleHeld   = threshold{24, math.Inf(1)} // hours that somebody holds a GPU for nothing
)

// mark is a figure with a sign, and in the colour that goes with it, where it is beyond the threshold: never only the
// colour.
func (t threshold) mark(th theme.Theme, value float64, text string) string {
	switch {
	case value >= t.bad:
		return th.Bad.Render(text + "!")
	case value >= t.notice:
		return th.Warn.Render(text + "!")
	}
	return text
}

// markPart is mark for a part of a whole, where both are known.
func (t threshold) markPart(th theme.Theme, part model.Maybe[model.Bytes], whole model.Bytes, text string) string {
	used, known := part.Get()
	if !known || whole <= 0 {
		return text
	}
	return t.mark(th, 100*float64(used)/float64(whole), text)
}
