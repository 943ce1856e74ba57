package cdi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// toolkit puts a script called nvidia-ctk into the PATH, with only the programs that the script needs.
func toolkit(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	content := "#!/bin/sh\n" + script
	if err := os.WriteFile(filepath.Join(dir, "nvidia-ctk"), []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
}

func testdata(t *testing.T, file string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheToolkitIsAskedForUUIDsFirst(t *testing.T) {
	newer, older := testdata(t, "host-uuid.yaml"), testdata(t, "host-index.yaml")
	cases := []struct {
		name, script string
		finds        bool // finds gpuA by its UUID
	}{
		{"a newer one knows them", fmt.Sprintf(`[ "$*" = "cdi generate --device-name-strategy=uuid" ] && cat %s`, newer), true},
		{"an older one refuses and is asked again", fmt.Sprintf(
			`[ "$*" = "cdi generate" ] && exec cat %s; echo "flag provided but not defined" >&2; exit 1`, older), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			toolkit(t, c.script)
			h, err := ReadHost(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(h.Source, "nvidia-ctk cdi generate") {
				t.Errorf("source %q", h.Source)
			}
			_, device, err := h.find(gpuA)
			if err != nil || (device.Name == string(gpuA.ID)) != c.finds {
				t.Errorf("found %+v, %v", device, err)
			}
		})
	}
}

func TestATroubledToolkitIsQuoted(t *testing.T) {
	cases := []struct{ name, script, want string }{
		{"it fails", `echo noise >&2; echo "failed to initialize NVML: Driver Not Loaded" >&2; exit 1`, "Driver Not Loaded"},
		{"it answers garbage", `echo "}{"`, "unreadable answer"},
		{"it answers nothing", `true`, "unreadable answer"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			toolkit(t, c.script)
			if _, err := generate(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestSpecFilesOfTheMachineStandIn(t *testing.T) {
	dir := t.TempDir()
	put := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := readFolders([]string{filepath.Join(dir, "nowhere"), dir})
	if !errors.Is(err, ErrNoHostSpec) || !strings.Contains(err.Error(), "nvidia-container-toolkit") {
		t.Errorf("nothing there: %v", err)
	}
	put("other.json", `{"cdiVersion":"0.5.0","kind":"amd.com/gpu","devices":[{"name":"0","containerEdits":{"env":["A=1"]}}]}`)
	put("broken.yaml", "kind: [")
	put("berth-instance_1.json", "ours")
	put("nvidia.yaml.next", "half")
	if _, err := readFolders([]string{dir}); !errors.Is(err, ErrNoHostSpec) || !strings.Contains(err.Error(), "broken.yaml") {
		t.Errorf("nothing of NVIDIA's: %v", err)
	}
	content, err := os.ReadFile(testdata(t, "host-uuid.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	put("nvidia.yaml", string(content))
	h, err := readFolders([]string{dir})
	if err != nil || h.Source != filepath.Join(dir, "nvidia.yaml") {
		t.Errorf("source %q, %v", h.Source, err)
	}
	if _, _, err := h.find(gpuA); err != nil {
		t.Error(err)
	}
}

func TestTheToolkitsVersionIsReadFromItsOwnWords(t *testing.T) {
	cases := []struct{ answer, want string }{
		{"NVIDIA Container Toolkit CLI version 1.17.4\ncommit: 9b69590c", "1.17.4"},
		{"NVIDIA Container Toolkit CLI version 1.14.0-rc.2", "1.14.0-rc.2"},
		{"something else", ""},
		{"", ""},
	}
	for _, c := range cases {
		if got := toolkitVersion(c.answer); got != c.want {
			t.Errorf("%q: got %q", c.answer, got)
		}
	}
	toolkit(t, `echo "NVIDIA Container Toolkit CLI version 1.15.0"`)
	if got := ToolkitVersion(t.Context()); got != "1.15.0" {
		t.Errorf("from the tool: %q", got)
	}
	t.Setenv("PATH", t.TempDir())
	if got := ToolkitVersion(t.Context()); got != "" {
		t.Errorf("without the tool: %q", got)
	}
}
