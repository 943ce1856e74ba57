package model

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Span is a length of time as people write it: 90s, 30m, 8h, 3d, 1d12h. Zero is none.
type Span time.Duration

// spanUnits are the units of a span, from large to small.
var spanUnits = []struct {
	letter byte
	length time.Duration
}{{'d', 24 * time.Hour}, {'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}}

// longestSpan keeps sums of spans and moments within what a time can say.
const longestSpan = 10 * 365 * 24 * time.Hour

// ParseSpan reads a span.
func ParseSpan(text string) (Span, error) {
	wrong := fmt.Errorf("%s is no length of time: write 90s, 30m, 8h, 3d or 1d12h", quote(text))
	rest, sum, unit := strings.TrimSpace(text), time.Duration(0), 0
	for rest != "" {
		at := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if at <= 0 {
			return 0, wrong
		}
		for unit < len(spanUnits) && spanUnits[unit].letter != rest[at] {
			unit++
		}
		n, err := strconv.ParseInt(rest[:at], 10, 32)
		if err != nil || unit == len(spanUnits) || time.Duration(n) > longestSpan/spanUnits[unit].length {
			return 0, wrong
		}
		sum += time.Duration(n) * spanUnits[unit].length
		rest, unit = rest[at+1:], unit+1
	}
	if sum <= 0 || sum > longestSpan {
		return 0, wrong
	}
	return Span(sum), nil
}

// String writes a span with its largest units: 8h, 1d12h.
func (s Span) String() string {
	rest := time.Duration(s).Round(time.Second)
	var out strings.Builder
	for _, u := range spanUnits {
		if n := rest / u.length; n > 0 {
			fmt.Fprintf(&out, "%d%c", n, u.letter)
			rest %= u.length
		}
	}
	if out.Len() == 0 {
		return "0s"
	}
	return out.String()
}

// MarshalText writes a span as files have it.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a span from a file. "0s" and nothing are none.
func (s *Span) UnmarshalText(text []byte) error {
	if t := string(text); t == "" || t == "0s" || t == "0" {
		*s = 0
		return nil
	}
	got, err := ParseSpan(string(text))
	*s = got
	return err
}
