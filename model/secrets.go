package model

import (
	"slices"
	"strings"
)

// Masked replaces a value that the reader may not see.
const Masked = "***"

// WithoutSecrets returns the plan without its API key, tokens, the secret in authorized_keys, the SSH server's private
// key and a renewal's variables. All of these are made again if they are lost. The result may be written where others can read it, such
// as a container's labels.
func (p Plan) WithoutSecrets() Plan {
	p.APIKey, p.Secret, p.Token, p.HostKey, p.Renewal = "", "", "", "", nil
	return p
}

// ForLabels returns an order and its plan in the form for a container's labels: without secrets and without the values
// of variables, which are often secrets too. Labels are visible in more places than a container's environment, such as
// lists, monitoring and images. FromContainer reads the values back from the environment. The on-start script stays in
// the labels.
func ForLabels(o Order, p Plan) (Order, Plan) {
	p = p.WithoutSecrets()
	p.Env = withValues(p.Env, func(Var) string { return "" })
	o.Options = optionsWith(o.Options, func(Var) string { return "" })
	return o, p
}

// FromContainer restores an order and plan that ForLabels reduced. It takes values, API key and token from the
// container's environment, NAME=value each. What the environment doesn't contain stays as it is.
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
	if _, open := p.Var("OPEN_BUTTON_TOKEN"); open || o.Mode == ModeJupyter { // otherwise the image's own
		p.Token = orElse(orElse(of["JUPYTER_TOKEN"], of["OPEN_BUTTON_TOKEN"]), p.Token)
	}
	return o, p
}

// For returns the instance as a user may see it. The user sees everything of an own instance. Of another user's
// instance the result lacks the values of variables, the on-start script, tokens and keys. The names of variables stay.
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

// For returns the fleet as a user may see it.
func (f Fleet) For(user string) Fleet {
	if !slices.ContainsFunc(f.Instances, func(i Instance) bool { return i.Owner != user }) {
		return f
	}
	f.Instances = slices.Clone(f.Instances)
	for n := range f.Instances {
		f.Instances[n] = f.Instances[n].For(user)
	}
	return f
}

// addressVars lists the variables that URLs and paths are made from. Their values are not secret.
var addressVars = []string{"DATA_DIRECTORY", "JUPYTER_DIR", "JUPYTER_PORT", "OPEN_BUTTON_PORT"}

func maskedVars(vars []Var) []Var { return withValues(vars, masked) }

func masked(v Var) string {
	if slices.Contains(addressVars, v.Name) {
		return v.Value
	}
	return Masked
}

// maskedOptions masks the values of the variables in option text. Text that can't be parsed is masked as a whole.
func maskedOptions(text string) string {
	masked := optionsWith(text, masked)
	if masked == "" && text != "" {
		return Masked
	}
	return masked
}

// withValues returns the same variables with new values.
func withValues(vars []Var, value func(Var) string) []Var {
	vars = slices.Clone(vars)
	for n := range vars {
		vars[n].Value = value(vars[n])
	}
	return vars
}

// optionsWith returns the option text with new values for its variables. It returns "" if the text can't be parsed.
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
