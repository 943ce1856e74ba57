package model

import (
	"fmt"
	"slices"
	"strings"
)

// A Snapshot is an image that was made of an instance.
type Snapshot struct {
	Image   string   `json:"image"`
	Size    Bytes    `json:"size"`
	LeftOut []string `json:"left_out"` // files with a secret of the instance in them
}

// Words says what was made of an instance.
func (s Snapshot) Words(id InstanceID) string {
	words := fmt.Sprintf("%s is kept as image %s (%s) and as a template of that name", id, s.Image, s.Size)
	if len(s.LeftOut) > 0 {
		words += "; left out, for the secrets in them: " + strings.Join(s.LeftOut, ", ")
	}
	return words
}

// SnapshotReference returns the image reference for a snapshot's name: NAME or NAME:TAG.
func SnapshotReference(name string) (string, error) {
	wrong := func(reason string) (string, error) { return "", Fault{Field: "snapshot", Value: name, Reason: reason} }
	if reason := wrongImage(name); reason != "" {
		return wrong(reason)
	}
	if strings.Contains(name, "@") {
		return wrong("a snapshot has a name and a tag, such as lab/train:1: its digest comes with it")
	}
	if _, _, tagged := CutTag(name); !tagged {
		name += ":latest"
	}
	if strings.HasPrefix(name, "berth/") || strings.HasPrefix(name, "berth.invalid/") {
		return wrong("names that begin with berth are berth's own")
	}
	return name, nil
}

// SnapshotTemplate returns the template that launches a snapshot of an instance. Variables are left out: they may be
// secrets, and the template is for passing on.
func SnapshotTemplate(i Instance, ref string) Template {
	o := i.Order
	o.Image, o.Name, o.Registry, o.PickGPUs, o.Label = ref, strings.TrimSuffix(ref, ":latest"), "", nil, ""
	if options, err := ParseOptions(o.Options); err == nil {
		options.Env = slices.DeleteFunc(options.Env, func(v Var) bool { return !slices.Contains(addressVars, v.Name) })
		o.Options = options.String()
	}
	o.OnStart, o.Volumes = "", nil
	return Template{Order: o, Description: fmt.Sprintf("a snapshot of %s (%s)", i.ID, i.Order.Image)}
}

// InstanceVariable reports whether berth sets a variable for one instance: no image has it.
func InstanceVariable(name string) bool {
	v := Var{Name: name}
	return v.reserved() != "" || slices.Contains([]string{"JUPYTER_TOKEN", "OPEN_BUTTON_TOKEN"}, name)
}

// Secrets returns the texts of a plan that nobody but the instance's owner may know: what berth made for it, and the values of
// its variables whose names say so.
func (p Plan) Secrets() []string {
	const shortest = 8 // anything shorter may stand in any file
	secrets := []string{p.APIKey, p.Secret, p.Token, p.HostKey}
	for _, v := range p.Env {
		name := strings.ToUpper(v.Name)
		if slices.ContainsFunc([]string{"TOKEN", "KEY", "SECRET", "PASSW", "PASSPHRASE", "CREDENTIAL"}, func(word string) bool { return strings.Contains(name, word) }) {
			secrets = append(secrets, v.Value)
		}
	}
	return slices.DeleteFunc(secrets, func(s string) bool { return len(s) < shortest })
}
