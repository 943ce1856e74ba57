package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"berth/model"
)

// asked returns a running instance with two GPUs, and its fleet.
func asked(t *testing.T) (model.Fleet, model.Instance) {
	t.Helper()
	start := time.Unix(1700000000, 500e6)
	i := model.Instance{
		ID: 1012, Label: "llama", Intent: model.WantRunning, Phase: model.PhaseRunning, Container: "c", GPUs: []model.GPUID{"a", "b"},
		StartedAt: start, AskedAt: start,
		Order: model.Order{Name: "pytorch", Image: "pytorch/pytorch:2", Mode: model.ModeSSH, GPUs: 2, Disk: 10},
		Plan: model.Plan{
			GPUModel: "NVIDIA H100 80GB HBM3", Disk: 10 * model.GB, Hostname: "box", Env: []model.Var{{Name: "TEST", Value: "a b"}},
			Ports: []model.Port{
				{Asked: 22, Internal: 22, External: 20022, Protocol: model.TCP, From: model.PortFromMode},
				{Asked: 8081, Internal: 8081, External: 20081, Protocol: model.TCP, From: model.PortFromOptions},
				{Asked: 8082, Internal: 8082, External: 20082, Protocol: model.UDP, From: model.PortFromOptions},
				{Asked: 70000, Internal: 20070, External: 20070, Protocol: model.TCP, From: model.PortFromOptions},
			},
		},
		Use: model.Use{Disk: model.Known(5 * model.GB)},
	}
	f := model.Fleet{At: start.Add(3 * time.Minute), Instances: []model.Instance{i}, Host: model.Host{PublicIP: "203.0.113.7", Cores: 64}}
	return f, i
}

// wired returns an instance as a client decodes it.
func wired(t *testing.T, f model.Fleet, i model.Instance) map[string]any {
	t.Helper()
	text, err := json.Marshal(OfInstance(f, i))
	if err != nil {
		t.Fatal(err)
	}
	var row map[string]any
	if err := json.Unmarshal(text, &row); err != nil {
		t.Fatal(err)
	}
	return row
}

func TestAnInstanceOnTheWireHasEveryFieldOfTheContract(t *testing.T) {
	f, i := asked(t)
	row := wired(t, f, i)
	for _, name := range strings.Fields(`id actual_status intended_status cur_state next_state status_msg label
		num_gpus gpu_name gpu_util gpu_temp gpu_ram gpu_frac cpu_cores cpu_cores_effective cpu_ram cpu_util mem_limit
		mem_usage disk_space disk_usage disk_util disk_hold image_uuid image_runtype image_args extra_env onstart jupyter_token
		ports public_ipaddr local_ipaddrs ssh_host ssh_port direct_port_count direct_port_start direct_port_end
		start_date duration uptime_mins template_id template_hash_id template_name machine_id host_id dph_total
		inet_up inet_down reliability2 verification rentable geolocation static_ip`) {
		if _, there := row[name]; !there {
			t.Errorf("it has no %s", name)
		}
	}
	for name, want := range map[string]any{
		"id": 1012.0, "actual_status": "running", "label": "llama", "num_gpus": 2.0, "disk_util": 0.5, "disk_usage": 5.0,
		"start_date": 1700000000.5, "uptime_mins": 3.0, "gpu_util": nil, "mem_usage": nil, "onstart": nil,
		"ssh_host": "203.0.113.7", "ssh_port": 20022.0, "image_runtype": "ssh_direc ssh_proxy", "template_name": "pytorch",
	} {
		if row[name] != want {
			t.Errorf("%s is %v, want %v", name, row[name], want)
		}
	}
	if args, ok := row["image_args"].([]any); !ok || len(args) != 0 {
		t.Errorf("image_args is %v, want an empty list", row["image_args"])
	}
	bindings := row["ports"].(map[string]any)["8082/udp"].([]any)[0].(map[string]any)
	if bindings["HostIp"] != "0.0.0.0" || bindings["HostPort"] != "20082" {
		t.Errorf("8082/udp is %v", bindings)
	}
}

// Clients make a dictionary of the pairs, so each name may occur only once.
func TestExtraEnvIsPairsOfWhatWasAskedFor(t *testing.T) {
	f, i := asked(t)
	got := OfInstance(f, i).ExtraEnv
	want := [][2]string{
		{"TEST", "a b"}, {"-p 8081:8081", "1"}, {"-p 8082:8082/udp", "1"}, {"-p 70000:70000", "1"}, {"-h", "box"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("pair %d is %q, want %q", n, got[n], want[n])
		}
	}
}

func TestAnInstanceThatHasNothingYetIsNullAndNeverInvented(t *testing.T) {
	row := wired(t, model.Fleet{}, model.Instance{ID: 7, Phase: model.PhaseCreating, Intent: model.WantRunning, Order: model.Order{Mode: model.ModeEntrypoint}})
	if _, there := row["ports"]; there {
		t.Error("ports without a lease are there; they must be absent, never null")
	}
	for _, name := range []string{"actual_status", "label", "gpu_name", "public_ipaddr", "ssh_port", "uptime_mins", "template_id"} {
		if row[name] != nil {
			t.Errorf("%s is %v, want null", name, row[name])
		}
	}
	if pairs, ok := row["extra_env"].([]any); !ok || len(pairs) != 0 {
		t.Errorf("extra_env is %v, want an empty list", row["extra_env"])
	}
	if _, isNumber := row["start_date"].(float64); !isNumber {
		t.Errorf("start_date is %v, want a number", row["start_date"])
	}
}

func TestATemplateOnTheWireIsNamedByItsName(t *testing.T) {
	one := OfTemplate(model.Template{Order: model.Order{Name: "mine", Image: "host:5000/img:1", Mode: model.ModeJupyter, Options: "-p 1 -e JUPYTER_DIR=/w"}, Source: model.SourceUser})
	edited := OfTemplate(model.Template{Order: model.Order{Name: "mine", Image: "other"}})
	other := OfTemplate(model.Template{Order: model.Order{Name: "yours", Image: "host:5000/img:1"}})
	if one.ID != edited.ID || one.HashID != edited.HashID || one.ID == other.ID || one.HashID == other.HashID {
		t.Errorf("ids are %d %s, edited %d %s, another's %d %s", one.ID, one.HashID, edited.ID, edited.HashID, other.ID, other.HashID)
	}
	if len(one.HashID) != 32 || one.ID <= 0 || one.ID >= 1<<48 {
		t.Errorf("hash id %q, id %d", one.HashID, one.ID)
	}
	if one.Tag != "1" || one.RunType != "jupyter" || !one.UseSSH || !one.JupDirect || *one.JupyterDir != "/w" || !one.Private {
		t.Errorf("got %+v", one)
	}
	f, i := asked(t)
	i.Order.Name = "mine"
	if w := OfInstance(f, i); *w.TemplateID != one.ID || *w.TemplateHashID != one.HashID {
		t.Errorf("an instance of it says %d %s", *w.TemplateID, *w.TemplateHashID)
	}
}
