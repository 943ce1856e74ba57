package model

import "slices"

// Masked stands for a value that isn't its reader's to see.
const Masked = "***"

// WithoutSecrets is the plan without what is made anew where it is lost: the instance's API key, the secret of the key
// derived from its authorized_keys, its tokens and its SSH server's own key. It is what may be written where others
// read, such as a container's labels.
func (p Plan) WithoutSecrets() Plan {
	p.APIKey, p.Secret, p.Token, p.HostKey = "", "", "", ""
	return p
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

func maskedVars(vars []Var) []Var {
	vars = slices.Clone(vars)
	for n := range vars {
		if !slices.Contains(addressVars, vars[n].Name) {
			vars[n].Value = Masked
		}
	}
	return vars
}

// maskedOptions is option text without the values of its variables. Text that can't be read is masked whole.
func maskedOptions(text string) string {
	o, err := ParseOptions(text)
	switch {
	case text == "":
		return ""
	case err != nil:
		return Masked
	}
	o.Env = maskedVars(o.Env)
	return o.String()
}
