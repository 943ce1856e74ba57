package pane

import (
	"strconv"
	"time"

	"berth/model"
)

// gib formats a memory size in GiB with one decimal and without unit: 71.2.
func gib(b model.Bytes) string {
	return strconv.FormatFloat(float64(b)/float64(model.GiB), 'f', 1, 64)
}

// since formats how long ago a time was, or returns dash for the zero time.
func since(then, now time.Time, dash string) string {
	if then.IsZero() || now.IsZero() {
		return dash
	}
	return model.Age(now.Sub(then))
}

// atLeast puts a word before a duration of which only the minimum is known.
func atLeast(longer bool, word, age string) string {
	if !longer || age == "" {
		return age
	}
	return word + age
}
