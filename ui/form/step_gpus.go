package form

import (
	"fmt"
	"slices"

	"berth/model"
)

// The ways to choose GPUs.
const (
	chooseForMe  = "auto"
	chooseByHand = "hand"
)

// A gpuStep asks how many GPUs, or which ones; without GPUs it asks for a share of the machine.
type gpuStep struct {
	machine choice // of several
	count   number
	how     choice
	picks   gpuPicker
	kind    choice
	share   number
	queue   toggle
}

func newGPUStep() gpuStep {
	return gpuStep{
		machine: choice{field: field{key: "machine", label: "Machine"}},
		count:   number{field: field{key: "gpus", label: "GPUs", hint: "type a number; left and right slide it"}, step: 1, leap: 4},
		how: choice{field: field{label: "Choose"}, options: []option{
			{value: chooseForMe, name: "for me"}, {value: chooseByHand, name: "by hand"}}},
		picks: gpuPicker{field: field{key: "pick_gpus", label: "Which", hint: "space picks the marked GPU", wide: true}},
		kind:  choice{field: field{key: "gpu_model", label: "Model"}},
		share: number{field: field{key: "share", label: "Share", hint: "of the machine's CPU and RAM; type a number, or slide with left and right"},
			low: 1, high: 100, step: 5, leap: 25, fractions: true, unit: "%", example: plain(percent(model.DefaultShare))},
		queue: toggle{field: field{key: "queue", label: "Wait", hint: "GPUs that aren't free are waited for, in order of asking"},
			name: "in line if they aren't free"},
	}
}

func (s *gpuStep) see(in Inputs) {
	units := in.Capacity.Units()
	s.picks.units = units
	s.count.high = float64(len(units))
	s.count.note = freeNote(units)
	c := s.seeMachines(in.Capacity)
	if machineUnknown(in.Capacity) {
		s.count.note = "how many there are isn't known yet"
	}
	chosen := s.kind.value()
	s.kind.options = []option{{name: "any"}}
	for _, m := range c.Models() {
		s.kind.options = append(s.kind.options, option{value: m, name: shortModel(m)})
	}
	s.kind.choose(chosen, shortModel(chosen))
}

// seeMachines offers several machines. Without a chosen one, as many GPUs may be asked for as one of them has, and of
// every model that one has: the capacity that it returns has the GPUs of all.
func (s *gpuStep) seeMachines(c model.Capacity) model.Capacity {
	if len(c.Machines) == 0 {
		return c
	}
	chosen := s.machine.value()
	s.machine.options = []option{{name: "the fullest with room"}}
	var everywhere []model.Device
	for _, m := range c.Machines {
		everywhere = append(everywhere, m.Fleet.Devices...)
		s.machine.options = append(s.machine.options, option{value: m.Name, name: m.Name})
		if chosen == "" {
			s.count.high = max(s.count.high, float64(len(m.Fleet.Devices)))
		}
	}
	s.machine.set(chosen)
	switch {
	case chosen != "":
		s.count.note += " on " + chosen
	case len(everywhere) > 0:
		s.count.note = freeNote(everywhere) + " on all machines; an instance has those of one"
		c.Devices = everywhere
	}
	return c
}

// freeNote says how many GPUs there are and how many are free.
func freeNote(units []model.Device) string {
	if len(units) == 0 {
		return "this machine has no GPU: 0 gives a CPU instance"
	}
	return fmt.Sprintf("of %d, %d free now", len(units), freeOf(units))
}

// freeOf counts the GPUs that can be given out.
func freeOf(units []model.Device) int {
	free := 0
	for _, u := range units {
		if u.Free() {
			free++
		}
	}
	return free
}

func (s *gpuStep) load(o model.Order) {
	s.machine.set(o.Machine)
	s.count.set(float64(o.GPUs))
	s.how.set(chooseForMe)
	s.picks.on = slices.Clone(o.PickGPUs)
	s.picks.at = max(slices.IndexFunc(s.picks.units, model.Device.Free), 0)
	if len(o.PickGPUs) > 0 {
		s.how.set(chooseByHand)
	}
	s.kind.choose(o.GPUModel, shortModel(o.GPUModel))
	s.share.set(percent(o.Share))
	s.queue.on = o.Queue
}

func (s *gpuStep) store(o *model.Order) {
	o.Machine = s.machine.value()
	o.GPUs, o.PickGPUs, o.GPUModel, o.Share = int(s.count.value()), nil, s.kind.value(), 0
	if s.byHand() {
		o.GPUs, o.PickGPUs, o.GPUModel = len(s.picks.on), s.picks.on, ""
	}
	if o.GPUs == 0 {
		o.Share = s.share.value() / 100
	}
	o.Queue = s.queue.on && o.GPUs > 0 && !s.anywhere()
}

func (s *gpuStep) byHand() bool { return s.how.value() == chooseByHand && !s.anywhere() }

// anywhere reports whether there are several machines and none is chosen: then no GPU can be chosen either, and no line.
func (s *gpuStep) anywhere() bool { return len(s.machine.options) > 0 && s.machine.value() == "" }

func (s *gpuStep) inputs() []input {
	in := s.asked()
	if len(s.machine.options) > 0 {
		in = append(in, &s.machine)
	}
	return in
}

// asked returns the inputs for one machine.
func (s *gpuStep) asked() []input {
	if s.byHand() {
		return []input{&s.picks, &s.how, &s.queue}
	}
	in := []input{&s.count}
	if s.count.value() == 0 {
		in = append(in, &s.share)
	}
	if len(s.picks.units) > 0 && !s.anywhere() {
		in = append(in, &s.how)
	}
	if s.count.value() > 0 && (len(s.kind.options) > 2 || s.kind.value() != "") {
		in = append(in, &s.kind)
	}
	if s.count.value() > 0 && !s.anywhere() {
		in = append(in, &s.queue)
	}
	return in
}

func (s *gpuStep) faults() model.Faults {
	if s.byHand() && len(s.picks.on) == 0 {
		return model.Faults{{Field: "pick_gpus", Reason: "pick a GPU; for a CPU instance let berth choose, and type 0"}}
	}
	if !s.byHand() && s.count.value() == 0 && s.share.zero() {
		return model.Faults{{Field: "share", Value: "0"}}
	}
	return nil
}
