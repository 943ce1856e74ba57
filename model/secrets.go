package model

import (
	"slices"
	"strings"
)

// Masked stands for a value that isn't its reader's to see.
const Masked = "***"

// WithoutSecrets is the plan without what is made anew where it is lost: the instance's API key, the secret of the key
// derived from its authorized_keys, its tokens and its SSH server's own key. It is what may be written where others
// read, such as a container's labels.
func (p Plan) WithoutSecrets() Plan {
	p.APIKey, p.Secret, p.Token, p.HostKey = "", "", "", ""
	return p
}

// ForLabels is an order and its plan as a container's labels may have them: without secrets, and without the values of
// variables, which are often secrets too. Labels are copied to images, lists and monitoring; the container's environment
// isn't, and FromContainer reads the values back from it. Its on-start script is there.
func ForLabels(o Order, p Plan) (Order, Plan) {
	p = p.WithoutSecrets()
	p.Env = withValues(p.Env, func(Var) string { return "" })
	o.Options = optionsWith(o.Options, func(Var) string { return "" })
	return o, p
}

// FromContainer is an order and plan of ForLabels with what its container's own variables, NAME=value each, still say:
// values, API key and token. What they don't say stays as it is.
func FromContainer(o Order, p Plan, environ []string) (Order, Plan) {
	of := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		of[name] = value
	}
	value := func(v Var) string {
		if now, has := of[v.Name]; has {
			return now
		}
		return v.Value
	}
	p.Env, o.Options = withValues(p.Env, value), optionsWith(o.Options, value)
	p.APIKey = orElse(of["CONTAINER_API_KEY"], p.APIKey)
	if _, open := p.Var("OPEN_BUTTON_TOKEN"); open || o.Mode == ModeJupyter { // else an image's own
		p.Token = orElse(orElse(of["JUPYTER_TOKEN"], of["OPEN_BUTTON_TOKEN"]), p.Token)
	}
	return o, p
}

// For is the instance as a user may see it: all of one's own, and of another's what it takes and where it is, without
// the values of its variables, its on-start script, its tokens and keys. Names of variables stay.
func (i Instance) For(user string) Instance {
	if i.Owner == user {
		return i
	}
	p := i.Plan.WithoutSecrets()
	if i.Plan.Token != "" {
		p.Token = Masked
	}
	p.Env = maskedVars(i.Plan.Env)
	i.Plan = p
	i.Order.Options = maskedOptions(i.Order.Options)
	if i.Order.OnStart != "" {
		i.Order.OnStart = Masked
	}
	return i
}

// For is the fleet as a user may see it.
func (f Fleet) For(user string) Fleet {
	f.Instances = slices.Clone(f.Instances)
	for n := range f.Instances {
		f.Instances[n] = f.Instances[n].For(user)
	}
	return f
}

// addressVars are variables that say where things are, from which addresses are made. They are no secrets.
var addressVars = []string{"DATA_DIRECTORY", "JUPYTER_DIR", "JUPYTER_PORT", "OPEN_BUTTON_PORT"}

func maskedVars(vars []Var) []Var { return withValues(vars, masked) }

func masked(v Var) string {
	if slices.Contains(addressVars, v.Name) {
		return v.Value
	}
	return Masked
}

// maskedOptions is option text without the values of its variables. Text that can't be read is masked whole.
func maskedOptions(text string) string {
	masked := optionsWith(text, masked)
	if masked == "" && text != "" {
		return Masked
	}
	return masked
}

// withValues are variables of the same names with other values.
func withValues(vars []Var, value func(Var) string) []Var {
	vars = slices.Clone(vars)
	for n := range vars {
		vars[n].Value = value(vars[n])
	}
	return vars
}

// optionsWith is option text whose variables have other values; empty where it can't be read.
func optionsWith(text string, value func(Var) string) string {
	o, err := ParseOptions(text)
	switch {
	case err != nil:
		return ""
	case len(o.Env) == 0:
		return text
	}
	o.Env = withValues(o.Env, value)
	return o.String()
}
