package model

// An Order is what a user asks for in a launch. Its fields are the keys of an order file or a template file.
type Order struct {
	Name       string   `toml:"name" json:"name,omitempty"` // name of the template it was made from
	Image      string   `toml:"image" json:"image"`
	Mode       Mode     `toml:"mode" json:"mode"`
	GPUs       int      `toml:"gpus" json:"gpus"`
	PickGPUs   []GPUID  `toml:"pick_gpus,omitempty" json:"pick_gpus,omitempty"` // picked by hand; GPUs is then their number
	GPUModel   string   `toml:"gpu_model,omitempty" json:"gpu_model,omitempty"` // if there are several models
	Share      float64  `toml:"share,omitempty" json:"share,omitempty"`         // of a CPU instance: fraction, 0–1
	Disk       float64  `toml:"disk" json:"disk"`                               // decimal GB
	Options    string   `toml:"options,omitempty" json:"options,omitempty"`     // text with -e, -h and -p
	OnStart    string   `toml:"onstart,omitempty" json:"onstart,omitempty"`
	Args       []string `toml:"args,omitempty" json:"args,omitempty"`             // entrypoint mode: replaces CMD
	Entrypoint []string `toml:"entrypoint,omitempty" json:"entrypoint,omitempty"` // entrypoint mode: replaces ENTRYPOINT
	Label      string   `toml:"label,omitempty" json:"label,omitempty"`
	JupyterLab bool     `toml:"jupyter_lab,omitempty" json:"jupyter_lab,omitempty"`
	ExportEnv  bool     `toml:"export_env,omitempty" json:"export_env,omitempty"` // copy the variables to sessions
	Registry   string   `toml:"registry,omitempty" json:"registry,omitempty"`     // the account's login to pull with
	For        Span     `toml:"for,omitempty" json:"for,omitzero"`                // how long each run may take; then it is stopped
	Until      string   `toml:"until,omitempty" json:"until,omitempty"`           // when the run ends: 18:00, or a date with it
	Keep       bool     `toml:"keep,omitempty" json:"keep,omitempty"`             // exempt from the machine's idle rule, where it lets users
	Queue      bool     `toml:"queue,omitempty" json:"queue,omitempty"`           // wait in line for GPUs that aren't free
	Folders    []string `toml:"folders" json:"folders,omitzero"`                  // by name; nil: the machine's defaults
	Volumes    []string `toml:"volumes,omitempty" json:"volumes,omitempty"`       // NAME, NAME:/path or NAME:/path:ro
	Machine    string   `toml:"-" json:"-"`                                       // of several, which it is for; empty: one that takes it
}

// A Template is an order that is stored under a name.
type Template struct {
	Order       `json:"order"`
	Description string `toml:"description,omitempty" json:"description,omitempty"`
	// KnownAs is the name from which the template's API ids are computed. It is set once the template has been renamed,
	// so that the ids stay the same.
	KnownAs string `toml:"known_as,omitempty" json:"known_as,omitempty"`
	Source  Source `toml:"-" json:"source"`
	Path    string `toml:"-" json:"path,omitempty"` // its file; empty for a shipped template
}

// A Source says where a template comes from. A later source hides templates of the same name in an earlier one.
type Source string

// The sources, lowest precedence first.
const (
	SourceShipped Source = "shipped" // part of the program; read-only
	SourceSystem  Source = "system"
	SourceUser    Source = "user"
)

// Defaults of an order.
const (
	DefaultDisk  = 10.0 // GB; also the smallest disk, unless Host.DiskMin says otherwise
	DefaultShare = 0.1  // of the machine, for a CPU instance
)

// WithDefaults returns the order with its empty fields set to the defaults of a launch.
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

// DiskSize returns the size of the disk that the order asks for. It is 0 if the number of GB is out of range.
func (o Order) DiskSize() Bytes {
	if o.Disk > 0 && o.Disk < maxDisk {
		return Bytes(o.Disk * float64(GB))
	}
	return 0
}

// maxDisk is an exabyte, in GB. It keeps a size within the range of Bytes.
const maxDisk = 1e9

// Validate returns everything that is wrong with an order on this machine at this moment.
func (o Order) Validate(c Capacity) Faults {
	_, faults := Propose(o, c)
	return faults
}
