package cli

import (
	"context"
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

// orderFlags is an order given as flags. What no flag gives comes from the file or the template.
type orderFlags struct {
	file, template string
	given          model.Order
	env, ports     []string
	envFiles       []string
	hostname       string
}

// overrides lists the flags that set one field of an order. The mode comes before the fields that only some modes use,
// because changing the mode clears those.
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
	{"folder", func(o *model.Order, g model.Order) { o.Folders = foldersOf(g.Folders) }},
	{"volume", func(o *model.Order, g model.Order) { o.Volumes = g.Volumes }},
	{"registry", func(o *model.Order, g model.Order) { o.Registry = g.Registry }},
	{"for", func(o *model.Order, g model.Order) { o.For, o.Until = g.For, "" }},
	{"until", func(o *model.Order, g model.Order) { o.For, o.Until = 0, g.Until }},
	{"keep", func(o *model.Order, g model.Order) { o.Keep = g.Keep }},
	{"queue", func(o *model.Order, g model.Order) { o.Queue = g.Queue }},
}

// foldersOf are the folders that a command names: never nil, which would be those that every instance gets.
func foldersOf(names []string) []string {
	if len(names) == 1 && names[0] == model.NoFolder {
		return []string{}
	}
	return names
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
	fl.Var(&number{&o.Disk, "a number of GB above 0"}, "disk", "disk in `GB`")
	fl.StringArrayVar(&o.Folders, "folder", nil, "`name` of a folder of the machine, or none (repeatable)")
	fl.StringArrayVar(&o.Volumes, "volume", nil, "`volume` NAME[:/path][:ro] (repeatable)")
	fl.StringArrayVarP(&f.env, "env", "e", nil, "`variable` NAME=value (repeatable)")
	fl.StringArrayVar(&f.envFiles, "env-file", nil, "variables of a .env `file`; --env overrides them (repeatable)")
	fl.StringArrayVarP(&f.ports, "publish", "p", nil, "`port` to open, such as 8081 or 8082/udp (repeatable)")
	fl.StringVarP(&f.hostname, "hostname", "h", "", "host `name` inside")
	fl.StringVar(&o.Label, "label", "", "display `name`")
	fl.StringVar(&o.OnStart, "onstart", "", "ssh and jupyter mode: on-start `script` (the text itself)")
	fl.StringArrayVar(&o.Entrypoint, "entrypoint", nil, "entrypoint mode: one `word` of what replaces the image's ENTRYPOINT (repeatable)")
	fl.StringArrayVar(&o.Args, "arg", nil, "entrypoint mode: one `word` of what replaces the image's CMD (repeatable)")
	fl.StringVar(&o.Registry, "registry", "", "the `host` of the account's login to pull with")
	fl.Var((*spanFlag)(&o.For), "for", "stop each run after a `time` such as 8h or 3d; files stay")
	fl.StringVar(&o.Until, "until", "", "stop the run at a `moment` such as 18:00 or \"2026-03-01 18:00\"; files stay")
	fl.BoolVar(&o.Keep, "keep", false, "exempt from the machine's idle rule, where its owner allows that")
	fl.BoolVar(&o.Queue, "queue", false, "wait in line for GPUs that aren't free, instead of being refused")
	fl.BoolVar(&o.JupyterLab, "jupyter-lab", false, "jupyter mode: JupyterLab rather than the notebook")
	fl.BoolVar(&o.ExportEnv, "export-env", false, "ssh and jupyter mode: show the variables to sessions as well")
}

// launch launches what the flags ask for. If only free GPUs are missing, it offers to wait for them.
func (f *orderFlags) launch(p *program, c *cobra.Command, m Backend) (model.Instance, error) {
	o, err := f.order(c, m)
	if err != nil {
		return model.Instance{}, err
	}
	i, err := m.Launch(c.Context(), o)
	err = f.named(c, err)
	if errors.Is(err, model.ErrGPUsTaken) && !o.Queue {
		i, err = offerLine(p, c, m, o, err)
	}
	if err == nil {
		sayKeyless(c, m, i)
		sayLine(c, m, i)
	}
	return i, err
}

// sayKeyless prints a warning if nobody can log in to an instance in ssh mode, and says what to do.
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

// order returns the order of the file or the template, changed by the flags.
func (f *orderFlags) order(c *cobra.Command, m orderSource) (model.Order, error) {
	o, err := f.base(c, m)
	if err != nil {
		return o, err
	}
	for _, over := range overrides {
		if c.Flags().Changed(over.flag) {
			over.set(&o, f.given)
		}
	}
	if err := contradictions(c, o); err != nil {
		return o, err
	}
	fromFiles, err := f.fromEnvFiles()
	o.Options = overlaid(overlaid(o.Options, fromFiles), f.options(c))
	return o, err
}

