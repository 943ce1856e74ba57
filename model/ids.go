package model

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// An InstanceID is an instance's number. It never changes. Clients parse it as an integer.
type InstanceID int64

// String returns the name that people use on its machine: C.1012. It is also the container's name and
// VAST_CONTAINERLABEL.
func (id InstanceID) String() string { return "C." + strconv.FormatInt(int64(id.Own()), 10) }

// MostInstanceID is the largest number of an instance. A container that claims a larger one isn't berth's.
const MostInstanceID InstanceID = 999_999_999

// Domain returns the instance's DNS name in certificates, under a domain that belongs to nobody else.
func (id InstanceID) Domain() string { return "c-" + strconv.FormatInt(int64(id), 10) + ".berth" }

// ParseInstanceID reads "1012", "C.1012" or "c.1012".
func ParseInstanceID(s string) (InstanceID, error) {
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "C."), "c.")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || InstanceID(n) > MostInstanceID {
		return 0, fmt.Errorf("instance %q: want a number such as 1012 or C.1012", s)
	}
	return InstanceID(n), nil
}

// A GPUID is the UUID that the driver gives a GPU or a MIG instance. No other identity survives a reboot: indexes
// change when a card fails or is replaced.
type GPUID string

// Bytes is a size in bytes. Sizes that people type as GB are decimal (10 GB = 10e9), as disks and the reference
// platform count them. Memory is shown in binary units, as the driver and the kernel count it.
type Bytes int64

// Decimal and binary units of sizes.
const (
	KB Bytes = 1000
	MB Bytes = 1000 * KB
	GB Bytes = 1000 * MB
	TB Bytes = 1000 * GB

	KiB Bytes = 1024
	MiB Bytes = 1024 * KiB
	GiB Bytes = 1024 * MiB
)

// A Percent is a percentage. The CPU use of several cores exceeds 100.
type Percent float64

// Celsius is a temperature.
type Celsius float64

// Watts is a power.
type Watts float64

// Megahertz is a clock.
type Megahertz float64

// A Maybe is a value that may be unknown. Unknown is shown as a dash and written to JSON as null; it is never zero.
type Maybe[T any] struct {
	value T
	known bool
}

// Known returns a known value.
func Known[T any](v T) Maybe[T] { return Maybe[T]{v, true} }

// Get returns the value and whether it is known.
func (m Maybe[T]) Get() (T, bool) { return m.value, m.known }

// Or returns the value, or the given one if it is unknown.
func (m Maybe[T]) Or(unknown T) T {
	if m.known {
		return m.value
	}
	return unknown
}

// MarshalJSON writes null for an unknown value.
func (m Maybe[T]) MarshalJSON() ([]byte, error) {
	if !m.known {
		return []byte("null"), nil
	}
	return json.Marshal(m.value)
}

// UnmarshalJSON reads null as unknown.
func (m *Maybe[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*m = Maybe[T]{}
		return nil
	}
	m.known = true
	return json.Unmarshal(b, &m.value)
}
