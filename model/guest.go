package model

import "time"

// A Guest is the input of the launcher inside an instance for one start. The keeper writes it as a JSON file for the
// launcher before each start. The launcher only reads it.
type Guest struct {
	Instance InstanceID `json:"instance"`
	// Start is a unique id of this start: digits and letters. The launcher's status repeats it, so that the status of
	// an earlier start isn't taken for a new one.
	Start string `json:"start"`
	Mode  Mode   `json:"mode"` // ssh or jupyter

	Keys   []string `json:"keys"`   // SSH public keys, one authorized_keys line each
	Secret string   `json:"secret"` // Plan.Secret: it is written into the first comment line of authorized_keys
	APIKey string   `json:"api_key"`
	Cert   string   `json:"cert,omitempty"` // PEM, for /etc/instance.crt; empty: keep the file that is there
	Key    string   `json:"key,omitempty"`  // PEM, for /etc/instance.key
	// HostKey is the SSH server's private key as PEM. If it is empty, the key made at the first start is used. After a
	// recycle the keeper passes the old key here, so that SSH clients don't warn about a changed host key.
	HostKey string `json:"host_key,omitempty"`

	OnStart string `json:"onstart,omitempty"` // Bash script; empty: run /root/onstart.sh if it exists
	Export  bool   `json:"export,omitempty"`  // sessions see the container's variables
	// Env has the variables whose values changed since the container was created: the GPUs held now, the public
	// address.
	Env []Var `json:"env,omitempty"`
	// ImageEnv has the image's own variables, "NAME=value". Sessions see them, but not the variables given with -e.
	ImageEnv []string `json:"image_env,omitempty"`

	Jupyter GuestJupyter  `json:"jupyter,omitzero"`
	Grace   time.Duration `json:"grace"` // nanoseconds between the engine's SIGTERM and SIGKILL
}

// GuestJupyter says how to start Jupyter in jupyter mode.
type GuestJupyter struct {
	Lab   bool   `json:"lab,omitempty"` // JupyterLab instead of the classic notebook
	Token string `json:"token,omitempty"`
	Dir   string `json:"dir,omitempty"` // start folder; empty: the container's working directory
}

// A GuestStatus is the launcher's report about itself. It writes the report to a file that the keeper reads.
type GuestStatus struct {
	Instance InstanceID `json:"instance"`
	Start    string     `json:"start"` // Guest.Start of the Guest it was started with
	At       time.Time  `json:"at"`    // time of the last change

	SSH     ServiceStatus `json:"ssh"`
	Jupyter ServiceStatus `json:"jupyter,omitzero"`
	OnStart ScriptStatus  `json:"onstart"`

	HostKey string   `json:"host_key,omitempty"` // the SSH server's public key, as a known_hosts line
	KeysMD5 string   `json:"keys_md5,omitempty"` // MD5 of authorized_keys in hex; empty unless the secret line is in it
	Faults  []string `json:"faults,omitempty"`   // what couldn't be set up, a sentence each
}

// ServiceState is the state of a service inside an instance.
type ServiceState string

// The states of a service.
const (
	ServiceNone       ServiceState = ""           // not asked for
	ServiceStarting   ServiceState = "starting"   // its process runs but doesn't answer yet
	ServiceInstalling ServiceState = "installing" // it is being downloaded; the message tells the progress
	ServiceRunning    ServiceState = "running"
	ServiceWaiting    ServiceState = "waiting" // it ended and will be restarted after a pause
	ServiceMissing    ServiceState = "missing" // it can't run in this image; the message says what to do
)

// A ServiceStatus is the status of one service inside an instance.
type ServiceStatus struct {
	State   ServiceState `json:"state"`
	Message string       `json:"message,omitempty"`
	Deaths  int          `json:"deaths,omitempty"` // how often it ended by itself since this start
}

// A ScriptStatus is the status of the on-start script.
type ScriptStatus struct {
	State    ScriptState `json:"state"`
	ExitCode int         `json:"exit_code,omitempty"` // once it has ended; 128+n means that signal n ended it
	Last     []string    `json:"last,omitempty"`      // its last output lines
}

// ScriptState is the state of the on-start script.
type ScriptState string

// The states of the on-start script.
const (
	ScriptNone    ScriptState = "" // there is no script
	ScriptRunning ScriptState = "running"
	ScriptEnded   ScriptState = "ended"
	ScriptFailed  ScriptState = "failed" // it ended with an exit code other than 0, or couldn't be run
)
