package model

import (
	"fmt"
	"math"
	"time"
)

// Unknown is shown in place of an unknown figure.
const Unknown = "–"

// String formats a size as disk sizes are, in powers of 1000: 512B, 9.5K, 80.0G, 120G, 1.9T.
func (b Bytes) String() string { return b.in(1000) }

// Binary formats a size as memory sizes are, in powers of 1024, with the same letters.
func (b Bytes) Binary() string { return b.in(1024) }

// in formats a size with one decimal below 100 and none above. Bytes never have a decimal.
func (b Bytes) in(base float64) string {
	size, sign := float64(b), ""
	if size < 0 {
		size, sign = -size, "-"
	}
	unit := 0
	for size >= base-0.5 && unit < len(byteUnits)-1 { // a size that would be rounded up to the base uses the next unit
		size /= base
		unit++
	}
	if unit == 0 || size >= 99.95 {
		return fmt.Sprintf("%s%.0f%s", sign, size, byteUnits[unit])
	}
	return fmt.Sprintf("%s%.1f%s", sign, size, byteUnits[unit])
}

var byteUnits = []string{"B", "K", "M", "G", "T", "P", "E"}

// String formats 97%.
func (p Percent) String() string { return rounded(float64(p), "%") }

// Cores formats a use of CPU time in cores: 4.1, 64. 100 % is one core.
func (p Percent) Cores() string {
	if cores := float64(p) / 100; cores < 9.95 {
		return fmt.Sprintf("%.1f", cores)
	}
	return fmt.Sprintf("%.0f", float64(p)/100)
}

// String formats 64°C.
func (c Celsius) String() string { return rounded(float64(c), "°C") }

// String formats 612W.
func (w Watts) String() string { return rounded(float64(w), "W") }

// String formats 1980MHz.
func (m Megahertz) String() string { return rounded(float64(m), "MHz") }

func rounded(f float64, unit string) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Unknown
	}
	return fmt.Sprintf("%.0f%s", math.Round(f)+0, unit) // +0 turns -0 into 0
}

// String formats the figure, or a dash if it is unknown.
func (m Maybe[T]) String() string {
	if !m.known {
		return Unknown
	}
	return fmt.Sprint(m.value)
}

// Age formats a duration by its largest unit, as lists show ages: 12s, 5m, 7h, 3d. Days begin at 48 hours.
func Age(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(d, 0)/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/day)
}
