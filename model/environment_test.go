package model

import (
	"slices"
	"testing"
)

// launched returns an instance of the given mode and option text. Its ports are leased from 20000 on.
func launched(mode Mode, options string) Instance {
	o := Order{Image: "ubuntu", Mode: mode, GPUs: 2, Options: options}
	plan, faults := Propose(o, eight())
	if len(faults) > 0 {
		panic(faults)
	}
	plan.Token = "tok"
	plan.Ports, _ = ChoosePorts(plan.Ports, DefaultPorts, func(Socket) bool { return false }, func(int) int { return 0 })
	return Instance{ID: 1012, Order: o, Plan: plan, Phase: PhaseRunning, Intent: WantRunning}
}

func TestEnvironmentIsTheTable(t *testing.T) {
	common := []string{
		"CONTAINER_API_KEY=key", "CONTAINER_ID=1012", "DATA_DIRECTORY=/workspace", "GPU_COUNT=2", "NVIDIA_VISIBLE_DEVICES=void",
		"PUBLIC_IPADDR=65.130.162.74", "SSH_PUBLIC_KEY=ssh-ed25519 A\nssh-ed25519 B", "VAST_CONTAINERLABEL=C.1012", "VAST_URL=http://172.30.0.1:8000",
	}
	tests := []struct {
		name    string
		mode    Mode
		options string
		change  func(*Identity)
		want    []string // in addition to the common variables
		instead []string // replacing common variables
	}{
		{name: "entrypoint mode has what every instance has", mode: ModeEntrypoint},
		{name: "ssh mode has its port", mode: ModeSSH, want: []string{"VAST_TCP_PORT_22=20000"}},
		{name: "jupyter mode has Jupyter's variables", mode: ModeJupyter, want: []string{"VAST_TCP_PORT_22=20000", "VAST_TCP_PORT_8080=20001",
			"JUPYTER_TOKEN=tok", "JUPYTER_SERVER_ROOT=/", "JUPYTER_SERVER_URL=https://0.0.0.0:8080/"}},
		{name: "Jupyter starts in the image's working directory", mode: ModeJupyter, change: func(id *Identity) { id.WorkDir = "/app" },
			want: []string{"VAST_TCP_PORT_22=20000", "VAST_TCP_PORT_8080=20001",
				"JUPYTER_TOKEN=tok", "JUPYTER_SERVER_ROOT=/app", "JUPYTER_SERVER_URL=https://0.0.0.0:8080/"}},
		{name: "or where it is told, with the user's token", mode: ModeJupyter, options: "-e JUPYTER_DIR=/data -e JUPYTER_TOKEN=mine",
			change: func(id *Identity) { id.WorkDir = "/app" },
			want: []string{"VAST_TCP_PORT_22=20000", "VAST_TCP_PORT_8080=20001", "JUPYTER_DIR=/data",
				"JUPYTER_TOKEN=mine", "JUPYTER_SERVER_ROOT=/data", "JUPYTER_SERVER_URL=https://0.0.0.0:8080/"}},
		{name: "the user's variables are there", mode: ModeEntrypoint, options: `-e TEST="a b"`, want: []string{"TEST=a b"}},
		{name: "each mapping has its variable, an identity port under the number asked for", mode: ModeEntrypoint,
			options: "-p 8081:8081 -p 8082:8082/udp -p 70000:70000 -p 70001/udp",
			want:    []string{"VAST_TCP_PORT_8081=20000", "VAST_UDP_PORT_8082=20000", "VAST_TCP_PORT_70000=20001", "VAST_UDP_PORT_70001=20001"}},
		{name: "the data directory can be set", mode: ModeEntrypoint, options: "-e DATA_DIRECTORY=/data", instead: []string{"DATA_DIRECTORY=/data"}},
		{name: "an Open token of 1 is made", mode: ModeEntrypoint, options: "-e OPEN_BUTTON_TOKEN=1", want: []string{"OPEN_BUTTON_TOKEN=tok"}},
		{name: "another one is as given", mode: ModeEntrypoint, options: "-e OPEN_BUTTON_TOKEN=mine", want: []string{"OPEN_BUTTON_TOKEN=mine"}},
		{name: "the image's PyTorch version is told", mode: ModeEntrypoint, change: func(id *Identity) { id.Pytorch = "2.6" }, want: []string{"PYTORCH_VERSION=2.6"}},
		{name: "unless somebody says another", mode: ModeEntrypoint, options: "-e PYTORCH_VERSION=2.5",
			change: func(id *Identity) { id.Pytorch = "2.6" }, want: []string{"PYTORCH_VERSION=2.5"}},
		{name: "what the account says of ours doesn't count", mode: ModeEntrypoint, change: func(id *Identity) {
			id.Instance.Plan.Env = []Var{{"GPU_COUNT", "9"}, {"NVIDIA_VISIBLE_DEVICES", "all"}}
		}},
		{name: "the way GPUs are handed in may need its own word", mode: ModeEntrypoint, change: func(id *Identity) { id.Visible = "berth/instance=1012" },
			instead: []string{"NVIDIA_VISIBLE_DEVICES=berth/instance=1012"}},
		{name: "without keys the variable is there and empty", mode: ModeEntrypoint, change: func(id *Identity) { id.Keys = nil }, instead: []string{"SSH_PUBLIC_KEY="}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := Identity{
				Instance: launched(tt.mode, tt.options), PublicIP: "65.130.162.74", APIURL: "http://172.30.0.1:8000", APIKey: "key",
				Keys: []string{"ssh-ed25519 A", "ssh-ed25519 B"},
			}
			if tt.change != nil {
				tt.change(&id)
			}
			var got []string
			for _, v := range Environment(id) {
				got = append(got, v.Name+"="+v.Value)
			}
			want := slices.Clone(common)
			for _, line := range tt.instead {
				at := slices.IndexFunc(want, func(w string) bool { return nameOf(w) == nameOf(line) })
				want[at] = line
			}
			want = append(want, tt.want...)
			slices.Sort(want)
			if !slices.IsSorted(got) || !slices.Equal(got, want) {
				t.Errorf("got\n%q, want\n%q", got, want)
			}
		})
	}
}

func nameOf(line string) string {
	for i := range line {
		if line[i] == '=' {
			return line[:i]
		}
	}
	return line
}

// An empty VAST_URL would replace the client's own default.
func TestEnvironmentLeavesOutAnAPIThatIsNotThere(t *testing.T) {
	for _, v := range Environment(Identity{Instance: launched(ModeEntrypoint, "")}) {
		if v.Name == "VAST_URL" {
			t.Errorf("VAST_URL=%s", v.Value)
		}
	}
}
