package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
)

// launchFlags are an order as flags; what isn't given comes from the file or template.
type launchFlags struct {
	file, template, image, mode, label, gpus string
	gpuModel, hostname, onstart, registry    string
	share, disk                              float64
	env, ports, args                         []string
	entrypoint                               string
	lab, export, wait                        bool
}

func (p *program) launch() *cobra.Command {
	var f launchFlags
	c := p.jsonFlag(&cobra.Command{
		Use: "launch [-f FILE | --template NAME] [flags]", Short: "launch an instance", Args: exactly(),
		Example: "  berth launch --template pytorch --gpus 2 --wait\n  berth launch --image ubuntu:24.04 --mode ssh --share 0.1 -e A=1 -p 8081\n  berth launch -f order.toml --wait --json",
	})
	fl := c.Flags()
	fl.StringVarP(&f.file, "file", "f", "", "order file (TOML)")
	fl.StringVarP(&f.template, "template", "t", "", "template to start from")
	fl.StringVar(&f.image, "image", "", "image")
	fl.StringVar(&f.mode, "mode", "", "launch mode: ssh, jupyter or entrypoint")
	fl.StringVar(&f.gpus, "gpus", "", "how many GPUs, or which: a number, or UUIDs with commas between")
	fl.StringVar(&f.gpuModel, "gpu-model", "", "which model, on a machine with several")
	fl.Float64Var(&f.share, "share", 0, "of an instance without GPUs: its part of the machine, 0 to 1")
	fl.Float64Var(&f.disk, "disk", 0, "disk in GB")
	fl.StringArrayVarP(&f.env, "env", "e", nil, "variable NAME=value (repeatable)")
	fl.StringArrayVarP(&f.ports, "publish", "p", nil, "port to open, such as 8081 or 8082/udp (repeatable)")
	fl.StringVar(&f.hostname, "hostname", "", "host name inside")
	fl.StringVar(&f.label, "label", "", "display name")
	fl.StringVar(&f.onstart, "onstart", "", "on-start script (the text itself)")
	fl.StringVar(&f.entrypoint, "entrypoint", "", "entrypoint mode: what replaces the image's ENTRYPOINT")
	fl.StringArrayVar(&f.args, "arg", nil, "entrypoint mode: one word of what replaces CMD (repeatable)")
	fl.StringVar(&f.registry, "registry", "", "the account's login to pull with")
	fl.BoolVar(&f.lab, "jupyter-lab", false, "JupyterLab rather than the notebook")
	fl.BoolVar(&f.export, "export-env", false, "show the variables to sessions as well")
	fl.BoolVar(&f.wait, "wait", false, "return when the instance answers, or say why it doesn't")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.keeping(c.Context(), func(ctx context.Context, m Machine) error {
			o, err := f.order(ctx, c, m)
			if err != nil {
				return err
			}
			return p.order(ctx, c, m, o, f.wait)
		})
	}
	// -h is the host name's letter in the option text, as in `docker create`; help is --help.
	fl.Bool("help", false, "help for launch")
	fl.VarPF(fl.Lookup("hostname").Value, "host", "h", "host name inside, in the option text's letter").Hidden = true
	return c
}

// order launches and says what came of it.
func (p *program) order(ctx context.Context, c *cobra.Command, m Machine, o model.Order, wait bool) error {
	i, err := m.Launch(ctx, o)
	if err != nil {
		return err
	}
	var failed error
	if wait {
		failed = p.untilAnswers(ctx, c, m, i.ID)
	}
	f, err := m.Fleet(context.WithoutCancel(ctx))
	if err != nil {
		return errors.Join(failed, err)
	}
	if now, ok := f.Instance(i.ID); ok {
		i = now
	}
	if p.json {
		return errors.Join(failed, printJSON(c.OutOrStdout(), f.Wire(i)))
	}
	_, _ = fmt.Fprintln(c.OutOrStdout(), i.ID)
	return failed
}

