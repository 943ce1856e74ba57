package form

import (
	"fmt"

	"berth/model"
)

// A diskStep asks for the size of the instance's disk.
type diskStep struct{ size number }

func newDiskStep() diskStep {
	return diskStep{size: number{
		field: field{key: "disk", label: "Disk", hint: "type a number of GB; left and right slide by 10, with shift by 100"},
		step:  10, leap: 100, unit: "GB", fractions: true, example: plain(model.DefaultDisk),
	}}
}

func (s *diskStep) see(in Inputs) {
	m := in.Capacity.Host
	s.size.low = gigabytes(m.LeastDisk())
	left, known := m.DiskLeft().Get()
	s.size.high = gigabytes(left)
	s.size.note = "how much is left to promise isn't known"
	if known {
		s.size.note = fmt.Sprintf("%s of %s are left to promise", left, m.DiskTotal)
	}
	s.size.note += "; " + holdWords(m.DiskHold)
}

// gigabytes returns a size in whole GB, rounded down, because what is left must not be overstated.
func gigabytes(b model.Bytes) float64 { return float64(b / model.GB) }

// holdWords says how the disk limit is kept.
func holdWords(h model.DiskHold) string {
	if h == model.DiskEnforced {
		return "enforced: a write beyond it fails"
	}
	return "watched: a warning at 90 % and at 100 %, no write fails"
}

// faults reports a size of 0, which an order can't contain: there, 0 means the default.
func (s *diskStep) faults() model.Faults {
	if !s.size.zero() {
		return nil
	}
	return model.Faults{{Field: "disk", Value: "0", Reason: fmt.Sprintf("the least is %s GB", plain(s.size.low))}}
}

func (s *diskStep) load(o model.Order)   { s.size.set(o.Disk) }
func (s *diskStep) store(o *model.Order) { o.Disk = s.size.value() }
func (s *diskStep) inputs() []input      { return []input{&s.size} }
