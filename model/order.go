package model

// An Order is a launch as somebody asks for it. Its fields are the keys of an order or template file.
type Order struct {
	Name       string   `toml:"name" json:"name,omitempty"` // the template it came from
	Image      string   `toml:"image" json:"image"`
	Mode       Mode     `toml:"mode" json:"mode"`
	GPUs       int      `toml:"gpus" json:"gpus"`
	PickGPUs   []GPUID  `toml:"pick_gpus,omitempty" json:"pick_gpus,omitempty"` // chosen by hand; then GPUs is their number
	GPUModel   string   `toml:"gpu_model,omitempty" json:"gpu_model,omitempty"` // on a machine of several models: which one
	Share      float64  `toml:"share,omitempty" json:"share,omitempty"`         // of a CPU instance: fraction of the machine, 0–1
	Disk       float64  `toml:"disk" json:"disk"`                               // GB, decimal
	Options    string   `toml:"options,omitempty" json:"options,omitempty"`     // -e -h -p text
	OnStart    string   `toml:"onstart,omitempty" json:"onstart,omitempty"`
	Args       []string `toml:"args,omitempty" json:"args,omitempty"`             // entrypoint mode: replaces CMD
	Entrypoint []string `toml:"entrypoint,omitempty" json:"entrypoint,omitempty"` // entrypoint mode: replaces ENTRYPOINT
	Label      string   `toml:"label,omitempty" json:"label,omitempty"`
	JupyterLab bool     `toml:"jupyter_lab,omitempty" json:"jupyter_lab,omitempty"`
	ExportEnv  bool     `toml:"export_env,omitempty" json:"export_env,omitempty"` // copy the variables to sessions
	Registry   string   `toml:"registry,omitempty" json:"registry,omitempty"`     // the account's login to pull with
}

// A Template is an order kept under a name.
type Template struct {
	Order       `json:"order"`
	Description string `toml:"description,omitempty" json:"description,omitempty"`
	// KnownAs is the name that scripts' ids of it are made of, where it has been renamed since.
	KnownAs string `toml:"known_as,omitempty" json:"known_as,omitempty"`
	Source  Source `toml:"-" json:"source"`
	Path    string `toml:"-" json:"path,omitempty"` // its file; empty for a shipped one
}

// A Source is where a template comes from. Later ones hide earlier ones of the same name.
type Source string

// The template folders, weakest first.
const (
	SourceShipped Source = "shipped" // in the program; read-only
	SourceSystem  Source = "system"
	SourceUser    Source = "user"
)

// What an order gets where it says nothing.
const (
	DefaultDisk  = 10.0 // GB, and the least there is
	DefaultShare = 0.1  // of the machine, for a CPU instance
)

// WithDefaults is the order with what it leaves open filled in, as a launch reads it.
func (o Order) WithDefaults() Order {
	if o.Mode == "" {
		o.Mode = ModeSSH
	}
	if o.GPUs == 0 {
		o.GPUs = len(o.PickGPUs)
	}
	if o.GPUs == 0 && o.Share == 0 {
		o.Share = DefaultShare
	}
	if o.Disk == 0 {
		o.Disk = DefaultDisk
	}
	return o
}

// DiskSize is the disk the order asks for. A number of GB that no disk could have is 0.
func (o Order) DiskSize() Bytes {
	if o.Disk > 0 && o.Disk < maxDisk {
		return Bytes(o.Disk * float64(GB))
	}
	return 0
}

// maxDisk, in GB, keeps a size within Bytes: an exabyte.
const maxDisk = 1e9

// Validate says everything that is wrong with an order on this machine, now.
func (o Order) Validate(c Capacity) Faults {
	_, faults := Propose(o, c)
	return faults
}
