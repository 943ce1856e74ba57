package model

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestProposeNamesTheFault(t *testing.T) {
	taken := func(c *Capacity) {
		c.Devices[0].Holder = Holder{Kind: HeldByInstance, ID: "C.1012", Name: "llama-ft", Owner: "maria"}
		c.Devices[1].Holder = c.Devices[0].Holder
		c.Devices[3].Holder = Holder{Kind: HeldByProcess, ID: "4242", Name: "python", Owner: "root"}
		c.Devices[4].Health = Health{Reason: "fell off the bus"}
		c.Devices[5].MemoryUsed = Known(12 * GiB)
	}
	tests := []struct {
		name  string
		order func(*Order)
		given func(*Capacity)
		want  string // the whole text of the fault
		kind  error
	}{
		{name: "no image", order: func(o *Order) { o.Image = "" }, want: "image: an image is needed, such as ubuntu:24.04"},
		{name: "an image too long", order: func(o *Order) { o.Image = strings.Repeat("a", 1025) },
			want: `image "` + strings.Repeat("a", 59) + `…": at most 1024 characters, this has 1025`},
		{name: "a name with control characters", order: func(o *Order) { o.Name = "a\x1b[2J" },
			want: `name "a\x1b[2J": control characters are not allowed, this has U+001B`},
		{name: "a label that is too long", order: func(o *Order) { o.Label = strings.Repeat("é", 257) },
			want: `label "` + strings.Repeat("é", 59) + `…": at most 256 characters, this has 257`},
		{name: "a label that turns the reading direction", order: func(o *Order) { o.Label = "\u202egpj.exe" },
			want: `label "\u202egpj.exe": control characters are not allowed, this has U+202E`},
		{name: "a label with the last of the control characters", order: func(o *Order) { o.Label = "\u2069" },
			want: `label "\u2069": control characters are not allowed, this has U+2069`},
		{name: "a label with one that no keyboard has", order: func(o *Order) { o.Label = "\u0080" },
			want: `label "\u0080": control characters are not allowed, this has U+0080`},
		{name: "an unknown mode", order: func(o *Order) { o.Mode = "vnc" }, want: `mode "vnc": a mode is ssh, jupyter or entrypoint`},
		{name: "a registry without a login", order: func(o *Order) { o.Registry = "docker.io" },
			want: `registry "docker.io": the account has no login there; it has ghcr.io`},
		{name: "fewer than no GPUs", order: func(o *Order) { o.GPUs = -1 }, want: `gpus "-1": a number of GPUs is 0 or more`},
		{name: "more GPUs than the machine has", order: func(o *Order) { o.GPUs = 9 },
			want: `gpus "9": 9 asked, and this machine has 8 NVIDIA H100 80GB HBM3: no instance can ever have more`, kind: ErrGPUsTaken},
		{name: "more GPUs than are free, with everyone who has one", order: func(o *Order) { o.GPUs = 7 }, given: taken, kind: ErrGPUsTaken,
			want: `gpus "7": 7 asked, 3 of 8 NVIDIA H100 80GB HBM3 are free; GPU 0-1: C.1012 llama-ft (maria), ` +
				`GPU 3: outside: pid 4242 python (root), GPU 4: unhealthy: fell off the bus, ` +
				`GPU 5: 12.0G of its memory is in use by something unseen`},
		{name: "a GPU on a machine without any", order: func(o *Order) { o.GPUs = 1 }, given: func(c *Capacity) { c.Devices = nil }, kind: ErrGPUsTaken,
			want: `gpus "1": no GPU here, see berth doctor; 0 is a CPU instance`},
		{name: "a model that isn't here", order: func(o *Order) { o.GPUs, o.GPUModel = 1, "B200" },
			want: `gpu_model "B200": no GPU of that model is here: it has NVIDIA H100 80GB HBM3`},
		{name: "a name that is two models", order: func(o *Order) { o.GPUs, o.GPUModel = 1, "nvidia" },
			given: func(c *Capacity) { c.Devices[7].Model = "NVIDIA A100" },
			want:  `gpu_model "nvidia": this is more than one model here: write one of NVIDIA H100 80GB HBM3, NVIDIA A100`},
		{name: "more of one model than there are, on a machine of two", order: func(o *Order) { o.GPUs = 8 }, kind: ErrGPUsTaken,
			given: func(c *Capacity) { c.Devices[7].Model = "NVIDIA A100" },
			want:  `gpus "8": 8 asked of one model, and this machine has 7 NVIDIA H100 80GB HBM3, 1 NVIDIA A100: no instance can ever have more`},
		{name: "a picked GPU that isn't here", order: func(o *Order) { o.PickGPUs = []GPUID{"GPU-9"} },
			want: `pick_gpus "GPU-9": no such GPU here: a GPU is picked by its UUID, which berth gpus shows`},
		{name: "a picked GPU that is taken", order: func(o *Order) { o.PickGPUs = []GPUID{"GPU-0", "GPU-2"} }, given: taken, kind: ErrGPUsTaken,
			want: `pick_gpus "GPU-0": GPU 0 is not free: C.1012 llama-ft (maria)`},
		{name: "a GPU picked twice", order: func(o *Order) { o.PickGPUs = []GPUID{"GPU-0", "GPU-0"} }, want: `pick_gpus "GPU-0": picked twice`},
		{name: "GPUs of two models picked", order: func(o *Order) { o.PickGPUs = []GPUID{"GPU-0", "GPU-7"} },
			given: func(c *Capacity) { c.Devices[7].Model = "NVIDIA A100" },
			want:  `pick_gpus "GPU-7": GPU 7 is a NVIDIA A100 and GPU 0 a NVIDIA H100 80GB HBM3: an instance has GPUs of one model`},
		{name: "a number that contradicts the pick", order: func(o *Order) { o.GPUs, o.PickGPUs = 3, []GPUID{"GPU-0"} },
			want: `gpus "3": GPUs picked by hand: 1; leave the number out, or pick as many`},
		{name: "more than the whole machine", order: func(o *Order) { o.Share = 1.5 },
			want: `share "1.5": a share of the machine is above 0 and at most 1: 0.25 is a quarter`},
		{name: "a share that is no number", order: func(o *Order) { o.Share = math.NaN() },
			want: `share "NaN": a share of the machine is above 0 and at most 1: 0.25 is a quarter`},
		{name: "a disk that is no number", order: func(o *Order) { o.Disk = math.NaN() }, want: `disk "NaN": a disk size is a number of GB`},
		{name: "a disk below nothing", order: func(o *Order) { o.Disk = -1 }, want: `disk "-1": a disk size is a number of GB`},
		{name: "a disk beyond all bounds", order: func(o *Order) { o.Disk = math.Inf(1) }, want: `disk "+Inf": no disk is that large: sizes are in GB`},
		{name: "a disk below the least", order: func(o *Order) { o.Disk = 9.5 }, want: `disk "9.5": the least is 10 GB`},
		{name: "a disk below this machine's least", order: func(o *Order) { o.Disk = 1 }, given: func(c *Capacity) { c.Host.DiskMin = 2 * GB },
			want: `disk "1": the least is 2 GB`},
		{name: "a disk larger than what is left", order: func(o *Order) { o.Disk = 401 }, kind: ErrDiskFull,
			want: `disk "401": only 400 GB are left to promise (500G of 1.0T are promised, 100G kept for images and the host)`},
		{name: "a disk that is full, though nothing is promised", order: func(o *Order) { o.Disk = 10 }, kind: ErrDiskSmall,
			given: func(c *Capacity) { c.Host.DiskPromised, c.Host.DiskReserve = 0, 995*GB },
			want:  `disk "10": the engine's disk has only 5 GB for instances (1.0T, of which 995G are in use or kept for the host): make room, or ask for less`},
		{name: "an on-start script too long", order: func(o *Order) { o.OnStart = strings.Repeat("x", 16385) },
			want: "onstart: at most 16384 bytes (16 KB), this has 16385: fetch the rest from the script"},
		{name: "an on-start script with a zero byte", order: func(o *Order) { o.OnStart = "a\x00" },
			want: "onstart: control characters are not allowed but tab and line end, this has U+0000"},
		{name: "arguments with a zero byte", order: func(o *Order) { o.Mode, o.Args = ModeEntrypoint, []string{"a\x00"} },
			want: `args "a\x00": control characters are not allowed but tab and line end, this has U+0000`},
		{name: "an entrypoint of nothing", order: func(o *Order) { o.Mode, o.Entrypoint = ModeEntrypoint, []string{""} },
			want: "entrypoint: the first word is empty"},
		{name: "arguments under our launcher", order: func(o *Order) { o.Args = []string{"--port", "80"} },
			want: `args "--port 80": ssh mode runs our launcher in place of the image's CMD; arguments are for entrypoint mode`},
		{name: "an entrypoint under our launcher", order: func(o *Order) { o.Mode, o.Entrypoint = ModeJupyter, []string{"sh"} },
			want: `entrypoint "sh": jupyter mode runs our launcher in place of the image's ENTRYPOINT; another one is for entrypoint mode`},
		{name: "JupyterLab without Jupyter", order: func(o *Order) { o.JupyterLab = true },
			want: "jupyter_lab: ssh mode starts no Jupyter; this is for jupyter mode"},
		{name: "a script without our launcher", order: func(o *Order) { o.Mode, o.OnStart = ModeEntrypoint, "echo" },
			want: "onstart: entrypoint mode runs the image as it is, and no script; one is for ssh and jupyter mode"},
		{name: "variables for sessions that there aren't", order: func(o *Order) { o.Mode, o.ExportEnv = ModeEntrypoint, true },
			want: "export_env: entrypoint mode has no sessions to show the variables to; this is for ssh and jupyter mode"},
		{name: "a variable that is ours", order: func(o *Order) { o.Options = "-e GPU_COUNT=9" },
			want: `options "GPU_COUNT": this variable is set by berth; of its own only DATA_DIRECTORY, JUPYTER_TOKEN, OPEN_BUTTON_TOKEN, PYTORCH_VERSION can be set`},
		{name: "a data directory that is no path", order: func(o *Order) { o.Options = "-e DATA_DIRECTORY=data" },
			want: `options "DATA_DIRECTORY": a folder's path begins with /`},
		{name: "64 ports and SSH's", order: func(o *Order) { o.Options = "-p 3000-3063" },
			want: "options: at most 64 ports, these are 65 with those of ssh mode"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, c := Order{Image: "ubuntu"}, eight()
			tt.order(&o)
			if tt.given != nil {
				tt.given(&c)
			}
			_, faults := Propose(o, c)
			if err := faults.Err(); err == nil || err.Error() != tt.want {
				t.Errorf("got\n%v, want\n%s", err, tt.want)
			}
			if tt.kind != nil && !errors.Is(faults.Err(), tt.kind) {
				t.Errorf("%v is not %v", faults, tt.kind)
			}
		})
	}
}

