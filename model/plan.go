package model

// A Plan is what an order gets. It is fixed when the order is accepted, with three exceptions. The ports of the image's
// EXPOSE are added once the image is there. DiskHold is settled when the container is first created. The GPUs may be
// different after each start.
type Plan struct {
	GPUs     []GPUID       `json:"gpus,omitempty"`
	GPUModel string        `json:"gpu_model,omitempty"`
	WhyGPUs  []string      `json:"why_gpus,omitempty"` // why these GPUs, a sentence each
	Share    Share         `json:"share"`
	Disk     Bytes         `json:"disk"`
	DiskHold DiskHold      `json:"disk_hold"`
	DiskWhy  string        `json:"disk_why,omitempty"` // why the disk limit is kept in another way than usual; else empty
	Ports    []Port        `json:"ports,omitempty"`
	Folders  []Mount       `json:"folders,omitempty"` // folders of the machine
	Volumes  []VolumeMount `json:"volumes,omitempty"`
	PortHeld bool          `json:"port_held,omitempty"` // the last start failed because a port is in use
	Fresh    bool          `json:"fresh,omitempty"`     // the image is to be fetched even if one is on the engine
	NewPorts bool          `json:"new_ports,omitempty"` // to be created anew on other ports, with its files
	Removing string        `json:"removing,omitempty"`  // the old container, which is removed before the new one is created
	Renewal  *Renewal      `json:"renewal,omitempty"`   // what it is being recycled as, until its old container is gone
	Kept     string        `json:"kept,omitempty"`      // image of its files, to create it from; empty: the order's
	Hostname string        `json:"hostname,omitempty"`
	Time     TimeLimit     `json:"time,omitzero"`
	Idle     IdleNotice    `json:"idle,omitzero"`
	Stopped  string        `json:"stopped,omitempty"`  // why a rule of the machine or of its order ended its last run
	Env      []Var         `json:"env,omitempty"`      // of account, template, form: later ones override, one entry a name
	Keys     []string      `json:"keys,omitempty"`     // SSH public keys at launch, one authorized_keys line each
	Token    string        `json:"token,omitempty"`    // for Jupyter and the Open button
	APIKey   string        `json:"api_key,omitempty"`  // CONTAINER_API_KEY: 64 hex digits
	HostKey  string        `json:"host_key,omitempty"` // SSH server's private key as PEM, kept over a recycle; may be empty
	Secret   string        `json:"secret,omitempty"`   // random, in authorized_keys: makes a key derived from it secret
}

// DiskHold says how an instance's disk limit is kept.
type DiskHold string

// The ways to keep a disk limit.
const (
	DiskEnforced DiskHold = "enforced" // by a quota of the storage driver
	DiskWatched  DiskHold = "watched"  // use is measured, and the user is warned
)

// A Share is an instance's part of the machine's CPU and memory.
type Share struct {
	Fraction  float64 `json:"fraction"` // of the machine, 0–1
	Cores     float64 `json:"cores"`    // guaranteed CPU; it may use more while other cores are idle
	Memory    Bytes   `json:"memory"`   // guaranteed RAM; it may use more while RAM is free
	MemoryMax Bytes   `json:"memory_max"`
	Shm       Bytes   `json:"shm"`
	CPUShares int     `json:"cpu_shares"` // on cgroup v1's scale: 1024 is one core
	OOMScore  int     `json:"oom_score"`  // oom_score_adj, by kubelet's formula
	Pids      int     `json:"pids"`
}

// A Var is one environment variable.
type Var struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
