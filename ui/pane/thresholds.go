package pane

import (
	"math"

	"berth/model"
	"berth/ui/theme"
)

// A threshold has the values from which a figure is highlighted: as a warning, and as bad.
type threshold struct{ notice, bad float64 }

// The thresholds, in percent if nothing else is said. heat is in °C: by NVIDIA's data sheets, data-centre GPUs slow
// themselves down between 85 and 95 °C. idleHeld is in hours.
var (
	heat       = threshold{83, 90}
	gpuFull    = threshold{95, 99}
	diskFull   = threshold{90, 97}
	hostBusy   = threshold{90, 98}
	hostFull   = threshold{90, 97}
	promisesUp = threshold{90, 98}
	idleHeld   = threshold{24, math.Inf(1)} // hours for which a held GPU does nothing
)

// mark returns a figure's text. Beyond a threshold it gets a sign and a colour; never a colour alone.
func (t threshold) mark(th theme.Theme, value float64, text string) string {
	switch {
	case value >= t.bad:
		return th.Bad.Render(text + "!")
	case value >= t.notice:
		return th.Warn.Render(text + "!")
	}
	return text
}

// markPart is mark for a part in percent of a whole, if both are known.
func (t threshold) markPart(th theme.Theme, part model.Maybe[model.Bytes], whole model.Bytes, text string) string {
	used, known := part.Get()
	if !known || whole <= 0 {
		return text
	}
	return t.mark(th, 100*float64(used)/float64(whole), text)
}
