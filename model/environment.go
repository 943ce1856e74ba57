package model

import (
	"slices"
	"strconv"
	"strings"
)

// An Identity is the input for an instance's predefined variables.
type Identity struct {
	Instance Instance
	PublicIP string
	APIURL   string   // VAST_URL: the API's URL as seen from the container; empty if there is none
	APIKey   string   // CONTAINER_API_KEY
	Keys     []string // SSH_PUBLIC_KEY, one line each
	Pytorch  string   // PYTORCH_VERSION; empty if the image gives none
	WorkDir  string   // the image's working directory, where Jupyter starts; empty if the image sets none
	Visible  string   // NVIDIA_VISIBLE_DEVICES, if the way a container gets its GPUs needs one; empty: void
}

// Environment returns every variable that the container gets in addition to the image's own, sorted by name: the plan's
// variables, overridden by the predefined ones. Its source is the table in environment.md.
func Environment(id Identity) []Var {
	env := overlay(id.Instance.Plan.Env, id.predefined())
	slices.SortFunc(env, func(a, b Var) int { return strings.Compare(a.Name, b.Name) })
	return env
}

// predefined returns the variables that berth sets.
func (id Identity) predefined() []Var {
	i := id.Instance
	env := []Var{
		{"CONTAINER_ID", strconv.FormatInt(int64(i.ID), 10)},
		{"VAST_CONTAINERLABEL", i.ID.String()},
		{"CONTAINER_API_KEY", id.APIKey},
		{"GPU_COUNT", strconv.Itoa(i.GPUCount())},
		{"PUBLIC_IPADDR", id.PublicIP},
		{"SSH_PUBLIC_KEY", strings.Join(id.Keys, "\n")},
		{"DATA_DIRECTORY", i.Plan.DataDirectory()},
		{"NVIDIA_VISIBLE_DEVICES", orElse(id.Visible, "void")}, // always set: many images set it to "all"
	}
	if id.APIURL != "" { // an empty value would replace the client's own default
		env = append(env, Var{"VAST_URL", id.APIURL})
	}
	if _, set := i.Plan.Var("PYTORCH_VERSION"); !set && id.Pytorch != "" {
		env = append(env, Var{"PYTORCH_VERSION", id.Pytorch})
	}
	if value, _ := i.Plan.Var("OPEN_BUTTON_TOKEN"); value == "1" { // the user asks for a generated token
		env = append(env, Var{"OPEN_BUTTON_TOKEN", i.Plan.JupyterToken()})
	}
	if i.Order.Mode == ModeJupyter {
		folder, _ := i.Plan.Var("JUPYTER_DIR")
		env = append(env,
			Var{"JUPYTER_TOKEN", i.Plan.JupyterToken()},
			Var{"JUPYTER_SERVER_ROOT", orElse(orElse(folder, id.WorkDir), "/")},
			Var{"JUPYTER_SERVER_URL", "https://0.0.0.0:" + strconv.Itoa(PortJupyter) + "/"})
	}
	for _, p := range i.Plan.Ports {
		if p.External != 0 {
			env = append(env, Var{p.Variable(), strconv.Itoa(p.External)})
		}
	}
	return env
}

// Var returns a variable of the account, the template or the form, and whether it is set.
func (p Plan) Var(name string) (value string, set bool) {
	for _, v := range p.Env {
		if v.Name == name {
			value, set = v.Value, true
		}
	}
	return value, set
}

// DataDirectory returns the default folder for data inside the instance.
func (p Plan) DataDirectory() string {
	folder, _ := p.Var("DATA_DIRECTORY")
	return orElse(folder, "/workspace")
}

// JupyterToken returns the user's own token if one is set, otherwise the token made for the instance.
func (p Plan) JupyterToken() string {
	token, _ := p.Var("JUPYTER_TOKEN")
	return orElse(token, p.Token)
}

// External returns the external port for an asked-for number, or 0 if there is none yet.
func (p Plan) External(asked int, protocol Protocol) int {
	for _, port := range p.Ports {
		if port.Protocol == protocol && port.Asked == asked {
			return port.External
		}
	}
	return 0
}

// overlay merges layers of variables. Each name appears once, at its first position and with its last value.
func overlay(layers ...[]Var) []Var {
	var env []Var
	at := map[string]int{}
	for _, layer := range layers {
		for _, v := range layer {
			if i, seen := at[v.Name]; seen {
				env[i] = v
				continue
			}
			at[v.Name] = len(env)
			env = append(env, v)
		}
	}
	return env
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
