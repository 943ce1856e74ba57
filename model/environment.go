package model

import (
	"slices"
	"strconv"
	"strings"
)

// Identity is what an instance's own variables are made of.
type Identity struct {
	Instance Instance
	PublicIP string
	APIURL   string   // VAST_URL: the API as the container reaches it; empty while there is none
	APIKey   string   // CONTAINER_API_KEY
	Keys     []string // SSH_PUBLIC_KEY, a line each
	Pytorch  string   // PYTORCH_VERSION, where the image says one
	WorkDir  string   // the image's working directory, where Jupyter starts; empty where it says none
	Visible  string   // NVIDIA_VISIBLE_DEVICES, where the way GPUs are handed in needs one; else void
}

// Environment is every variable the container is created with beyond the image's own, sorted by name:
// the plan's, overridden by our predefined ones. Its source is environment.md's table.
func Environment(id Identity) []Var {
	env := overlay(id.Instance.Plan.Env, id.predefined())
	slices.SortFunc(env, func(a, b Var) int { return strings.Compare(a.Name, b.Name) })
	return env
}

// predefined are the variables that we set.
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
		{"NVIDIA_VISIBLE_DEVICES", orElse(id.Visible, "void")}, // never absent: images bake "all"
	}
	if id.APIURL != "" { // an empty one would hide the client's own default
		env = append(env, Var{"VAST_URL", id.APIURL})
	}
	if _, set := i.Plan.Var("PYTORCH_VERSION"); !set && id.Pytorch != "" {
		env = append(env, Var{"PYTORCH_VERSION", id.Pytorch})
	}
	if value, _ := i.Plan.Var("OPEN_BUTTON_TOKEN"); value == "1" { // "make one"
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

// Var is what account, template and form say of a variable, and whether they do.
func (p Plan) Var(name string) (value string, set bool) {
	for _, v := range p.Env {
		if v.Name == name {
			value, set = v.Value, true
		}
	}
	return value, set
}

// DataDirectory is the default place of data inside the instance.
func (p Plan) DataDirectory() string {
	folder, _ := p.Var("DATA_DIRECTORY")
	return orElse(folder, "/workspace")
}

// JupyterToken is the user's own where one is set, else the one made for the instance.
func (p Plan) JupyterToken() string {
	token, _ := p.Var("JUPYTER_TOKEN")
	return orElse(token, p.Token)
}

// External is the machine's port that leads to what was asked for as this number inside, or 0.
func (p Plan) External(asked int, protocol Protocol) int {
	for _, port := range p.Ports {
		if port.Protocol == protocol && port.Asked == asked {
			return port.External
		}
	}
	return 0
}

// overlay lays variables over others: one a name, in the order the names first come, with the last value.
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
