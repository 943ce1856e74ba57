package form

import "berth/model"

// A step is one page of the form. Each kind is in a file of its own.
type step interface {
	// see takes in what is known of the machine and the account. It changes no value that the user gave.
	see(in Inputs)
	// load fills the step from an order.
	load(o model.Order)
	// store writes the step's values into an order.
	store(o *model.Order)
	// inputs returns the fields that make sense now, top to bottom.
	inputs() []input
}

// A placer is a step that decides itself which of its inputs a fault is shown beside, given the focused one.
type placer interface {
	place(f model.Fault, focus int) int
}

// A checker is a step that finds faults which an order can't contain, because the wrong value can't be stored in an
// order.
type checker interface {
	faults() model.Faults
}

// A stepID is a step's position on the rail.
type stepID int

// The steps, in order.
const (
	stepSource stepID = iota
	stepGPUs
	stepMode
	stepOptions
	stepDisk
	stepData
	stepOnStart
	stepReview
	stepCount
)

// rail has each step's name and description, and the order's keys that it asks for.
var rail = [stepCount]struct {
	name, about string
	keys        []string
}{
	stepSource:  {"Template", "What to run: a template, an earlier launch, or any image.", []string{"name", "image", "registry"}},
	stepGPUs:    {"GPUs", "Yours alone while the instance runs. 0 is a CPU instance.", []string{"machine", "gpus", "pick_gpus", "gpu_model", "share", "queue"}},
	stepMode:    {"Launch mode", "What starts in it, and how you get in.", []string{"mode", "entrypoint", "args", "jupyter_lab", "export_env", "ssh key"}},
	stepOptions: {"Options", "Variables, ports and the host name: as one line, or as rows.", []string{"options", "env"}},
	stepDisk:    {"Disk", "Promised for as long as the instance exists; it can't be changed later.", []string{"disk"}},
	stepData:    {"Data", "Folders of this machine, and volumes that outlive the instance.", []string{"folders", "volumes"}},
	stepOnStart: {"On-start", "A script that runs at every start, after our own set-up.", []string{"onstart"}},
	stepReview:  {"Review", "All there is to launch. Enter launches.", []string{"label", "for", "until", "keep"}},
}

// stepOf returns the step that asks for a key. Keys that no step asks for belong to the review.
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

// pages are all steps.
type pages struct {
	source  sourceStep
	gpus    gpuStep
	mode    modeStep
	options optionsStep
	disk    diskStep
	data    dataStep
	onstart onStartStep
	review  reviewStep
}

// all lists the steps by id, as pointers into p.
func (p *pages) all() [stepCount]step {
	return [stepCount]step{&p.source, &p.gpus, &p.mode, &p.options, &p.disk, &p.data, &p.onstart, &p.review}
}
