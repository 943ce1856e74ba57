package form

import "berth/model"

// A step is one page of the form. Each kind is a file of its own; all have this one shape.
type step interface {
	// see takes what is known of the machine and the account; it changes no value the user gave.
	see(in Inputs)
	// load shows an order's values.
	load(o model.Order)
	// store writes the step's values into an order.
	store(o *model.Order)
	// inputs are the fields that make sense now, top to bottom.
	inputs() []input
}

// A placer is a step that decides itself beside which of its inputs a fault stands, given the one in focus.
type placer interface {
	place(f model.Fault, focus int) int
}

// A checker is a step that finds faults an order can't show, because what is wrong can't be written into one.
type checker interface {
	faults() model.Faults
}

// A stepID is a step's place on the rail.
type stepID int

// The steps, in order.
const (
	stepSource stepID = iota
	stepGPUs
	stepMode
	stepOptions
	stepDisk
	stepOnStart
	stepReview
	stepCount
)

// rail is what is said of each step, and which of an order's keys it asks for.
var rail = [stepCount]struct {
	name, about string
	keys        []string
}{
	stepSource:  {"Template", "What to run: a template, an earlier launch, or any image.", []string{"name", "image", "registry"}},
	stepGPUs:    {"GPUs", "Yours alone while the instance runs. 0 is a CPU instance.", []string{"gpus", "pick_gpus", "gpu_model", "share"}},
	stepMode:    {"Launch mode", "What starts in it, and how you get in.", []string{"mode", "entrypoint", "args", "jupyter_lab", "export_env", "ssh key"}},
	stepOptions: {"Options", "Variables, ports and the host name: as one line, or as rows.", []string{"options", "env"}},
	stepDisk:    {"Disk", "Promised for as long as the instance exists; it can't be changed later.", []string{"disk"}},
	stepOnStart: {"On-start", "A script that runs at every start, after our own set-up.", []string{"onstart"}},
	stepReview:  {"Review", "All there is to launch. Enter launches.", []string{"label"}},
}

// stepOf finds the step that asks for a key; what none asks for is said at the review.
func stepOf(key string) stepID {
	for id, s := range rail {
		for _, k := range s.keys {
			if k == key {
				return stepID(id)
			}
		}
	}
	return stepReview
}

// A pages is all steps.
type pages struct {
	source  sourceStep
	gpus    gpuStep
	mode    modeStep
	options optionsStep
	disk    diskStep
	onstart onStartStep
	review  reviewStep
}

// all lists the steps by id; they point into p.
func (p *pages) all() [stepCount]step {
	return [stepCount]step{&p.source, &p.gpus, &p.mode, &p.options, &p.disk, &p.onstart, &p.review}
}
