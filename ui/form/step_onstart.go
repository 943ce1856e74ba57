package form

import "berth/model"

// An onStartStep asks for the script that runs at every start.
type onStartStep struct {
	script  area
	unused  bool   // the mode has no launcher, so the script wouldn't run
	trouble string // why the editor failed
}

func newOnStartStep() onStartStep {
	return onStartStep{script: newArea(field{key: "onstart", label: "Script",
		hint: "bash; type to write, Esc or Tab ends writing, ctrl-e opens $EDITOR"})}
}

func (s *onStartStep) see(Inputs)           {}
func (s *onStartStep) load(o model.Order)   { s.script.set(o.OnStart) }
func (s *onStartStep) store(o *model.Order) { o.OnStart = s.script.value() }
func (s *onStartStep) inputs() []input      { return []input{&s.script} }
