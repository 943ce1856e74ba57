package model

import (
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

func TestDockerRun(t *testing.T) {
	gpus := Plan{
		GPUs:  []GPUID{"GPU-a", "GPU-b"},
		Share: Share{CPUShares: 2048, Memory: 4 * GiB, MemoryMax: 14 * GiB, Shm: GiB, OOMScore: 750, Pids: 512},
		Disk:  120 * GB, DiskHold: DiskEnforced,
		Hostname: "box",
		Env:      []Var{{"TEST", "a b"}, {"QUOTED", `it's "$5"`}},
		Ports: []Port{
			{Asked: 22, Internal: 22, Protocol: TCP, From: PortFromMode},
			{Asked: 8082, Internal: 8082, Protocol: UDP},
			{Asked: 8081, Internal: 8081, External: 21234, Protocol: TCP},
			{Asked: 70000, Protocol: TCP},
		},
	}
	tests := []struct {
		name  string
		order Order
		plan  Plan
		want  string
	}{
		{
			name:  "a share, GPUs, variables and every kind of port",
			order: Order{Image: "ubuntu:24.04", Mode: ModeEntrypoint, GPUs: 2, Args: []string{"sh", "-c", "echo $TEST"}},
			plan:  gpus,
			want: `P70000=$(shuf -n 1 -i 20000-29999)
docker run -d \
  --gpus '"device=GPU-a,GPU-b"' \
  --cpu-shares 2048 \
  --memory 14336m \
  --memory-reservation 4096m \
  --shm-size 1024m \
  --oom-score-adj 750 \
  --pids-limit 512 \
  --storage-opt size=120000000000 \
  --cap-drop NET_RAW \
  --cap-drop MKNOD \
  --cap-drop AUDIT_WRITE \
  --cap-drop SETFCAP \
  --hostname box \
  -e "TEST=a b" \
  -e 'QUOTED=it'\''s "$5"' \
  -p 22 \
  -p 8082/udp \
  -p 21234:8081 -e VAST_TCP_PORT_8081=21234 \
  -p $P70000:$P70000 -e VAST_TCP_PORT_70000=$P70000 \
  ubuntu:24.04 sh -c 'echo $TEST'`,
		},
		{
			name:  "an entrypoint of several words goes on in the arguments",
			order: Order{Image: "i", Mode: ModeEntrypoint, Entrypoint: []string{"python", "-m"}, Args: []string{"http.server"}},
			want:  "docker run -d \\\n  --cap-drop NET_RAW \\\n  --cap-drop MKNOD \\\n  --cap-drop AUDIT_WRITE \\\n  --cap-drop SETFCAP \\\n  --entrypoint python \\\n  i -m http.server",
		},
		{
			name:  "under the launcher the on-start script is what runs",
			order: Order{Image: "i", Mode: ModeSSH, OnStart: "echo hi\n"},
			want: "# without berth's launcher: no SSH server on port 22\n" +
				"docker run -d \\\n  --cap-drop NET_RAW \\\n  --cap-drop MKNOD \\\n  --cap-drop AUDIT_WRITE \\\n  --cap-drop SETFCAP \\\n  --entrypoint bash \\\n  i -c \"echo hi\nexec sleep infinity\"",
		},
		{
			name:  "without a script the container just stays",
			order: Order{Image: "i", Mode: ModeJupyter},
			want: "# without berth's launcher: no SSH server on port 22, no Jupyter on 8080\n" +
				"docker run -d \\\n  --cap-drop NET_RAW \\\n  --cap-drop MKNOD \\\n  --cap-drop AUDIT_WRITE \\\n  --cap-drop SETFCAP \\\n  --entrypoint sleep \\\n  i infinity",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := DockerRun(tt.order, tt.plan); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// A shell must split the command into the words it was made of, so that a pasted command runs as shown.
func TestDockerRunIsReadByAShell(t *testing.T) {
	values := []string{`a b`, `it's`, `"$HOME"`, "`id`", `back\slash`, "two\nlines", `!x`, "", "*"}
	order := Order{Image: "img", Mode: ModeEntrypoint, Args: values}
	script := "docker() { printf '%s\\0' \"$@\"; }\n" + DockerRun(order, Plan{Ports: []Port{{Asked: 70000, Protocol: TCP}}})
	out, err := exec.Command("sh", "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if got := words[len(words)-len(values):]; !reflect.DeepEqual(got, values) {
		t.Errorf("the shell read the arguments %q, want %q", got, values)
	}
}

func FuzzJoinWords(f *testing.F) {
	f.Add("a b", "")
	f.Add(`it's`, "$x\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.Contains(a+b, "\r\n") {
			return // SplitWords reads \r\n as one line end
		}
		got, err := SplitWords(JoinWords([]string{a, b}))
		if err != nil || !reflect.DeepEqual(got, []string{a, b}) {
			t.Errorf("wrote %q and %q, read back %q, %v", a, b, got, err)
		}
	})
}
