package cdi

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	oci "github.com/opencontainers/runtime-spec/specs-go"
	"tags.cncf.io/container-device-interface/pkg/cdi"
	"tags.cncf.io/container-device-interface/specs-go"

	"berth/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	gpuA = model.GPU{ID: "GPU-0000aaaa-1111-2222-3333-444444444444", Index: 0, Minor: 0}
	gpuB = model.GPU{ID: "GPU-0000bbbb-1111-2222-3333-444444444444", Index: 1, Minor: 1}
	part = model.GPU{ID: "MIG-0000cccc-1111-2222-3333-444444444444", Index: 1, Minor: 1, Parent: gpuB.ID}
)

// host returns the host that a file in testdata describes.
func host(t *testing.T, file string) Host {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	spec, err := cdi.ParseSpec(content)
	if err != nil {
		t.Fatal(err)
	}
	return NewHost(file, spec)
}

func TestASpecHasItsGPUsAndNothingTwice(t *testing.T) {
	cases := []struct {
		golden string
		host   string
		gpus   []model.GPU
	}{
		{"two-gpus", "host-uuid.yaml", []model.GPU{gpuA, gpuB}},
		{"one-gpu", "host-uuid.yaml", []model.GPU{gpuB}},
		{"mig-instance", "host-uuid.yaml", []model.GPU{part}},
		{"older-toolkit", "host-index.yaml", []model.GPU{gpuA}},
	}
	for _, c := range cases {
		t.Run(c.golden, func(t *testing.T) {
			spec, err := Compose(host(t, c.host), Grant{
				Instance: 1012, GPUs: c.gpus, Nonce: "n0nce",
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := Encode(spec)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", c.golden+".golden.json")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestAGPUIsFoundByWhatCannotHaveMoved(t *testing.T) {
	cases := []struct {
		name string
		host string
		gpu  model.GPU
		node string // of the device that is found; empty: none
	}{
		{"by UUID", "host-uuid.yaml", gpuB, "/dev/nvidia1"},
		{"by UUID though its minor moved", "host-uuid.yaml", model.GPU{ID: gpuB.ID, Minor: 0}, "/dev/nvidia1"},
		{"by UUID in another case", "host-uuid.yaml", model.GPU{ID: model.GPUID(strings.ToUpper(string(gpuB.ID)))}, "/dev/nvidia1"},
		{"by minor, not by index", "host-index.yaml", gpuA, "/dev/nvidia0"},
		{"by index where the minor is unknown", "host-index.yaml", model.GPU{ID: "GPU-1", Index: 0, Minor: -1}, "/dev/nvidia1"},
		{"not at all", "host-index.yaml", model.GPU{ID: "GPU-1", Index: 1, Minor: 7}, ""},
		{"a MIG instance never by its GPU's node", "host-index.yaml", part, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, device, err := host(t, c.host).find(c.gpu)
			switch {
			case c.node == "" && err == nil:
				t.Errorf("found %s", device.Name)
			case c.node == "":
			case err != nil:
				t.Error(err)
			case device.ContainerEdits.DeviceNodes[0].Path != c.node:
				t.Errorf("found %s with %s", device.Name, device.ContainerEdits.DeviceNodes[0].Path)
			}
		})
	}
}

func TestEveryGPUTheHostDoesNotKnowIsNamed(t *testing.T) {
	strange := []model.GPU{{ID: "GPU-x", Index: 4, Minor: 4}, gpuA, {ID: "MIG-y", Parent: "GPU-z"}}
	_, err := Compose(host(t, "host-uuid.yaml"), Grant{Instance: 1, GPUs: strange})
	if err == nil {
		t.Fatal("composed")
	}
	for _, want := range []string{"GPU 4 (GPU-x)", "MIG-y", "1.15", "host-uuid.yaml"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q isn't in: %v", want, err)
		}
	}
}

func TestOurVariablesWinOverTheHosts(t *testing.T) {
	made := &specs.Spec{Kind: hostKind, Devices: []specs.Device{{
		Name: string(gpuA.ID),
		ContainerEdits: specs.ContainerEdits{
			Env: []string{"NVIDIA_VISIBLE_DEVICES=all", "HOST=1", NonceName + "=stale"},
		},
	}}}
	spec, err := Compose(NewHost("made", made), Grant{
		Instance: 1, GPUs: []model.GPU{gpuA}, Nonce: "fresh",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"BERTH_GPUS=" + string(gpuA.ID), "BERTH_GPU_NONCE=fresh", "HOST=1", "NVIDIA_VISIBLE_DEVICES=void"}
	if got := spec.Devices[0].ContainerEdits.Env; !slices.Equal(got, want) {
		t.Errorf("env %q", got)
	}
}

// Engines use the CDI library to apply the file.
func TestTheLibraryOfTheEnginesInjectsWhatWasComposed(t *testing.T) {
	folder := Folder(t.TempDir())
	h := host(t, "host-uuid.yaml")
	for _, node := range slices.Concat(
		h.specs[0].ContainerEdits.DeviceNodes, h.specs[0].Devices[0].ContainerEdits.DeviceNodes,
		h.specs[0].Devices[1].ContainerEdits.DeviceNodes,
	) {
		node.HostPath = "/dev/null" // the library checks that the device exists, which isn't so here
	}
	spec, err := Compose(h, Grant{Instance: 1012, GPUs: []model.GPU{gpuA, gpuB}, Nonce: "n0nce"})
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Write(1012, spec); err != nil {
		t.Fatal(err)
	}
	cache, err := cdi.NewCache(cdi.WithSpecDirs(string(folder)), cdi.WithAutoRefresh(false))
	if err != nil {
		t.Fatal(err)
	}
	var container oci.Spec
	if missing, err := cache.InjectDevices(&container, Device(1012)); err != nil {
		t.Fatalf("%v; errors %v; unresolved %q", err, cache.GetErrors(), missing)
	}
	var nodes []string
	for _, d := range container.Linux.Devices {
		nodes = append(nodes, d.Path)
	}
	slices.Sort(nodes)
	want := []string{"/dev/dri/card1", "/dev/dri/card2", "/dev/nvidia-uvm", "/dev/nvidia0", "/dev/nvidia1", "/dev/nvidiactl"}
	if !slices.Equal(nodes, want) {
		t.Errorf("nodes %q", nodes)
	}
	environ := []byte(strings.Join(container.Process.Env, "\x00") + "\x00")
	if NonceIn(environ) != "n0nce" || !slices.Contains(container.Process.Env, "NVIDIA_VISIBLE_DEVICES=void") {
		t.Errorf("environment %q", container.Process.Env)
	}
	if gpus, told := GPUsIn(environ); !told || !slices.Equal(gpus, []model.GPUID{gpuA.ID, gpuB.ID}) {
		t.Errorf("it shows %v, %v", gpus, told)
	}
	if len(container.Mounts) != 2 || len(container.Hooks.CreateContainer) != 2 {
		t.Errorf("%d mounts and %d hooks, want 2 of each", len(container.Mounts), len(container.Hooks.CreateContainer))
	}

	if err := folder.Remove(1012); err != nil {
		t.Fatal(err)
	}
	if err := cache.Refresh(); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.InjectDevices(&container, Device(1012)); err == nil || !strings.Contains(err.Error(), "unresolvable") {
		t.Errorf("without its file: %v", err)
	}
}

func TestTheNonceIsReadOnlyUnderItsWholeName(t *testing.T) {
	cases := []struct{ name, environ, want string }{
		{"in the middle", "A=1\x00BERTH_GPU_NONCE=abc\x00B=2\x00", "abc"},
		{"alone", "BERTH_GPU_NONCE=abc", "abc"},
		{"as part of another name", "MY_BERTH_GPU_NONCE=abc\x00", ""},
		{"as part of a value", "A=BERTH_GPU_NONCE=abc\x00", ""},
		{"nowhere", "A=1\x00", ""},
		{"in nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := NonceIn([]byte(c.environ)); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestADeviceNameTellsWhoseItIs(t *testing.T) {
	cases := []struct {
		name, device string
		want         model.InstanceID
	}{
		{"ours", Device(1012), 1012},
		{"NVIDIA's", "nvidia.com/gpu=0", 0},
		{"a UUID", "GPU-0000aaaa", 0},
		{"ours with a number that isn't one", "berth/instance=x", 0},
		{"ours spelt as we don't", "berth/instance=C.7", 0},
		{"nothing", "", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, ours := InstanceOf(c.device); got != c.want && ours || ours != (c.want != 0) {
				t.Errorf("got %v, %v", got, ours)
			}
		})
	}
}
