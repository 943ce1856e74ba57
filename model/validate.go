package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// fields lists an order's keys in the order of the form. Faults are sorted in this order.
var fields = []string{
	"name", "description", "image", "registry", "gpus", "pick_gpus", "gpu_model", "share", "mode", "entrypoint", "args",
	"jupyter_lab", "export_env", "options", "disk", "folders", "volumes", "onstart", "label", "queue", "for", "until", "keep",
}

// byField compares faults by the position of their fields in the form.
func byField(a, b Fault) int { return slices.Index(fields, a.Field) - slices.Index(fields, b.Field) }

// fieldChecks checks single fields of an order, independently of the machine. Each check returns the field's value and
// the reason why it is wrong, or an empty reason.
var fieldChecks = []struct {
	field string
	check func(Order) (value, reason string)
}{
	{"name", func(o Order) (string, string) { return o.Name, wrongName(o.Name) }},
	{"image", func(o Order) (string, string) { return o.Image, wrongImage(o.Image) }},
	{"gpus", checkGPUs},
	{"share", checkShare},
	{"mode", checkMode},
	{"entrypoint", func(o Order) (string, string) { return checkCommand(o.Entrypoint) }},
	{"args", func(o Order) (string, string) { return checkCommand(o.Args) }},
	{"disk", checkDisk},
	{"folders", checkFolders},
	{"volumes", checkVolumes},
	{"onstart", func(o Order) (string, string) { return "", wrongScript(o.OnStart) }},
	{"for", func(o Order) (string, string) {
		if o.For < 0 {
			return o.For.String(), "a length of time is 90s, 30m, 8h or 3d"
		}
		if o.For > 0 && o.Until != "" {
			return o.For.String(), "for and until both say when it ends: leave one out"
		}
		return "", ""
	}},
	{"label", func(o Order) (string, string) { return o.Label, wrongLabel(o.Label) }},
}

// Check returns everything that is wrong with the order independently of the machine. Templates are checked with it
// before they are launched.
func (o Order) Check() Faults {
	o = o.WithDefaults()
	var faults Faults
	for _, c := range fieldChecks {
		if value, reason := c.check(o); reason != "" {
			faults = append(faults, Fault{Field: c.field, Value: value, Reason: reason})
		}
	}
	faults = append(faults, o.checkModeFields()...)
	faults = append(faults, o.checkOptions()...)
	slices.SortStableFunc(faults, byField)
	return faults
}

// Check returns everything that is wrong with the template independently of the machine.
func (t Template) Check() Faults {
	faults := t.Order.Check()
	if reason := wrongText(t.Description, "\t\n"); reason != "" { // lists show it
		faults = append(faults, Fault{Field: "description", Reason: reason})
	}
	slices.SortStableFunc(faults, byField)
	return faults
}

// checkOptions parses the option text and adds the checks that need the whole order: reserved variables, and the number
// of ports including the mode's own.
func (o Order) checkOptions() Faults {
	options, faults := parseOptions(o.Options)
	for _, v := range options.Env {
		if reason := v.reserved(); reason != "" {
			faults = append(faults, Fault{Field: "options", Value: v.Name, Reason: reason})
		}
		if v.Name == "DATA_DIRECTORY" && !strings.HasPrefix(v.Value, "/") {
			faults = append(faults, Fault{Field: "options", Value: v.Name, Reason: "a folder's path begins with /"})
		}
	}
	if all := len(plannedPorts(o.Mode, options)); all > MaxPorts && len(options.Ports) <= MaxPorts {
		faults = append(faults, Fault{Field: "options", Reason: fmt.Sprintf(
			"at most %d ports, these are %d with those of %s mode", MaxPorts, all, o.Mode)})
	}
	return faults
}

func checkGPUs(o Order) (value, reason string) {
	value = strconv.Itoa(o.GPUs)
	switch {
	case o.GPUs < 0:
		return value, "a number of GPUs is 0 or more"
	case len(o.PickGPUs) > 0 && len(o.PickGPUs) != o.GPUs:
		return value, fmt.Sprintf("GPUs picked by hand: %d; leave the number out, or pick as many", len(o.PickGPUs))
	}
	return "", ""
}

func checkShare(o Order) (value, reason string) {
	switch {
	case o.GPUs != 0 || o.Share >= minShare && o.Share <= 1:
		return "", ""
	case o.Share > 0 && o.Share < minShare:
		return number(o.Share), fmt.Sprintf("a share of the machine is %s at least", number(minShare))
	}
	return number(o.Share), "a share of the machine is above 0 and at most 1: 0.25 is a quarter"
}

// minShare is the least part of the machine that an instance is made for. Less would round to no memory.
const minShare = 0.001

func checkMode(o Order) (value, reason string) {
	if o.Mode.known() {
		return "", ""
	}
	return string(o.Mode), "a mode is ssh, jupyter or entrypoint"
}

func checkDisk(o Order) (value, reason string) {
	switch {
	case math.IsNaN(o.Disk) || o.Disk < 0:
		return number(o.Disk), "a disk size is a number of GB"
	case o.Disk >= maxDisk:
		return number(o.Disk), "no disk is that large: sizes are in GB"
	}
	return "", ""
}

// maxCommand is the longest command, in bytes of all its words. Linux accepts at most 128 KiB in a single argument.
const maxCommand = 128 << 10

func checkCommand(words []string) (value, reason string) {
	size := 0
	for i, word := range words {
		size += len(word) + 1
		if i == 0 && word == "" {
			return "", "the first word is empty"
		}
		if reason := wrongText(word, "\t\n\r\x1b"); reason != "" {
			return word, reason
		}
	}
	if size > maxCommand {
		return "", fmt.Sprintf("at most %d KB in all, this has %d", maxCommand>>10, size>>10)
	}
	return "", ""
}

func wrongName(name string) string {
	if name != strings.TrimSpace(name) {
		return "a name neither begins nor ends with a blank"
	}
	return wrongLine(name, MaxName)
}

func wrongScript(script string) string {
	if len(script) > MaxOnStart {
		return fmt.Sprintf("at most %d bytes (16 KB), this has %d: fetch the rest from the script", MaxOnStart, len(script))
	}
	return wrongText(script, "\t\n\r\x1b\f\a\b")
}

// number formats a number as a person would type it.
func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
