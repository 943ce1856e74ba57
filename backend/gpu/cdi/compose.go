package cdi

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"tags.cncf.io/container-device-interface/pkg/cdi"
	"tags.cncf.io/container-device-interface/specs-go"

	"berth/model"
)

// A Grant is what an instance is handed at one start.
type Grant struct {
	Instance model.InstanceID
	GPUs     []model.GPU
	Nonce    string // new for each start; see NonceName
}

// list returns the value of GPUsName.
func (g Grant) list() string {
	ids := make([]string, len(g.GPUs))
	for n, gpu := range g.GPUs {
		ids[n] = string(gpu.ID)
	}
	return strings.Join(ids, ",")
}

// Compose makes the spec of an instance's device: the edits of each GPU in the grant as the host describes it, plus the
// edits that the host has for all GPUs. Duplicates are dropped. The error names every GPU that the host doesn't
// describe.
func Compose(host Host, g Grant) (*specs.Spec, error) {
	var edits cdi.ContainerEdits
	var faults []error
	var used []*specs.Spec
	for _, gpu := range g.GPUs {
		spec, device, err := host.find(gpu)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if !slices.Contains(used, spec) {
			used = append(used, spec)
			edits.Append(&cdi.ContainerEdits{ContainerEdits: &spec.ContainerEdits})
		}
		edits.Append(&cdi.ContainerEdits{ContainerEdits: &device.ContainerEdits})
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if edits.ContainerEdits == nil {
		edits.ContainerEdits = &specs.ContainerEdits{}
	}
	once(edits.ContainerEdits)
	edits.Env = environment(edits.Env, g)
	spec := &specs.Spec{
		Kind:    Kind,
		Devices: []specs.Device{{Name: deviceName(g.Instance), ContainerEdits: *edits.ContainerEdits}},
	}
	return spec, seal(spec)
}

// seal gives a spec the oldest version that supports what it uses, so that older engines read it, and validates it.
func seal(spec *specs.Spec) error {
	version, err := specs.MinimumRequiredVersion(spec)
	if err != nil {
		return fmt.Errorf("CDI spec of %s: %w", spec.Kind, err)
	}
	spec.Version = version
	for i := range spec.Devices {
		edits := cdi.ContainerEdits{ContainerEdits: &spec.Devices[i].ContainerEdits}
		if err := edits.Validate(); err != nil {
			return fmt.Errorf("CDI spec of %s=%s: %w", spec.Kind, spec.Devices[i].Name, err)
		}
	}
	return nil
}

// Encode returns a spec as the content of its file.
func Encode(spec *specs.Spec) ([]byte, error) {
	content, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("CDI spec of %s: %w", spec.Kind, err)
	}
	return append(content, '\n'), nil
}

// once drops duplicates: two GPUs share libraries, hooks and control nodes.
func once(e *specs.ContainerEdits) {
	e.DeviceNodes = distinct(e.DeviceNodes)
	e.NetDevices = distinct(e.NetDevices)
	e.Mounts = distinct(e.Mounts)
	e.Hooks = distinct(e.Hooks)
	slices.Sort(e.AdditionalGIDs)
	e.AdditionalGIDs = slices.Compact(e.AdditionalGIDs)
}

// distinct keeps the first of equal elements.
func distinct[T any](all []*T) []*T {
	var out []*T
	for _, v := range all {
		if !slices.ContainsFunc(out, func(had *T) bool { return reflect.DeepEqual(had, v) }) {
			out = append(out, v)
		}
	}
	return out
}

// environment returns the host's variables, overridden by ours. NVIDIA_VISIBLE_DEVICES is always "void": many images
// set it to "all", and an NVIDIA runtime would then add every GPU to those of the spec.
func environment(host []string, g Grant) []string {
	values := map[string]string{}
	for _, pair := range host {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	values["NVIDIA_VISIBLE_DEVICES"] = "void"
	values[NonceName] = g.Nonce
	values[GPUsName] = g.list()
	pairs := make([]string, 0, len(values))
	for name, value := range values {
		pairs = append(pairs, name+"="+value)
	}
	slices.Sort(pairs)
	return pairs
}
