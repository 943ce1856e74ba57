package model

// A Plan is what an order gets: fixed when it is accepted, but for the ports that the image's EXPOSE adds
// once the image is there, how the disk is held, which is settled when the container is first made, and the
// GPUs, which may be others after each start.
type Plan struct {
	GPUs     []GPUID  `json:"gpus,omitempty"`
	GPUModel string   `json:"gpu_model,omitempty"`
	WhyGPUs  []string `json:"why_gpus,omitempty"` // why these, a sentence each
	Share    Share    `json:"share"`
	Disk     Bytes    `json:"disk"`
	DiskHold DiskHold `json:"disk_hold"`
	DiskWhy  string   `json:"disk_why,omitempty"` // why it isn't held as others of this engine are; empty where it is
	Ports    []Port   `json:"ports,omitempty"`
	PortHeld bool     `json:"port_held,omitempty"` // its last start failed by a port that somebody has
	NewPorts bool     `json:"new_ports,omitempty"` // it is to be made anew, from its own files, on other ports
	Removing string   `json:"removing,omitempty"`  // the container that is removed for it to be made anew
	Kept     string   `json:"kept,omitempty"`      // the image of its own files that it is made from; empty: the order's
	Hostname string   `json:"hostname,omitempty"`
	Env      []Var    `json:"env,omitempty"`      // of account, template and form, in order of precedence, one a name
	Keys     []string `json:"keys,omitempty"`     // SSH public keys it was launched with, a line each
	Token    string   `json:"token,omitempty"`    // of Jupyter and the Open button
	APIKey   string   `json:"api_key,omitempty"`  // CONTAINER_API_KEY: 64 hex digits
	HostKey  string   `json:"host_key,omitempty"` // the SSH server's own, kept over a recycle; PEM, empty before one
	Secret   string   `json:"secret,omitempty"`   // in authorized_keys' first comment line, so that a key derived from that file can't be guessed
}

// DiskHold says how a disk promise is kept.
type DiskHold string

// How a disk promise is kept.
const (
	DiskEnforced DiskHold = "enforced" // a quota of the storage driver
	DiskWatched  DiskHold = "watched"  // use is measured and warned about
)

// A Share is an instance's baseline of the machine.
type Share struct {
	Fraction  float64 `json:"fraction"` // of the machine, 0–1
	Cores     float64 `json:"cores"`    // baseline CPU; bursts above while there is idle time
	Memory    Bytes   `json:"memory"`   // baseline RAM; more while RAM is free
	MemoryMax Bytes   `json:"memory_max"`
	Shm       Bytes   `json:"shm"`
	CPUShares int     `json:"cpu_shares"` // cgroup v1's scale: 1024 is one core's worth
	OOMScore  int     `json:"oom_score"`  // kubelet's formula
	Pids      int     `json:"pids"`
}

// A Var is one environment variable.
type Var struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
