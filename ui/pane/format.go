package pane

import (
	"strconv"
	"time"

	"berth/model"
)

// gib is a memory size in GiB with one decimal and no unit: 71.2.
func gib(b model.Bytes) string {
	return strconv.FormatFloat(float64(b)/float64(model.GiB), 'f', 1, 64)
}

// since is how long ago a moment was; a dash for none.
func since(then, now time.Time, dash string) string {
	if then.IsZero() || now.IsZero() {
		return dash
	}
	return model.Age(now.Sub(then))
}

// atLeast is a time with a word before it, where that is only what is known of it.
func atLeast(longer bool, word, age string) string {
	if !longer || age == "" {
		return age
	}
	return word + age
}