func TestAllFaultsComeAtOnceInTheFormsOrder(t *testing.T) {
	o := Order{Name: " x", Image: "UPPER", Mode: "vnc", GPUs: 9, Options: "--rm", Disk: 1e6, OnStart: "\x00", Label: "\n"}
	var got []string
	for _, f := range o.Validate(eight()) {
		got = append(got, f.Field)
	}
	want := []string{"name", "image", "gpus", "mode", "options", "disk", "onstart", "label"}
	if !slices.Equal(got, want) {
		t.Errorf("faults of %v, want %v", got, want)
	}
}

func TestOnlyFourPredefinedVariablesCanBeSet(t *testing.T) {
	ours := []string{"CONTAINER_ID", "VAST_CONTAINERLABEL", "CONTAINER_API_KEY", "VAST_URL", "GPU_COUNT", "PUBLIC_IPADDR",
		"SSH_PUBLIC_KEY", "JUPYTER_SERVER_ROOT", "JUPYTER_SERVER_URL", "NVIDIA_VISIBLE_DEVICES", "VAST_TCP_PORT_22", "VAST_UDP_PORT_70000"}
	for _, name := range ours {
		if faults := (Order{Image: "a", Options: "-e " + name + "=/x"}).Check(); len(faults.Of("options")) != 1 {
			t.Errorf("%s could be set: %v", name, faults)
		}
		if err := (Var{name, "/x"}).Check(); err == nil {
			t.Errorf("%s could be set for an account", name)
		}
	}
	for _, name := range []string{"DATA_DIRECTORY", "JUPYTER_TOKEN", "OPEN_BUTTON_TOKEN", "PYTORCH_VERSION", "OPEN_BUTTON_PORT", "VAST_X"} {
		if faults := (Order{Image: "a", Options: "-e " + name + "=/x"}).Check(); len(faults) != 0 {
			t.Errorf("%s could not be set: %v", name, faults)
		}
		if err := (Var{name, "/x"}).Check(); err != nil {
			t.Errorf("%s could not be set for an account: %v", name, err)
		}
	}
}

