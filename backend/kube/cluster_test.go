//go:build cluster

package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/model"
)

// These tests run on the cluster that .ci/cluster/up has started: make test-cluster.

func opened(t *testing.T, user string) *Cluster {
	t.Helper()
	folder := os.Getenv("BERTH_CLUSTER_TEST")
	if folder == "" {
		t.Fatal("no cluster: run make test-cluster")
	}
	t.Setenv("KUBECONFIG", filepath.Join(folder, "kubeconfig."+user))
	c, err := Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// launched launches, and destroys the instance when the test ends.
func launched(t *testing.T, c *Cluster, o model.Order) model.InstanceID {
	t.Helper()
	i, err := c.Launch(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Act(context.Background(), i.ID, model.ActionDestroy); err != nil && !errors.Is(err, model.ErrNoInstance) {
			t.Error(err)
		}
		until(t, c, i.ID, "gone", func(_ model.Instance, there bool) bool { return !there })
	})
	return i.ID
}

// until waits for an instance to be as wanted.
func until(t *testing.T, c *Cluster, id model.InstanceID, what string, is func(model.Instance, bool) bool) model.Instance {
	t.Helper()
	var last model.Instance
	for begun := time.Now(); time.Since(begun) < 3*time.Minute; time.Sleep(200 * time.Millisecond) {
		f, err := c.Fleet(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		i, there := f.Instance(id)
		if is(i, there) {
			return i
		}
		last = i
	}
	t.Fatalf("%s isn't %s: %s, %s", id, what, last.Phase, last.Message)
	return last
}

func in(p model.Phase) func(model.Instance, bool) bool {
	return func(i model.Instance, there bool) bool { return there && i.Phase == p }
}

func output(t *testing.T, c *Cluster, id model.InstanceID) string {
	t.Helper()
	log, err := c.Logs(context.Background(), id, model.LogRequest{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	text, err := io.ReadAll(log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func program(gpus int, script string) model.Order {
	return model.Order{Image: "busybox:1.36", Mode: model.ModeEntrypoint, GPUs: gpus, Share: share(gpus), Disk: 1, Args: []string{"sh", "-c", script}}
}

func share(gpus int) float64 {
	if gpus == 0 {
		return 0.05
	}
	return 0
}

// A user with the Role of docs/kubernetes.yaml and no other right gets all of it.
func TestAStopKeepsWhatIsPromised(t *testing.T) {
	c := opened(t, "maria")
	o := program(1, `cat /root/from-image /workspace/from-image; echo lost $(cat /etc/mine) kept $(cat /workspace/mine /root/mine); `+
		`echo x >/etc/mine; echo d >/workspace/mine; echo r >/root/mine; env; hostname; df -k /dev/shm; exec sleep 100000`)
	o.Options = "-p 8081 -p 70000 -p 9000/udp -e SECRET=word -h billy"
	id := launched(t, c, o)
	first := until(t, c, id, "running", in(model.PhaseRunning))
	text := output(t, c, id)
	identity := first.Plan.External(model.IdentityBase, model.TCP)
	for _, want := range []string{
		"image\nimage\n", "lost kept", "SECRET=word\n", "billy\n", "VAST_CONTAINERLABEL=" + id.String() + "\n", "PUBLIC_IPADDR=10.78.0.1\n",
		fmt.Sprintf("VAST_TCP_PORT_8081=%d\n", first.Plan.External(8081, model.TCP)), fmt.Sprintf("VAST_TCP_PORT_70000=%d\n", identity),
		fmt.Sprintf("VAST_UDP_PORT_9000=%d\n", first.Plan.External(9000, model.UDP)), "NVIDIA_VISIBLE_DEVICES=GPU-", "GPU_COUNT=1\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("its output has no %q:\n%s", want, text)
		}
	}
	if inside := first.Plan.Ports[1].Internal; inside != identity {
		t.Errorf("the identity port is %d inside and %d outside", inside, identity)
	}
	if first.Owner != "maria" {
		t.Errorf("its owner is %q", first.Owner)
	}

	if err := c.Act(t.Context(), id, model.ActionStop); err != nil {
		t.Fatal(err)
	}
	stopped := until(t, c, id, "stopped", in(model.PhaseStopped))
	if len(stopped.GPUs) > 0 {
		t.Errorf("stopped, it holds %v", stopped.GPUs)
	}
	if err := c.Act(t.Context(), id, model.ActionStart); err != nil {
		t.Fatal(err)
	}
	again := until(t, c, id, "running", in(model.PhaseRunning))
	if text := output(t, c, id); !strings.Contains(text, "lost kept d r") {
		t.Errorf("after the stop it has:\n%s", text)
	}
	if fmt.Sprint(again.Plan.Ports) != fmt.Sprint(first.Plan.Ports) {
		t.Errorf("its ports were %v and are %v", first.Plan.Ports, again.Plan.Ports)
	}
}

func TestWhatEndsByItselfReleasesItsGPUs(t *testing.T) {
	c := opened(t, "maria")
	id := launched(t, c, program(2, "echo one; echo last; exit 7"))
	i := until(t, c, id, "exited", in(model.PhaseExited))
	if code, known := i.ExitCode.Get(); code != 7 || !known || len(i.GPUs) > 0 {
		t.Errorf("exit code %d (%t), GPUs %v", code, known, i.GPUs)
	}
	if text := output(t, c, id); text != "one\nlast\n" {
		t.Errorf("its output is %q", text)
	}
	if err := c.Act(t.Context(), id, model.ActionStart); err != nil {
		t.Fatal(err)
	}
	until(t, c, id, "exited anew", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseExited && now.EndedAt.After(i.EndedAt)
	})
}

func TestWhoWaitsIsToldInTheSchedulersWordsAndStartsByItself(t *testing.T) {
	c := opened(t, "maria")
	first := launched(t, c, program(3, "exec sleep 100000"))
	until(t, c, first, "running", in(model.PhaseRunning))
	o := program(2, "exec sleep 100000")
	if _, err := c.Launch(t.Context(), o); !errors.Is(err, model.ErrGPUsTaken) {
		t.Fatalf("an order that doesn't wait: %v", err)
	}
	o.Queue = true
	second := launched(t, c, o)
	until(t, c, second, "waiting", func(i model.Instance, _ bool) bool {
		return i.Phase == model.PhaseScheduling && strings.Contains(i.Message, "Insufficient nvidia.com/gpu")
	})
	if err := c.Act(t.Context(), first, model.ActionStop); err != nil {
		t.Fatal(err)
	}
	until(t, c, second, "running", in(model.PhaseRunning))
}

func TestTheLauncherAnswersAndNobodyWithoutGPUsSeesSome(t *testing.T) {
	c := opened(t, "maria")
	id := launched(t, c, model.Order{Image: "busybox:1.36", Mode: model.ModeSSH, Share: 0.05, Disk: 1, OnStart: "echo $NVIDIA_VISIBLE_DEVICES > /proc/1/fd/1"})
	until(t, c, id, "running", in(model.PhaseRunning)) // its SSH server answers kubelet
	until(t, c, id, "started", func(model.Instance, bool) bool { return strings.Contains(output(t, c, id), "void\n") })
}

// Each instance says which GPUs it sees, and when it began and ended by the node's clock. No GPU may be in two at once.
func TestNoGPUIsHeldTwice(t *testing.T) {
	c := opened(t, "maria")
	const clients, each = 16, 2
	var lock sync.Mutex
	var said bytes.Buffer
	var ids []model.InstanceID
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range each {
				o := program(1, `echo begin $NVIDIA_VISIBLE_DEVICES $(cat /proc/uptime); sleep 1; echo end $(cat /proc/uptime)`)
				o.Queue = true
				i, err := c.Launch(t.Context(), o)
				if err != nil {
					t.Error(err)
					return
				}
				lock.Lock()
				ids = append(ids, i.ID)
				lock.Unlock()
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		until(t, c, id, "over", in(model.PhaseExited))
		said.WriteString(output(t, c, id))
		if err := c.Act(t.Context(), id, model.ActionDestroy); err != nil {
			t.Error(err)
		}
	}
	ends := map[string][][2]float64{}
	var gpu string
	var from, to, idle float64
	for line := range strings.Lines(said.String()) {
		if n, _ := fmt.Sscanf(line, "begin %s %f %f", &gpu, &from, &idle); n == 3 {
			continue
		}
		if n, _ := fmt.Sscanf(line, "end %f %f", &to, &idle); n == 2 {
			for _, other := range ends[gpu] {
				if from < other[1] && other[0] < to {
					t.Errorf("%s was held twice: %.2f-%.2f and %.2f-%.2f", gpu, from, to, other[0], other[1])
				}
			}
			ends[gpu] = append(ends[gpu], [2]float64{from, to})
		}
	}
	held := 0
	for _, times := range ends {
		held += len(times)
	}
	if held != clients*each {
		t.Errorf("%d of %d instances said what they had:\n%s", held, clients*each, said.String())
	}
}
