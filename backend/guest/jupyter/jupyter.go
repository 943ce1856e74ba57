// Package jupyter finds the Jupyter of an image, or says how to install one, and says how it is started.
//
// It only reads and decides; the first process runs what it says.
package jupyter

import (
	"fmt"
	"os"
	"strings"

	"berth/backend/guest/files"
	"berth/backend/guest/layout"
	"berth/backend/guest/session"
	"berth/model"
)

// places are where images keep Pythons that aren't on the path.
var places = []string{"/venv/main/bin", "/opt/venv/bin", "/opt/conda/bin", "/opt/miniconda3/bin", "/root/miniconda3/bin", "/usr/local/bin"}

// complete marks an installation of ours that was finished. One that was cut off is begun anew.
const complete = files.Jupyter + "/.complete"

// programs are the servers with a face, in order of preference.
func programs(lab bool) []string {
	if lab {
		return []string{"jupyter-lab", "jupyter-notebook"}
	}
	return []string{"jupyter-notebook", "jupyter-lab"}
}

// Find is the server to start, or "": one on the PATH, in a known place, or installed by us before.
func Find(lab bool, path string) string {
	search := path + ":" + strings.Join(places, ":")
	if _, err := os.Stat(complete); err == nil {
		search += ":" + files.Jupyter + "/bin"
	}
	for _, name := range programs(lab) {
		if found := session.Find(name, search); found != "" {
			return found
		}
	}
	return ""
}

// Args is the server's command line. The token isn't on it: the machine's users see each other's
// command lines, an instance's too. Both generations of the server are spoken to; each takes the options
// that begin with its own name.
func Args(server string) []string {
	args := []string{
		server, "--no-browser", "--allow-root", "--ip=0.0.0.0", fmt.Sprintf("--port=%d", model.PortJupyter),
		"--certfile=" + layout.Cert, "--keyfile=" + layout.CertKey,
	}
	for _, generation := range []string{"ServerApp", "NotebookApp"} {
		args = append(args,
			"--"+generation+".port_retries=0", // never another port than the one that is mapped
			fmt.Sprintf(`--%s.terminado_settings={"shell_command": [%q, "shell"]}`, generation, files.Program),
		)
	}
	return args
}

// A Step is one command of an installation. Its first argument is its path in full: a Python finds its
// environment by the name it was called by.
type Step struct {
	Path string
	Args []string
	// Otherwise is tried where the step fails; nil: nothing is.
	Otherwise []string
}

// ErrMissing is why there is no Jupyter, and what its owner can do, in words for the status.
type ErrMissing string

func (e ErrMissing) Error() string { return string(e) }

// NoPython is the answer of an image without any.
const NoPython ErrMissing = "this image has no Python, so Jupyter can't run; SSH works. " +
	"Install python3 over SSH and Jupyter follows by itself, or take an image that has it."

// Install lists the steps that put a Jupyter into an environment of its own, where the image's packages
// are visible: notebooks import what the image has, and the image itself stays as it is.
func Install(lab bool, path string) ([]Step, error) {
	search := path + ":" + strings.Join(places, ":")
	python := session.Find("python3", search)
	if python == "" {
		python = session.Find("python", search)
	}
	if python == "" {
		return nil, NoPython
	}
	name := "notebook"
	if lab {
		name = "jupyterlab"
	}
	own := files.Jupyter + "/bin/python"
	if uv := session.Find("uv", search); uv != "" {
		return []Step{
			{Path: uv, Args: []string{uv, "venv", "--system-site-packages", "--python", python, files.Jupyter}},
			{Path: uv, Args: []string{uv, "pip", "install", "--python", own, name}},
		}, nil
	}
	return []Step{
		{
			Path: python, Args: []string{python, "-m", "venv", "--system-site-packages", files.Jupyter},
			// Debian splits off what puts pip into an environment; the image's own pip serves it too.
			Otherwise: []string{python, "-m", "venv", "--without-pip", "--system-site-packages", files.Jupyter},
		},
		{Path: own, Args: []string{own, "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
			"--progress-bar=off", "--retries=1", "--timeout=15", name}},
	}, nil
}

// Begin clears away what an unfinished installation left.
func Begin() error { return os.RemoveAll(files.Jupyter) }

// Finish marks an installation as complete, once there is a server in it.
func Finish() error {
	for _, name := range programs(false) {
		if session.Find(name, files.Jupyter+"/bin") != "" {
			return os.WriteFile(complete, nil, 0o644)
		}
	}
	return ErrMissing("Jupyter was installed in " + files.Jupyter + ", but its program isn't there; SSH works. " +
		"The image may have half of one: install it whole over SSH (pip install --force-reinstall notebook) and Jupyter follows by itself.")
}

// Failed is the status of an installation that failed, from the last lines it printed.
func Failed(last []string) ErrMissing {
	why := "it said nothing"
	for _, line := range last {
		switch {
		case strings.Contains(line, "No module named pip"):
			return "this image's Python has no pip, so Jupyter can't be installed; SSH works. " +
				"Install pip over SSH (on Debian: apt-get install python3-pip) and Jupyter follows by itself."
		case strings.Contains(line, "No module named venv"):
			return "this image's Python can't make environments, so Jupyter can't be installed; SSH works. " +
				"Install venv over SSH (on Debian: apt-get install python3-venv) and Jupyter follows by itself."
		case strings.TrimSpace(line) != "":
			why = strings.TrimSpace(line)
		}
	}
	return ErrMissing("this image has no Jupyter and it couldn't be installed: " + why + ". SSH works. " +
		"It is tried again from time to time; with no network, take an image that has Jupyter.")
}

// Progress is what a line of an installer's output tells about how far it is; "" for one that tells nothing.
func Progress(line string) string {
	line = strings.TrimSpace(line)
	for _, begin := range []string{"Collecting ", "Downloading ", "Installing ", "Building ", "Resolved ", "Prepared ", "Installed ", "Using CPython", "Creating "} {
		if strings.HasPrefix(line, begin) {
			return line
		}
	}
	return ""
}
