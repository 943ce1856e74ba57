package model

import (
	"fmt"
	"strings"
)

// modeFields lists the fields of an order that only some modes use. For each field: which modes use it, whether an
// order sets it, how to remove it, its value, and the reason to give if the mode doesn't use it.
var modeFields = []struct {
	field  string
	used   func(Mode) bool
	said   func(Order) bool
	drop   func(*Order)
	value  func(Order) string
	reason string // %s is replaced by the mode
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

// InMode returns the order in another mode, without the fields that this mode doesn't use. It serves a user who takes
// an order made for one mode and chooses another. An unknown mode removes nothing.
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

// checkModeFields returns a fault for each field that is set but that the order's mode would ignore.
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
