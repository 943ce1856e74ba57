package jupyter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bin makes a folder with these programs.
func bin(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name string
		lab  bool
		has  []string
		want string
	}{
		{"the notebook where that is asked for", false, []string{"jupyter-lab", "jupyter-notebook"}, "jupyter-notebook"},
		{"the lab where that is asked for", true, []string{"jupyter-lab", "jupyter-notebook"}, "jupyter-lab"},
		{"the other where there is only that", true, []string{"jupyter-notebook"}, "jupyter-notebook"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := filepath.Base(Find(c.lab, bin(t, c.has...))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestInstall(t *testing.T) {
	t.Run("by uv where the image has it", func(t *testing.T) {
		steps, err := Install(true, bin(t, "python3", "uv"))
		if err != nil || len(steps) != 2 || filepath.Base(steps[0].Path) != "uv" || steps[1].Args[len(steps[1].Args)-1] != "jupyterlab" {
			t.Errorf("%+v, %v", steps, err)
		}
	})
	t.Run("else by its own Python", func(t *testing.T) {
		path := bin(t, "python3")
		steps, err := Install(false, path)
		if err != nil || len(steps) != 2 || steps[0].Path != path+"/python3" || steps[0].Fallback == nil {
			t.Fatalf("%+v, %v", steps, err)
		}
		for _, step := range steps {
			if step.Args[0] != step.Path {
				t.Errorf("%s is called %s, and takes that name's environment for its own", step.Path, step.Args[0])
			}
		}
	})
}

func TestFailed(t *testing.T) {
	for _, c := range []struct {
		name string
		last []string
		want string
	}{
		{"no pip", []string{"/usr/bin/python3: No module named pip"}, "python3-pip"},
		{"no venv", []string{"/usr/bin/python3: No module named venv"}, "python3-venv"},
		{"no network", []string{"WARNING: Retrying", "ERROR: No matching distribution found for notebook", ""}, "No matching distribution found for notebook"},
		{"silence", nil, "it said nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Failed(c.last).Error()
			if !strings.Contains(got, c.want) || !strings.Contains(got, "SSH works") {
				t.Errorf("it says %q, without %q", got, c.want)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	for line, want := range map[string]string{
		"Collecting jupyterlab":                          "Collecting jupyterlab",
		"  Downloading jupyterlab-4.2-none.whl (11 MB)":  "Downloading jupyterlab-4.2-none.whl (11 MB)",
		"Requirement already satisfied: six in /usr/lib": "",
		"": "",
	} {
		if got := Progress(line); got != want {
			t.Errorf("Progress(%q) = %q, want %q", line, got, want)
		}
	}
}