func TestTheLargestOrderThatFitsIsTaken(t *testing.T) {
	o := Order{
		Name: strings.Repeat("n", MaxName), Label: strings.Repeat("é", MaxLabel), OnStart: strings.Repeat("x", MaxOnStart),
		Image: "ubuntu", GPUs: 8, Disk: 400, Registry: "ghcr.io",
		Options: "-p 3000-3062 -e A=" + strings.Repeat("x", MaxVariable-2),
	}
	if faults := o.Validate(eight()); len(faults) != 0 {
		t.Error(faults)
	}
}

func TestALabelIsOneLine(t *testing.T) {
	if err := CheckLabel("llama-ft 日本"); err != nil {
		t.Error(err)
	}
	if err := CheckLabel("a\nb"); err == nil {
		t.Error("a label of two lines was taken")
	}
}

func TestAnOrderInAnotherModeIsWithoutWhatThatOneDoesntUse(t *testing.T) {
	all := Order{
		Image: "i", Args: []string{"a"}, Entrypoint: []string{"e"}, OnStart: "s", JupyterLab: true, ExportEnv: true,
		Label: "l", Options: "-p 1", GPUs: 1, Disk: 10,
	}
	for mode, change := range map[Mode]func(*Order){
		"":             func(o *Order) { o.Args, o.Entrypoint, o.JupyterLab = nil, nil, false },
		ModeSSH:        func(o *Order) { o.Args, o.Entrypoint, o.JupyterLab = nil, nil, false },
		ModeJupyter:    func(o *Order) { o.Args, o.Entrypoint = nil, nil },
		ModeEntrypoint: func(o *Order) { o.OnStart, o.JupyterLab, o.ExportEnv = "", false, false },
		"vnc":          func(*Order) {}, // only the mode itself is wrong
	} {
		want := all
		want.Mode = mode
		change(&want)
		got := all.InMode(mode)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("in mode %q:\n%+v, want\n%+v", mode, got, want)
		}
		if faults := got.Check(); mode.known() && len(faults) > 0 {
			t.Errorf("in mode %q it is still wrong: %v", mode, faults)
		}
	}
}

// A disk of a million GB was called 1e+06.
func TestANumberIsWrittenAsAPersonTypesIt(t *testing.T) {
	for f, want := range map[float64]string{1000000: "1000000", 999999999: "999999999", 0.05: "0.05", 12.5: "12.5", 0.0000001: "0.0000001"} {
		if got := number(f); got != want {
			t.Errorf("%v is written %s, want %s", f, got, want)
		}
	}
}
