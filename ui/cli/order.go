package cli

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"berth/model"
)

// orderFlags are an order as flags. What isn't given comes from the file or the template.
type orderFlags struct {
	file, template string
	given          model.Order
	env, ports     []string
	hostname       string
}

// overrides are the flags that stand for one field of an order. The mode goes before what only some modes use.
var overrides = []struct {
	flag string
	set  func(o *model.Order, given model.Order)
}{
	{"image", func(o *model.Order, g model.Order) { o.Image = g.Image }},
	{"mode", func(o *model.Order, g model.Order) { takeMode(o, g.Mode) }},
	{"gpus", func(o *model.Order, g model.Order) { o.GPUs, o.PickGPUs = g.GPUs, g.PickGPUs }},
	{"gpu-model", func(o *model.Order, g model.Order) { o.GPUModel = g.GPUModel }},
	{"share", func(o *model.Order, g model.Order) { o.Share = g.Share }},
	{"disk", func(o *model.Order, g model.Order) { o.Disk = g.Disk }},
	{"onstart", func(o *model.Order, g model.Order) { o.OnStart = g.OnStart }},
	{"arg", func(o *model.Order, g model.Order) { o.Args = g.Args }},
	{"entrypoint", func(o *model.Order, g model.Order) { o.Entrypoint = g.Entrypoint }},
	{"label", func(o *model.Order, g model.Order) { o.Label = g.Label }},
	{"jupyter-lab", func(o *model.Order, g model.Order) { o.JupyterLab = g.JupyterLab }},
	{"export-env", func(o *model.Order, g model.Order) { o.ExportEnv = g.ExportEnv }},
	{"registry", func(o *model.Order, g model.Order) { o.Registry = g.Registry }},
}

// takeMode picks a mode over the order's own. What the order has for that one isn't asked for any more.
func takeMode(o *model.Order, m model.Mode) {
	if m != o.WithDefaults().Mode {
		*o = o.InMode(m)
	}
}

func (f *orderFlags) add(fl *pflag.FlagSet) {
	o := &f.given
	fl.StringVarP(&f.file, "file", "f", "", "order `file` (TOML); - is standard input")
	fl.StringVarP(&f.template, "template", "t", "", "`template` to start from")
	fl.StringVar(&o.Image, "image", "", "`image`")
	fl.Var((*modeFlag)(&o.Mode), "mode", "launch `mode`: ssh, jupyter or entrypoint")
	fl.Var(&gpusFlag{o}, "gpus", "how many GPUs, or which: a `number`, or UUIDs with commas between")
	fl.StringVar(&o.GPUModel, "gpu-model", "", "which `model`, on a machine with several")
	fl.Var(&number{&o.Share, "a number above 0 and up to 1"}, "share", "of an instance without GPUs: its `part` of the machine, 0 to 1")
	fl.Var(&number{&o.Disk, "a number of GB"}, "disk", "disk in `GB`")
	fl.StringArrayVarP(&f.env, "env", "e", nil, "`variable` NAME=value (repeatable)")
	fl.StringArrayVarP(&f.ports, "publish", "p", nil, "`port` to open, such as 8081 or 8082/udp (repeatable)")
	fl.StringVarP(&f.hostname, "hostname", "h", "", "host `name` inside")
	fl.StringVar(&o.Label, "label", "", "display `name`")
	fl.StringVar(&o.OnStart, "onstart", "", "ssh and jupyter mode: on-start `script` (the text itself)")
	fl.StringArrayVar(&o.Entrypoint, "entrypoint", nil, "entrypoint mode: one `word` of what replaces the image's ENTRYPOINT (repeatable)")
	fl.StringArrayVar(&o.Args, "arg", nil, "entrypoint mode: one `word` of what replaces the image's CMD (repeatable)")
	fl.StringVar(&o.Registry, "registry", "", "the `host` of the account's login to pull with")
	fl.BoolVar(&o.JupyterLab, "jupyter-lab", false, "jupyter mode: JupyterLab rather than the notebook")
	fl.BoolVar(&o.ExportEnv, "export-env", false, "ssh and jupyter mode: show the variables to sessions as well")
}

// launch orders what the flags ask for.
func (f *orderFlags) launch(c *cobra.Command, m Backend) (model.Instance, error) {
	o, err := f.order(c, m)
	if err != nil {
		return model.Instance{}, err
	}
	i, err := m.Launch(c.Context(), o)
	if err == nil {
		sayKeyless(c, m, i)
	}
	return i, f.named(c, err)
}

// sayKeyless says that nobody can log in to an instance over SSH, which is all that its mode is for, and what to do.
func sayKeyless(c *cobra.Command, m Backend, i model.Instance) {
	why := i.Keyless()
	if why == "" || i.Order.Mode != model.ModeSSH {
		return
	}
	say(c, "%s", why)
	if offered, err := m.OfferedKeys(c.Context()); err == nil && len(offered) > 0 {
		say(c, "yours at hand, %d in all, go into every later launch by `berth account ssh add --offered`", len(offered))
	}
}

