package form

import (
	"errors"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// modeAbout describes each mode.
var modeAbout = map[model.Mode]option{
	model.ModeSSH:        {name: "ssh", about: "our launcher with an SSH server on port 22, keys only; the on-start script runs"},
	model.ModeJupyter:    {name: "jupyter", about: "as ssh, and Jupyter on port 8080 over HTTPS with a token"},
	model.ModeEntrypoint: {name: "entrypoint", about: "the image as it is, with its own ENTRYPOINT and CMD; nothing is added"},
}

// A modeStep asks for the launch mode, and for what depends on it.
type modeStep struct {
	mode       choice
	lab        toggle
	export     toggle
	entrypoint text
	args       text
	keys       []toggle // the user's SSH keys that the account doesn't have
	offered    []string // their lines
	another    text     // a key that is pasted
	editing    bool     // a template, which has no keys
}

func newModeStep(in Inputs, editing bool) modeStep {
	s := modeStep{
		mode:       choice{field: field{key: "mode", label: "Mode", wide: true}, upright: true},
		lab:        toggle{field: field{key: "jupyter_lab", label: "Jupyter"}, name: "JupyterLab instead of the notebook"},
		export:     toggle{field: field{key: "export_env", label: "Variables"}, name: "also in SSH and Jupyter sessions"},
		entrypoint: newText(field{key: "entrypoint", label: "Entrypoint", hint: "replaces the image's ENTRYPOINT; quote as in a shell"}, "the image's own"),
		args:       newText(field{key: "args", label: "Arguments", hint: "replace the image's CMD; quote as in a shell"}, "the image's own"),
	}
	for _, m := range model.Modes {
		o := modeAbout[m]
		o.value = string(m)
		s.mode.options = append(s.mode.options, o)
	}
	s.editing = editing
	s.offerKeys(in.OfferedKeys, len(in.Capacity.Account.Keys) > 0)
	return s
}

// offerKeys makes a toggle for each key line, and a row to paste another key. If the account has keys already, its user
// has chosen who may log in, so the offered keys aren't ticked.
func (s *modeStep) offerKeys(lines []string, chosen bool) {
	s.offered = lines
	for i, line := range lines {
		f := field{label: rowLabel(i, "SSH keys"), hint: "lets its owner in; a ticked one is put into your account at the launch"}
		s.keys = append(s.keys, toggle{field: f, on: !chosen, name: keyName(line)})
	}
	s.another = newText(field{key: "ssh key", label: rowLabel(len(lines), "SSH key"),
		hint: "paste a public key, a line such as ssh-ed25519 AAAA… you@laptop: it is put into your account at the launch"}, "paste another")
}

// keyName returns what people tell their keys apart by: type and comment.
func keyName(line string) string {
	words := strings.Fields(line)
	if len(words) < 2 {
		return theme.Text(line)
	}
	return theme.Text(strings.TrimPrefix(words[0], "ssh-") + " " + strings.Join(words[2:], " "))
}

// addKeys returns the lines to be put into the account at the launch.
func (s *modeStep) addKeys() []string {
	if s.editing || !model.Mode(s.mode.value()).Launcher() {
		return nil
	}
	var lines []string
	for i, t := range s.keys {
		if t.on {
			lines = append(lines, s.offered[i])
		}
	}
	if line, err := model.PublicKey(s.another.value()); err == nil {
		lines = append(lines, line)
	}
	return lines
}

func (s *modeStep) see(Inputs) {}

func (s *modeStep) load(o model.Order) {
	s.mode.set(string(o.Mode))
	s.lab.on, s.export.on = o.JupyterLab, o.ExportEnv
	s.entrypoint.set(model.JoinWords(o.Entrypoint))
	s.args.set(model.JoinWords(o.Args))
}

func (s *modeStep) store(o *model.Order) {
	o.Mode = model.Mode(s.mode.value())
	o.JupyterLab, o.ExportEnv = s.lab.on, s.export.on
	o.Entrypoint, _ = model.SplitWords(s.entrypoint.value()) // faults reports text that can't be split
	o.Args, _ = model.SplitWords(s.args.value())
}

// faults reports what an order can't contain: text that can't be split into words, and an invalid key.
func (s *modeStep) faults() model.Faults {
	var faults model.Faults
	var fault model.Fault
	launcher := !s.editing && model.Mode(s.mode.value()).Launcher()
	if _, err := model.PublicKey(s.another.value()); launcher && s.another.value() != "" && errors.As(err, &fault) {
		faults = append(faults, fault)
	}
	for _, t := range []text{s.entrypoint, s.args} {
		if _, err := model.SplitWords(t.value()); err != nil && s.mode.value() == string(model.ModeEntrypoint) {
			faults = append(faults, model.Fault{Field: t.key, Reason: model.Said(err)})
		}
	}
	return faults
}

func (s *modeStep) inputs() []input {
	in := []input{&s.mode}
	switch model.Mode(s.mode.value()) {
	case model.ModeEntrypoint:
		return append(in, &s.entrypoint, &s.args)
	case model.ModeJupyter:
		in = append(in, &s.lab)
	case model.ModeSSH: // has no field of its own
	}
	in = append(in, &s.export)
	if s.editing {
		return in
	}
	for i := range s.keys {
		in = append(in, &s.keys[i])
	}
	return append(in, &s.another)
}
