package model

import "time"

// A Guest is what the launcher inside an instance is told at one start. The keeper writes it, as JSON,
// beside the launcher before each start; the launcher only reads it.
type Guest struct {
	Instance InstanceID `json:"instance"`
	// Start names this start and no other: digits and letters. The launcher's status repeats it, so that
	// what an earlier start left behind isn't taken for news.
	Start string `json:"start"`
	Mode  Mode   `json:"mode"` // ssh or jupyter

	Keys   []string `json:"keys"`   // SSH public keys, a line each
	Secret string   `json:"secret"` // Plan.Secret: the first comment line of authorized_keys carries it
	APIKey string   `json:"api_key"`
	Cert   string   `json:"cert,omitempty"` // PEM, of /etc/instance.crt; empty: leave what is there
	Key    string   `json:"key,omitempty"`  // PEM, of /etc/instance.key
	// HostKey is the SSH server's own key as PEM; empty: the one made at the first start. A keeper that
	// makes the container anew hands the old one back here, so that nobody is warned of a stranger.
	HostKey string `json:"host_key,omitempty"`

	OnStart string `json:"onstart,omitempty"` // Bash text; empty: whatever /root/onstart.sh there is
	Export  bool   `json:"export,omitempty"`  // sessions see the container's variables
	// Env is variables that differ from those at create: GPUs held now, the public address of today.
	Env []Var `json:"env,omitempty"`
	// ImageEnv is the image's own variables, "NAME=value". Sessions see them; those given with -e they don't.
	ImageEnv []string `json:"image_env,omitempty"`

	Jupyter GuestJupyter  `json:"jupyter,omitzero"`
	Grace   time.Duration `json:"grace"` // nanoseconds between the engine's SIGTERM and its SIGKILL
}

// GuestJupyter is how Jupyter is started in jupyter mode.
type GuestJupyter struct {
	Lab   bool   `json:"lab,omitempty"` // JupyterLab rather than the notebook
	Token string `json:"token,omitempty"`
	Dir   string `json:"dir,omitempty"` // start folder; empty: the container's working directory
}

// A GuestStatus is what the launcher says of itself, in a file that the keeper reads.
type GuestStatus struct {
	Instance InstanceID `json:"instance"`
	Start    string     `json:"start"` // of the Guest it was started with
	At       time.Time  `json:"at"`    // of the last change

	SSH     ServiceStatus `json:"ssh"`
	Jupyter ServiceStatus `json:"jupyter,omitzero"`
	OnStart ScriptStatus  `json:"onstart"`

	HostKey string   `json:"host_key,omitempty"` // the SSH server's public key, as a line of known_hosts has it
	KeysMD5 string   `json:"keys_md5,omitempty"` // of authorized_keys as it is, hex; empty unless the secret line is in it
	Faults  []string `json:"faults,omitempty"`   // what couldn't be set up, in words
}

// ServiceState is how far a service inside an instance is.
type ServiceState string

// The states of a service.
const (
	ServiceNone       ServiceState = ""           // not asked for
	ServiceStarting   ServiceState = "starting"   // its process is there, it doesn't answer yet
	ServiceInstalling ServiceState = "installing" // it is being fetched; the message says how far
	ServiceRunning    ServiceState = "running"
	ServiceWaiting    ServiceState = "waiting" // it died and is started again after a pause
	ServiceMissing    ServiceState = "missing" // it can't run in this image; the message says what to do
)

// A ServiceStatus is how one service inside an instance is doing.
type ServiceStatus struct {
	State   ServiceState `json:"state"`
	Message string       `json:"message,omitempty"`
	Deaths  int          `json:"deaths,omitempty"` // how often it ended by itself at this start
}

// A ScriptStatus is how the on-start script is doing.
type ScriptStatus struct {
	State    ScriptState `json:"state"`
	ExitCode int         `json:"exit_code,omitempty"` // of a script that ended; 128 and more: by that signal
	Last     []string    `json:"last,omitempty"`      // its last lines
}

// ScriptState is how far the on-start script is.
type ScriptState string

// The states of the on-start script.
const (
	ScriptNone    ScriptState = "" // there is none
	ScriptRunning ScriptState = "running"
	ScriptEnded   ScriptState = "ended"
	ScriptFailed  ScriptState = "failed" // ended with an exit code other than 0, or couldn't be run
)