// order is what the flags ask for, over the file's or the template's.
func (f *orderFlags) order(c *cobra.Command, m Backend) (model.Order, error) {
	o, err := f.base(c, m)
	if err != nil {
		return o, err
	}
	for _, over := range overrides {
		if c.Flags().Changed(over.flag) {
			over.set(&o, f.given)
		}
	}
	if c.Flags().Changed("share") && o.GPUs > 0 {
		return o, usagef("--share %q: a share is for an instance without GPUs; GPUs bring theirs: leave it out, or give --gpus 0",
			c.Flag("share").Value)
	}
	o.Options = overlaid(o.Options, f.options(c))
	return o, nil
}

// base is the order that the flags change.
func (f *orderFlags) base(c *cobra.Command, m Backend) (model.Order, error) {
	switch {
	case f.file != "" && f.template != "":
		return model.Order{}, usagef("--file and --template: give one of them")
	case f.file != "":
		o, err := m.ReadOrder(standardInput(f.file))
		return o, fileError(f.file, err)
	case f.template == "" && !c.Flags().Changed("image"):
		return model.Order{}, usagef("launch: say of what: --template NAME (`berth templates` lists them), --image IMAGE or -f FILE")
	case f.template == "":
		return model.Order{}, nil
	}
	t, err := template(c, m, f.template)
	if err != nil {
		return model.Order{}, fmt.Errorf("--template %w", err)
	}
	return t.Order, nil
}

// options are the -e, -p and -h flags as option text, so that one parser reads them all.
func (f *orderFlags) options(c *cobra.Command) string {
	var words []string
	for _, e := range f.env {
		words = append(words, "-e", e)
	}
	for _, p := range f.ports {
		words = append(words, "-p", p)
	}
	if c.Flags().Changed("hostname") {
		words = append(words, "-h", f.hostname)
	}
	return model.JoinWords(words)
}

// overlaid is option text with more laid over it. Text that can't be read stays as it is, for the launch to name
// everything that is wrong with it.
func overlaid(text, more string) string {
	if text == "" || more == "" {
		return text + more
	}
	below, err1 := model.ParseOptions(text)
	above, err2 := model.ParseOptions(more)
	if err1 != nil || err2 != nil {
		return text + " " + more
	}
	return below.With(above).String()
}

// named has the faults of what flags gave name the flags.
func (f *orderFlags) named(c *cobra.Command, err error) error {
	var faults model.Faults
	if !errors.As(err, &faults) {
		return err
	}
	out := slices.Clone(faults)
	for n, fault := range out {
		if flag := f.flagOf(fault); c.Flags().Changed(flag) {
			out[n].Field = "--" + flag
		}
	}
	return out
}

// flagOf is the flag that a fault may have come by.
func (f *orderFlags) flagOf(fault model.Fault) string {
	about := func(word string) bool { return fault.Value != "" && strings.HasPrefix(word, fault.Value) }
	switch fault.Field {
	case "pick_gpus":
		return "gpus"
	case "gpu_model", "jupyter_lab", "export_env":
		return strings.ReplaceAll(fault.Field, "_", "-")
	case "args":
		return "arg"
	case "options":
		switch {
		case slices.ContainsFunc(f.env, about):
			return "env"
		case slices.ContainsFunc(f.ports, about):
			return "publish"
		case about(f.hostname):
			return "hostname"
		}
	}
	return fault.Field
}

// A modeFlag is a launch mode.
type modeFlag model.Mode

func (m *modeFlag) Set(word string) error {
	mode := model.ParseMode(word)
	if !slices.Contains(model.Modes, mode) {
		return errNotOffered
	}
	*m = modeFlag(mode)
	return nil
}

func (m *modeFlag) String() string { return string(*m) }
func (m *modeFlag) Type() string   { return "string" }
func (m *modeFlag) wanted() string { return orList(words(model.Modes)) }

// A gpusFlag is a number of GPUs, or their UUIDs.
type gpusFlag struct{ o *model.Order }

func (g *gpusFlag) Set(text string) error {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		g.o.GPUs, g.o.PickGPUs = n, nil
		return nil
	}
	var picked []model.GPUID
	for id := range strings.SplitSeq(text, ",") {
		if !strings.HasPrefix(id, "GPU-") && !strings.HasPrefix(id, "MIG-") {
			return errNotOffered
		}
		picked = append(picked, model.GPUID(id))
	}
	g.o.GPUs, g.o.PickGPUs = len(picked), picked
	return nil
}

func (g *gpusFlag) String() string { return "" }
func (g *gpusFlag) Type() string   { return "string" }
func (g *gpusFlag) wanted() string {
	return "a number, or UUIDs (`berth gpus --json`) with commas between"
}

// A number is a flag that takes a finite number.
type number struct {
	to   *float64
	what string
}

func (n *number) Set(text string) error {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return errNotOffered
	}
	*n.to = f
	return nil
}

func (n *number) String() string {
	if n.to == nil || *n.to == 0 { // as pflag makes one to see its zero value, or nothing said
		return ""
	}
	return strconv.FormatFloat(*n.to, 'g', -1, 64)
}

func (n *number) Type() string   { return "number" }
func (n *number) wanted() string { return n.what }
