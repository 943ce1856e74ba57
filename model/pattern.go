package model

import (
	"regexp"
	"sync"
)

// Pattern returns a regular expression that is compiled when it is first needed. Most processes need none of them, and one
// takes some 20 µs and 10 kB.
func Pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