// untilAnswers waits until an instance answers, saying on stderr how far it is.
func (p *program) untilAnswers(ctx context.Context, c *cobra.Command, m Machine, id model.InstanceID) error {
	last := ""
	return await(ctx, m, id, func(i model.Instance, there bool) (bool, error) {
		if !there {
			return true, fmt.Errorf("%s: %w: it was destroyed meanwhile", id, model.ErrNoInstance)
		}
		if say := i.Status() + ": " + i.Message; say != last && !p.json {
			last = say
			_, _ = fmt.Fprintln(c.ErrOrStderr(), id, say)
		}
		switch {
		case i.Phase == model.PhaseRunning:
			return true, nil
		case i.Phase.Settled():
			return true, fmt.Errorf("%s %s: %s", id, i.Phase, i.Message)
		}
		return false, nil
	})
}

// order is what the flags ask for, over the file's or the template's.
func (f launchFlags) order(ctx context.Context, c *cobra.Command, m Machine) (model.Order, error) {
	o, err := f.base(ctx, m)
	if err != nil {
		return o, err
	}
	given := c.Flags().Changed
	set := func(flag string, to *string, value string) {
		if given(flag) {
			*to = value
		}
	}
	set("image", &o.Image, f.image)
	set("label", &o.Label, f.label)
	set("gpu-model", &o.GPUModel, f.gpuModel)
	set("onstart", &o.OnStart, f.onstart)
	set("registry", &o.Registry, f.registry)
	if given("mode") {
		o.Mode = model.ParseMode(f.mode)
	}
	if given("share") {
		o.Share = f.share
	}
	if given("disk") {
		o.Disk = f.disk
	}
	if given("arg") {
		o.Args = f.args
	}
	if given("entrypoint") {
		o.Entrypoint = []string{f.entrypoint}
	}
	o.JupyterLab = o.JupyterLab || f.lab
	o.ExportEnv = o.ExportEnv || f.export
	if given("gpus") {
		if o.GPUs, o.PickGPUs, err = parseGPUs(f.gpus); err != nil {
			return o, err
		}
	}
	o.Options = strings.TrimSpace(o.Options + " " + f.options(c))
	return o, nil
}

// base is the order that the flags change.
func (f launchFlags) base(ctx context.Context, m Machine) (model.Order, error) {
	switch {
	case f.file != "" && f.template != "":
		return model.Order{}, fmt.Errorf("%w: --file and --template: give one of them", errUsage)
	case f.file != "":
		return m.ReadOrder(f.file)
	case f.template == "":
		return model.Order{}, nil
	}
	templates, broken := m.Templates(ctx)
	var names []string
	for _, t := range templates {
		if t.Name == f.template {
			return t.Order, nil
		}
		names = append(names, t.Name)
	}
	return model.Order{}, errors.Join(fmt.Errorf("%w: --template %q: want one of %s", errUsage, f.template, strings.Join(names, ", ")), broken)
}

// options are the -e, -p and -h flags as option text, so that one parser reads them all.
func (f launchFlags) options(c *cobra.Command) string {
	var words []string
	for _, e := range f.env {
		words = append(words, "-e", model.QuoteWord(e))
	}
	for _, p := range f.ports {
		words = append(words, "-p", model.QuoteWord(p))
	}
	if c.Flags().Changed("hostname") || c.Flags().Changed("host") {
		words = append(words, "-h", model.QuoteWord(f.hostname))
	}
	return strings.Join(words, " ")
}

// parseGPUs reads a number of GPUs, or their UUIDs.
func parseGPUs(text string) (int, []model.GPUID, error) {
	if n, err := strconv.Atoi(text); err == nil {
		return n, nil, nil
	}
	var picked []model.GPUID
	for id := range strings.SplitSeq(text, ",") {
		if !strings.HasPrefix(id, "GPU-") && !strings.HasPrefix(id, "MIG-") {
			return 0, nil, fmt.Errorf("%w: --gpus %q: want a number, or UUIDs (`berth gpus --json`) with commas between", errUsage, text)
		}
		picked = append(picked, model.GPUID(id))
	}
	return len(picked), picked, nil
}
