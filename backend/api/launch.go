package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"berth/model"
)

// A launch is the body of a create request. It has the platform's fields that mean something here, and also those that
// berth can't fulfil: they are refused, not silently ignored.
type launch struct {
	Image       string          `json:"image"`
	Env         options         `json:"env"`
	Disk        *float64        `json:"disk"`
	Label       string          `json:"label"`
	OnStart     string          `json:"onstart"`
	RunType     string          `json:"runtype"`
	Args        words           `json:"args"`
	ArgsStr     string          `json:"args_str"`
	JupyterLab  bool            `json:"use_jupyter_lab"`
	JupyterDir  string          `json:"jupyter_dir"`
	LangUTF8    bool            `json:"lang_utf8"`
	PythonUTF8  bool            `json:"python_utf8"`
	TargetState string          `json:"target_state"`
	ImageLogin  string          `json:"image_login"`
	HashID      string          `json:"template_hash_id"`
	TemplateID  int64           `json:"template_id"`
	User        string          `json:"user"`
	Volume      *volumeInfo     `json:"volume_info"`
	Price       json.RawMessage `json:"price"`
	VM          bool            `json:"vm"`
	Queue       bool            `json:"queue"` // berth's own field: wait in line for GPUs that aren't free
}

// launch orders an instance. With stopped it also orders the instance to stop, so that the instance exists without
// running.
func (c *call) launch(o model.Order, stopped bool) (i model.Instance, err error) {
	err = c.order(func(ctx context.Context) error {
		if i, err = c.machine.Launch(ctx, o); err == nil && stopped {
			err = c.machine.Act(ctx, i.ID, model.ActionStop)
		}
		return err
	})
	if errors.Is(err, model.ErrGPUsTaken) {
		err = problem{http.StatusGone, "no_such_ask", model.Said(err)}
	}
	c.machine.CatchUp(c.ctx)
	return i, err
}

// orderOf makes the order that a launch asks for: the template's order, overridden by the launch's own fields.
func (c *call) orderOf(want launch) (model.Order, error) {
	if err := want.unavailable(); err != nil {
		return model.Order{}, err
	}
	o, err := c.templateOrder(want)
	if err != nil {
		return o, err
	}
	set(&o.Image, want.Image)
	set(&o.Label, want.Label)
	if want.Disk != nil {
		o.Disk = *want.Disk
	}
	if want.RunType != "" {
		o.Mode = model.ParseMode(want.RunType)
	}
	if err := want.setArgs(&o); err != nil {
		return o, err
	}
	if err := want.setOnStart(&o); err != nil {
		return o, err
	}
	o.JupyterLab = o.JupyterLab || want.JupyterLab
	o.Queue = o.Queue || want.Queue
	if want.ImageLogin != "" {
		if o.Registry, err = registryOf(want.ImageLogin); err != nil {
			return o, err
		}
	}
	base, err := model.ParseOptions(o.Options)
	if err != nil {
		return o, err
	}
	more := want.Env.Options
	more.Env = append(more.Env, want.vars()...)
	o.Options = base.With(more).String()
	return o.InMode(o.Mode), nil // fields that the mode doesn't use are dropped, as the platform does: clients send them
}

// unavailable returns an error if the launch asks for something that berth doesn't have.
func (l launch) unavailable() error {
	switch {
	case l.User != "":
		return badInput("user: an instance's launcher runs as root; this can't be changed")
	case l.Price != nil && string(l.Price) != "null":
		return badInput("price: nothing is bid for here, the machine is its users' own")
	case l.VM:
		return badInput("vm: instances are containers")
	case l.TargetState != "" && l.TargetState != "running" && l.TargetState != "stopped":
		return badInput(`target_state: want "running" or "stopped"`)
	}
	return nil
}

// templateOrder returns the order of the template that a launch names, or an empty order.
func (c *call) templateOrder(want launch) (model.Order, error) {
	if want.HashID == "" && want.TemplateID == 0 {
		return model.Order{}, nil
	}
	t, err := c.template(want.HashID, want.TemplateID)
	return t.Order, err
}

// setArgs sets the arguments that replace the image's CMD. Arguments without a launch mode imply entrypoint mode.
func (l launch) setArgs(o *model.Order) error {
	args := []string(l.Args)
	if l.ArgsStr != "" {
		var err error
		if args, err = model.SplitWords(l.ArgsStr); err != nil {
			return badInput("args_str: " + model.Said(err))
		}
	}
	if args == nil {
		return nil
	}
	o.Args = args
	if l.RunType == "" {
		o.Mode = model.ModeEntrypoint
	}
	return nil
}

// setOnStart sets the on-start script. Entrypoint mode has no script; there, clients use the same field for what
// replaces the image's ENTRYPOINT.
func (l launch) setOnStart(o *model.Order) error {
	switch {
	case l.OnStart == "":
	case o.Mode == model.ModeEntrypoint:
		words, err := model.SplitWords(l.OnStart)
		if err != nil {
			return badInput("onstart: " + model.Said(err))
		}
		o.Entrypoint = words
	default:
		o.OnStart = l.OnStart
	}
	return nil
}

// vars returns the environment variables that other fields of the launch stand for.
func (l launch) vars() []model.Var {
	var vars []model.Var
	if l.JupyterDir != "" {
		vars = append(vars, model.Var{Name: "JUPYTER_DIR", Value: l.JupyterDir})
	}
	if l.LangUTF8 {
		vars = append(vars, model.Var{Name: "LANG", Value: "C.UTF-8"}, model.Var{Name: "LC_ALL", Value: "C.UTF-8"})
	}
	if l.PythonUTF8 {
		vars = append(vars, model.Var{Name: "PYTHONIOENCODING", Value: "UTF-8"})
	}
	return vars
}

// registryOf returns the registry of a login that is written like docker login's arguments. The password isn't used: it
// would be in the shell's history and in the request, and the account may have one already.
func registryOf(login string) (string, error) {
	words, err := model.SplitWords(login)
	if err != nil || len(words) == 0 || strings.HasPrefix(words[len(words)-1], "-") {
		return "", badInput("image_login: want the arguments of docker login, the registry last")
	}
	return words[len(words)-1], nil
}

// set overwrites a text, unless the new text is empty.
func set(over *string, text string) {
	if text != "" {
		*over = text
	}
}
