// Package jupyter finds the Jupyter of an image, or lists the commands that install one, and has the server's command
// line.
//
// It only reads and decides; package pid1 runs the commands. Begin reading at Find and Install.
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

// places are the folders in which images keep Pythons that aren't on PATH.
var places = []string{"/venv/main/bin", "/opt/venv/bin", "/opt/conda/bin", "/opt/miniconda3/bin", "/root/miniconda3/bin", "/usr/local/bin"}

// complete is the file that marks a finished installation. An installation without it is started again.
const complete = files.Jupyter + "/.complete"

// programs are the servers with a user interface, in order of preference.
func programs(lab bool) []string {
	if lab {
		return []string{"jupyter-lab", "jupyter-notebook"}
	}
	return []string{"jupyter-notebook", "jupyter-lab"}
}

// Find returns the path of the server to start, or "". It may be on PATH, in a known place, or installed by the
// launcher.
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

// Args returns the server's command line. The token isn't in it: all users of the machine can read the command lines of
// all processes, those in instances included. The options are for both generations of the server; each ignores those
// with the other's name.
func Args(server string) []string {
	args := []string{
		server, "--no-browser", "--allow-root", "--ip=0.0.0.0", fmt.Sprintf("--port=%d", model.PortJupyter),
		"--certfile=" + layout.Cert, "--keyfile=" + layout.CertKey,
	}
	for _, generation := range []string{"ServerApp", "NotebookApp"} {
		args = append(args,
			"--"+generation+".port_retries=0", // the server must not take another port than the published one
			fmt.Sprintf(`--%s.terminado_settings={"shell_command": [%q, "shell"]}`, generation, files.Program),
		)
	}
	return args
}

// A Step is one command of an installation. The first argument is the full path: a Python finds its environment by the
// name it was called by.
type Step struct {
	Path string
	Args []string
	// Fallback has the arguments to try if the step fails; nil: none.
	Fallback []string
}

// ErrMissing says why there is no Jupyter and what the instance's owner can do, in words for the status.
type ErrMissing string

func (e ErrMissing) Error() string { return string(e) }

// NoPython is the error for an image without Python.
const NoPython ErrMissing = "this image has no Python, so Jupyter can't run; SSH works. " +
	"Install python3 over SSH and Jupyter follows by itself, or take an image that has it."

// Install lists the steps that install Jupyter into an environment of its own, in which the image's packages are
// visible. So notebooks can import what the image has, and the image itself isn't changed.
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
			// Debian packages ensurepip separately. Without it the environment is made without pip; the image's own pip
			// works in it.
			Fallback: []string{python, "-m", "venv", "--without-pip", "--system-site-packages", files.Jupyter},
		},
		{Path: own, Args: []string{own, "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
			"--progress-bar=off", "--retries=1", "--timeout=15", name}},
	}, nil
}

// Begin removes what an unfinished installation left.
func Begin() error { return os.RemoveAll(files.Jupyter) }

// Finish marks an installation as complete, if a server is in it.
func Finish() error {
	for _, name := range programs(false) {
		if session.Find(name, files.Jupyter+"/bin") != "" {
			return os.WriteFile(complete, nil, 0o644)
		}
	}
	return ErrMissing("Jupyter was installed in " + files.Jupyter + ", but its program isn't there; SSH works. " +
		"The image may have half of one: install it whole over SSH (pip install --force-reinstall notebook) and Jupyter follows by itself.")
}

// Failed returns the status of a failed installation, from the last lines that it printed.
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

// Progress returns a line of an installer's output if it shows progress, else "".
func Progress(line string) string {
	line = strings.TrimSpace(line)
	for _, begin := range []string{"Collecting ", "Downloading ", "Installing ", "Building ", "Resolved ", "Prepared ", "Installed ", "Using CPython", "Creating "} {
		if strings.HasPrefix(line, begin) {
			return line
		}
	}
	return ""
}