// contradictions returns an error for a flag that would be passed over beside what else is asked for.
func contradictions(c *cobra.Command, o model.Order) error {
	switch {
	case c.Flags().Changed("share") && o.GPUs > 0:
		return usagef("--share %q: a share is for an instance without GPUs; GPUs bring theirs: leave it out, or give --gpus 0",
			c.Flag("share").Value)
	case c.Flags().Changed("gpu-model") && o.GPUModel != "" && o.GPUs == 0:
		return usagef("--gpu-model %q: a model is for an instance with GPUs: give --gpus too", o.GPUModel)
	case len(o.Folders) > 1 && slices.Contains(o.Folders, model.NoFolder):
		return usagef("--folder %q: none stands alone", model.NoFolder)
	case c.Flags().Changed("for") && c.Flags().Changed("until"):
		return usagef("--for and --until both say when it ends: give one of them")
	}
	return nil
}

// An orderSource has the files and templates that orders are made from.
type orderSource interface {
	ReadOrder(path string) (model.Order, error)
	Templates(ctx context.Context) ([]model.Template, error)
}

// base returns the order that the flags change.
func (f *orderFlags) base(c *cobra.Command, m orderSource) (model.Order, error) {
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

// options returns the -e, -p and -h flags as option text, so that one parser reads them all.
func (f *orderFlags) options(c *cobra.Command) string {
	var words []string
	add := func(flag, value string) {
		if strings.HasPrefix(value, "-") { // joined, or it would be read as another flag
			words = append(words, flag+"="+value)
			return
		}
		words = append(words, flag, value)
	}
	for _, e := range f.env {
		add("-e", e)
	}
	for _, p := range f.ports {
		add("-p", p)
	}
	if c.Flags().Changed("hostname") {
		add("-h", f.hostname)
	}
	return model.JoinWords(words)
}

// fromEnvFiles returns the variables of the .env files as option text. Of a variable in several files the last counts.
func (f *orderFlags) fromEnvFiles() (string, error) {
	text := ""
	for _, name := range f.envFiles {
		vars, err := readEnvFile(name)
		if err != nil {
			return "", err
		}
		text = overlaid(text, model.Options{Env: vars}.String())
	}
	return text, nil
}

// overlaid combines two option texts; more overrides text. If one can't be parsed it only joins them, and the launch
// then reports all faults.
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

// named changes the faults' fields to the names of the flags that caused them.
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

// flagOf returns the name of the flag that may have caused a fault.
func (f *orderFlags) flagOf(fault model.Fault) string {
	about := func(word string) bool { return fault.Value != "" && strings.HasPrefix(word, fault.Value) }
	switch fault.Field {
	case "pick_gpus":
		return "gpus"
	case "gpu_model", "jupyter_lab", "export_env":
		return strings.ReplaceAll(fault.Field, "_", "-")
	case "args":
		return "arg"
	case "folders", "volumes":
		return strings.TrimSuffix(fault.Field, "s")
	case "options":
		switch {
		case slices.ContainsFunc(f.env, about):
			return "env"
		case slices.ContainsFunc(f.ports, about):
			return "publish"
		case about(f.hostname):
			return "hostname"
		case fault.Value == "":
			return f.flagOfNothing()
		}
	}
	return fault.Field
}

// flagOfNothing returns the name of the flag that may have caused a fault of the options that names no value: one
// without a name or a value, or else too many ports.
func (f *orderFlags) flagOfNothing() string {
	switch {
	case slices.ContainsFunc(f.env, func(e string) bool { return e == "" || e[0] == '=' }):
		return "env"
	case len(f.ports) > 0:
		return "publish"
	}
	return "hostname"
}

// A modeFlag is the flag --mode.
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

// A gpusFlag is the flag --gpus: a number of GPUs, or their UUIDs.
type gpusFlag struct{ o *model.Order }

func (g *gpusFlag) Set(text string) error {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && text[0] != '+' {
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

// A spanFlag is a length of time.
type spanFlag model.Span

func (s *spanFlag) Set(text string) error {
	span, err := model.ParseSpan(text)
	if err != nil {
		return errNotOffered
	}
	*s = spanFlag(span)
	return nil
}

func (s *spanFlag) String() string {
	if s == nil || *s == 0 {
		return ""
	}
	return model.Span(*s).String()
}

func (s *spanFlag) Type() string   { return "time" }
func (s *spanFlag) wanted() string { return "a length of time, such as 90s, 30m, 8h or 3d" }

// A number is a flag whose value is a number of digits, with a point at most. It isn't 0, which in an order means that
// nothing is said.
type number struct {
	to   *float64
	what string
}

func (n *number) Set(text string) error {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || f == 0 || strings.Trim(text, "0123456789.-") != "" {
		return errNotOffered
	}
	*n.to = f
	return nil
}

func (n *number) String() string {
	if n.to == nil || *n.to == 0 { // pflag makes a zero value to compare with
		return ""
	}
	return strconv.FormatFloat(*n.to, 'g', -1, 64)
}

func (n *number) Type() string   { return "number" }
func (n *number) wanted() string { return n.what }
