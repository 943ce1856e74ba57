package cdi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tags.cncf.io/container-device-interface/pkg/cdi"
	"tags.cncf.io/container-device-interface/specs-go"

	"berth/model"
)

const (
	// hostKind is the kind under which NVIDIA's toolkit describes GPUs and MIG instances.
	hostKind = "nvidia.com/gpu"
	// toolTime is the timeout of NVIDIA's tool. It loads the driver's library and looks for some forty files, which
	// takes under two seconds, but it also wakes sleeping GPUs.
	toolTime = 30 * time.Second
)

// hostFolders are where the toolkit's service and administrators keep specs. The first is written again at each boot.
var hostFolders = []string{"/var/run/cdi", "/etc/cdi"}

// ErrNoHostSpec says that nothing on this machine describes its GPUs.
var ErrNoHostSpec = errors.New("nothing describes this machine's GPUs: install nvidia-container-toolkit 1.14 or newer")

// A Host is the machine's description of its GPUs, in CDI specs.
type Host struct {
	Source string // where the specs come from: the tool's path or files
	specs  []*specs.Spec
}

// NewHost makes a Host of specs.
func NewHost(source string, all ...*specs.Spec) Host { return Host{Source: source, specs: all} }

// ReadHost asks the toolkit, whose answer matches the running driver. If the toolkit can't be asked, it reads the
// machine's spec files, which may be older than the driver. If there are none either, the error wraps ErrNoHostSpec.
func ReadHost(ctx context.Context) (Host, error) {
	host, err := generate(ctx)
	if err == nil {
		return host, nil
	}
	host, inFiles := readFolders(hostFolders)
	if inFiles == nil {
		return host, nil
	}
	return Host{}, errors.Join(err, inFiles)
}

// generate runs nvidia-ctk. Device names by UUID exist since toolkit 1.15. An older toolkit refuses the flag, and is
// asked again for its own names.
func generate(ctx context.Context) (Host, error) {
	tool, err := exec.LookPath("nvidia-ctk")
	if err != nil {
		return Host{}, fmt.Errorf("%w (%w)", ErrNoHostSpec, err)
	}
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	content, err := exec.CommandContext(ctx, tool, "cdi", "generate", "--device-name-strategy=uuid").Output()
	if err != nil {
		content, err = exec.CommandContext(ctx, tool, "cdi", "generate").Output()
	}
	if err != nil {
		return Host{}, fmt.Errorf("%s cdi generate: %w", tool, toolError(err))
	}
	spec, err := cdi.ParseSpec(content)
	if err != nil || spec == nil {
		return Host{}, fmt.Errorf("%s cdi generate: unreadable answer: %w", tool, err)
	}
	return NewHost(tool+" cdi generate", spec), nil
}

// toolError adds the last line that a failed tool printed, which says more than the exit status.
func toolError(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	said := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
	return fmt.Errorf("%w: %s", err, said[len(said)-1])
}

// readFolders reads every spec of NVIDIA's GPUs in the folders, by name.
func readFolders(folders []string) (Host, error) {
	var all []*specs.Spec
	var sources []string
	var faults []error
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			faults = append(faults, err)
		}
		for _, e := range entries {
			if _, ours := instanceOf(e.Name()); ours || !isSpec(e.Name()) {
				continue
			}
			path := filepath.Join(folder, e.Name())
			spec, err := cdi.ReadSpec(path, 0)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			if spec.Kind == hostKind {
				all, sources = append(all, spec.Spec), append(sources, path)
			}
		}
	}
	if len(all) == 0 {
		return Host{}, errors.Join(append(faults, ErrNoHostSpec)...)
	}
	return NewHost(strings.Join(sources, ", "), all...), nil
}

// isSpec reports whether engines read a file as a CDI spec, by its name.
func isSpec(file string) bool {
	return slices.Contains([]string{".json", ".yaml"}, filepath.Ext(file))
}

// find returns the device of a GPU and the spec that has it. It matches the UUID, if the spec has UUIDs. Older toolkits
// name devices by index, and indexes may have changed since the file was written; then the minor number of the device
// node decides. The index is used only if the driver doesn't tell the minor number.
func (h Host) find(g model.GPU) (*specs.Spec, *specs.Device, error) {
	rules := []func(*specs.Device) bool{
		func(d *specs.Device) bool { return strings.EqualFold(d.Name, string(g.ID)) },
	}
	switch {
	case g.Parent != "": // its device nodes are those of the whole GPU and others; only a name identifies it
	case g.Minor >= 0:
		rules = append(rules, func(d *specs.Device) bool { return minorOf(d) == g.Minor })
	default:
		rules = append(rules, func(d *specs.Device) bool { return d.Name == strconv.Itoa(g.Index) })
	}
	for _, fits := range rules {
		for _, spec := range h.specs {
			for i := range spec.Devices {
				if d := &spec.Devices[i]; fits(d) {
					return spec, d, nil
				}
			}
		}
	}
	if g.Parent != "" {
		return nil, nil, fmt.Errorf("%s doesn't know the MIG instance %s: nvidia-container-toolkit 1.15 or newer does", h.Source, g.ID)
	}
	return nil, nil, fmt.Errorf("%s doesn't know GPU %d (%s)", h.Source, g.Index, g.ID)
}

// gpuNode matches the device file of one GPU.
var gpuNode = model.Pattern(`^/dev/nvidia([0-9]+)$`)

// minorOf returns the minor number of a device's only GPU. It is -1 if the device has no GPU, several GPUs ("all"), or
// part of one (MIG has nodes under nvidia-caps).
func minorOf(d *specs.Device) int {
	found := -1
	for _, node := range d.ContainerEdits.DeviceNodes {
		if strings.HasPrefix(node.Path, "/dev/nvidia-caps/") {
			return -1
		}
		m := gpuNode().FindStringSubmatch(node.Path)
		if m == nil {
			continue
		}
		minor, err := strconv.Atoi(m[1])
		if err != nil || found >= 0 && found != minor {
			return -1
		}
		found = minor
	}
	return found
}
