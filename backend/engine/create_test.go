package engine

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"berth/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The golden files have what is sent to the engine, without empty values. What isn't in them is the engine's default.
// So they show above all that nothing privileged is sent.
func TestCreateBody(t *testing.T) {
	ports := []model.Port{
		{Asked: 22, Internal: 22, External: 20022, Protocol: model.TCP},
		{Asked: 8082, Internal: 8082, External: 20082, Protocol: model.UDP},
		{Asked: 70000, Internal: 20070, External: 20070, Protocol: model.TCP},
		{Asked: 9000, Internal: 9000, Protocol: model.TCP},
	}
	full := Request{
		Name: "C.7", Image: "starter:1", Hostname: "box", Entrypoint: []string{"/berth/guest"}, Cmd: []string{"ssh"},
		User: "0:0", Env: []string{"CONTAINER_ID=7", "TEST=a b"}, Labels: map[string]string{"berth.id": "7"}, Ports: ports,
		Network: "berth", ExtraHosts: []string{"api:172.18.0.1"}, DropCaps: []string{"NET_RAW"}, StopSignal: "SIGTERM",
		Tmpfs: map[string]string{"/run": "size=1m"},
		Resources: Resources{
			CPUShares: 2048, MemoryReservation: 8 * model.GiB, Memory: 30 * model.GiB, OOMScoreAdj: 751,
			Shm: 4 * model.GiB, Pids: 2048, DiskSize: 20 * model.GB, CgroupParent: "berth.slice",
		},
	}
	folders := []Mount{{Source: "/srv/data", Target: "/data", ReadOnly: true}, {Source: "/srv/maria", Target: "/home"}}
	for _, c := range []struct {
		name, logDriver string
		request         Request
		api             string
	}{
		{"all-that-can-be-asked", "json-file", full, ""},
		{"as-little-as-can-be", "json-file", Request{Image: "starter:1"}, ""},
		{"another-log-driver-is-left-alone", "journald", Request{Image: "starter:1"}, ""},
		{"gpus-by-cdi", "local", Request{Image: "starter:1", Devices: DeviceRequest{CDI: []string{"berth/instance=7"}}}, ""},
		{"gpus-by-runtime", "local", Request{Image: "starter:1", Devices: DeviceRequest{Runtime: "nvidia"}}, ""},
		{"gpus-by-uuid", "local", Request{Image: "starter:1", Devices: DeviceRequest{UUIDs: []string{"GPU-1", "GPU-2"}}}, ""},
		{"a-helper-with-a-bind", "local", Request{Image: "starter:1", Network: "none", Binds: []string{"/etc/cdi:/cdi"}}, ""},
		{"folders-on-an-old-engine", "local", Request{Image: "starter:1", Mounts: folders}, "1.41"},
		{"folders-and-volumes", "local", Request{Image: "starter:1", Mounts: append(folders,
			Mount{Volume: true, Source: "berth-v", Target: "/workspace"})}, "1.44"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, host := createBody(c.request, Facts{LogDriver: c.logDriver, APIVersion: c.api})
			got := render(t, map[string]any{"Config": config, "HostConfig": host})
			file := filepath.Join("testdata", "create", c.name+".json")
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// render returns a value as JSON without empty values.
func render(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	text, err = json.MarshalIndent(prune(plain), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			// An exposed port is a name with an empty object as its value, and must stay.
			if inner = prune(inner); isEmpty(inner) && name[0] > '9' {
				delete(v, name)
			} else {
				v[name] = inner
			}
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0 || reflect.DeepEqual(v, []any{0.0, 0.0}) // a console size of 0 × 0
	}
	return v == nil || v == "" || v == 0.0 || v == false
}
