package model

import (
	"fmt"
	"strings"
)

// modeFields are the fields that only some modes use: whether an order says one, how it is left out, and why a
// mode that doesn't use it can't.
var modeFields = []struct {
	field  string
	used   func(Mode) bool
	said   func(Order) bool
	drop   func(*Order)
	value  func(Order) string
	reason string // %s is the mode
}{
	{
		field: "entrypoint", used: runsImage,
		said:   func(o Order) bool { return len(o.Entrypoint) > 0 },
		drop:   func(o *Order) { o.Entrypoint = nil },
		value:  func(o Order) string { return strings.Join(o.Entrypoint, " ") },
		reason: "%s mode runs our launcher in place of the image's ENTRYPOINT; another one is for entrypoint mode",
	},
	{
		field: "args", used: runsImage,
		said:   func(o Order) bool { return len(o.Args) > 0 },
		drop:   func(o *Order) { o.Args = nil },
		value:  func(o Order) string { return strings.Join(o.Args, " ") },
		reason: "%s mode runs our launcher in place of the image's CMD; arguments are for entrypoint mode",
	},
	{
		field: "jupyter_lab", used: func(m Mode) bool { return m == ModeJupyter },
		said:   func(o Order) bool { return o.JupyterLab },
		drop:   func(o *Order) { o.JupyterLab = false },
		reason: "%s mode starts no Jupyter; this is for jupyter mode",
	},
	{
		field: "export_env", used: Mode.Launcher,
		said:   func(o Order) bool { return o.ExportEnv },
		drop:   func(o *Order) { o.ExportEnv = false },
		reason: "%s mode has no sessions to show the variables to; this is for ssh and jupyter mode",
	},
	{
		field: "onstart", used: Mode.Launcher,
		said:   func(o Order) bool { return o.OnStart != "" },
		drop:   func(o *Order) { o.OnStart = "" },
		reason: "%s mode runs the image as it is, and no script; one is for ssh and jupyter mode",
	},
}

func runsImage(m Mode) bool { return m == ModeEntrypoint }

// InMode is the order in a mode, without what that mode doesn't use: what somebody means who takes an order made
// for one mode and picks another. A mode that isn't one takes nothing away.
func (o Order) InMode(m Mode) Order {
	o.Mode = m
	mode := o.WithDefaults().Mode
	for _, f := range modeFields {
		if mode.known() && !f.used(mode) {
			f.drop(&o)
		}
	}
	return o
}

// checkModeFields says what the order asks for that its mode would pass over.
func (o Order) checkModeFields() Faults {
	var faults Faults
	for _, f := range modeFields {
		if !o.Mode.known() || f.used(o.Mode) || !f.said(o) {
			continue
		}
		fault := Fault{Field: f.field, Reason: fmt.Sprintf(f.reason, o.Mode)}
		if f.value != nil {
			fault.Value = f.value(o)
		}
		faults = append(faults, fault)
	}
	return faults
}
