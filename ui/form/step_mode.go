package form

import (
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// modeAbout says what each mode is for.
var modeAbout = map[model.Mode]option{
	model.ModeSSH:        {name: "ssh", about: "our launcher with an SSH server on port 22, keys only; the on-start script runs"},
	model.ModeJupyter:    {name: "jupyter", about: "as ssh, and Jupyter on port 8080 over HTTPS with a token"},
	model.ModeEntrypoint: {name: "entrypoint", about: "the image as it is, with its own ENTRYPOINT and CMD; nothing is added"},
}

// A modeStep asks what starts in the instance.
type modeStep struct {
	mode       choice
	lab        toggle
	export     toggle
	entrypoint text
	args       text
	keys       []toggle // the user's own SSH keys, offered where the account has none
	offered    []string // their lines
	hasKeys    bool     // the account has keys
}

func newModeStep(offered []string) modeStep {
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
	s.offerKeys(offered)
	return s
}

// offerKeys makes a toggle of each key line.
func (s *modeStep) offerKeys(lines []string) {
	s.offered = lines
	for i, line := range lines {
		f := field{hint: "your account has no key yet; a ticked one is put into it at the launch"}
		if i == 0 {
			f.label = "SSH keys"
		}
		s.keys = append(s.keys, toggle{field: f, on: true, name: keyName(line)})
	}
}

// keyName is how people tell their keys apart: kind and comment.
func keyName(line string) string {
	words := strings.Fields(line)
	if len(words) < 2 {
		return theme.Text(line)
	}
	return theme.Text(strings.TrimPrefix(words[0], "ssh-") + " " + strings.Join(words[2:], " "))
}

// addKeys are the lines to put into the account at the launch.
func (s *modeStep) addKeys() []string {
	if s.hasKeys || !model.Mode(s.mode.value()).Launcher() {
		return nil
	}
	var lines []string
	for i, t := range s.keys {
		if t.on {
			lines = append(lines, s.offered[i])
		}
	}
	return lines
}

func (s *modeStep) see(in Inputs) { s.hasKeys = len(in.Capacity.Account.Keys) > 0 }

func (s *modeStep) load(o model.Order) {
	s.mode.set(string(o.Mode))
	s.lab.on, s.export.on = o.JupyterLab, o.ExportEnv
	s.entrypoint.set(model.JoinWords(o.Entrypoint))
	s.args.set(model.JoinWords(o.Args))
}

func (s *modeStep) store(o *model.Order) {
	o.Mode = model.Mode(s.mode.value())
	o.JupyterLab, o.ExportEnv = s.lab.on, s.export.on
	o.Entrypoint, _ = model.SplitWords(s.entrypoint.value()) // faults tells of what can't be split
	o.Args, _ = model.SplitWords(s.args.value())
}

// faults are what can't be said in an order: words that don't read as a command.
func (s *modeStep) faults() model.Faults {
	var faults model.Faults
	for _, t := range []text{s.entrypoint, s.args} {
		if _, err := model.SplitWords(t.value()); err != nil && s.mode.value() == string(model.ModeEntrypoint) {
			faults = append(faults, model.Fault{Field: t.key, Reason: err.Error()})
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
	case model.ModeSSH: // nothing of its own
	}
	in = append(in, &s.export)
	for i := range s.keys {
		if !s.hasKeys {
			in = append(in, &s.keys[i])
		}
	}
	return in
}
