//go:build cluster

package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

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
		"image\nimage\n", "lost kept", "SECRET=word\n", "billy\n", "VAST_CONTAINERLABEL=" + id.String() + "\n", "PUBLIC_IPADDR=10.78.0.",
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
	var first model.InstanceID
	for range 2 { // one on each node
		first = launched(t, c, program(3, "exec sleep 100000"))
		until(t, c, first, "running", in(model.PhaseRunning))
	}
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
	const clients, each, patience = 16, 20, 15 * time.Minute
	var said bytes.Buffer
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range each {
				o := program(1, `echo begin $NVIDIA_VISIBLE_DEVICES $(cat /proc/uptime); sleep 1; echo end $(cat /proc/uptime)`)
				o.Queue = true
				if _, err := c.Launch(t.Context(), o); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	read := map[string]bool{} // by pod: a number comes again
	for begun := time.Now(); len(read) < clients*each && !t.Failed(); time.Sleep(200 * time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatalf("%d instances were over in %v", len(read), patience)
		}
		f, err := c.Fleet(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Instances {
			if i.Phase != model.PhaseExited || read[i.Container] {
				continue
			}
			read[i.Container] = true
			said.WriteString(output(t, c, i.ID))
			if err := c.Act(t.Context(), i.ID, model.ActionDestroy); err != nil {
				t.Error(err)
			}
		}
	}
	all.Wait()
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

// kill ends a part of the cluster at once. The part begins again when mend is called.
func kill(t *testing.T, part string) (mend func()) {
	t.Helper()
	run := filepath.Join(os.Getenv("BERTH_CLUSTER_TEST"), "run", part)
	text, err := os.ReadFile(run + ".pid")
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	return func() {
		again := exec.Command(run)
		again.SysProcAttr = &unix.SysProcAttr{Setsid: true}
		if err := again.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { _ = again.Wait() }() // it runs on after the tests, until .ci/cluster/down
	}
}

// kubectl runs kubectl as the cluster's administrator.
func kubectl(t *testing.T, args ...string) {
	t.Helper()
	k := exec.Command("kubectl", args...)
	k.Env = append(os.Environ(), "KUBECONFIG="+filepath.Join(os.Getenv("BERTH_CLUSTER_TEST"), "kubeconfig.admin"))
	if out, err := k.CombinedOutput(); err != nil {
		t.Fatalf("kubectl %v: %v\n%s", args, err, out)
	}
}

// answers waits until the API server answers again.
func answers(t *testing.T, c *Cluster) {
	t.Helper()
	var err error
	for begun := time.Now(); time.Since(begun) < 2*time.Minute; time.Sleep(200 * time.Millisecond) {
		if _, err = c.Fleet(t.Context()); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// A launch either is made whole, or says that it failed and leaves nothing.
func TestALaunchDuringWhichTheAPIServerDiesIsWholeOrNothing(t *testing.T) {
	c := opened(t, "maria")
	first := launched(t, c, program(0, "exit 3")) // the launcher is in the cluster now
	for _, delay := range []time.Duration{30, 60, 100, 150, 200, 300, 400, 600} {
		const launches = 6
		var lock sync.Mutex
		made := map[model.InstanceID]bool{}
		var all sync.WaitGroup
		for range launches {
			all.Go(func() {
				i, err := c.Launch(t.Context(), program(0, "exit 3"))
				lock.Lock()
				defer lock.Unlock()
				if err == nil {
					made[i.ID] = true
				} else {
					t.Logf("after %d ms: %v", delay, err)
				}
			})
		}
		time.Sleep(delay * time.Millisecond)
		mend := kill(t, "apiserver")
		time.Sleep(3 * time.Second)
		mend()
		all.Wait()
		answers(t, c)
		f, err := c.Fleet(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Instances {
			if i.ID != first && !made[i.ID] && i.Phase != model.PhaseDestroying {
				t.Errorf("%s is left of a launch that failed: %s, %s", i.ID, i.Phase, i.Message)
			}
		}
		t.Logf("after %d ms: %d of %d made", delay, len(made), launches)
		for id := range made {
			until(t, c, id, "over", in(model.PhaseExited))
			if err := c.Act(t.Context(), id, model.ActionDestroy); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestALaunchDuringWhichKubeletDiesRunsWhenItIsBack(t *testing.T) {
	c := opened(t, "maria")
	var ids []model.InstanceID
	for range 4 {
		ids = append(ids, launched(t, c, program(2, "exec sleep 100000")))
	}
	for _, node := range []string{"box1", "box2"} {
		mend := kill(t, node+"-kubelet")
		time.Sleep(time.Second)
		mend()
	}
	for _, id := range ids {
		until(t, c, id, "running", in(model.PhaseRunning))
	}
}

// What a drained node had goes on elsewhere, with its files and ports.
func TestWhatADrainedNodeHadRunsOnAnother(t *testing.T) {
	c := opened(t, "maria")
	id := launched(t, c, program(1, "echo begun >> /workspace/log; cat /workspace/log; exec sleep 100000"))
	first := until(t, c, id, "running", in(model.PhaseRunning))
	node := strings.TrimPrefix(first.Message, "runs on ")
	kubectl(t, "drain", node, "--force", "--delete-emptydir-data", "--ignore-daemonsets", "--timeout=60s")
	defer kubectl(t, "uncordon", node)
	again := until(t, c, id, "running elsewhere", func(i model.Instance, _ bool) bool {
		return i.Phase == model.PhaseRunning && i.Message != first.Message
	})
	if text := output(t, c, id); text != "begun\nbegun\n" {
		t.Errorf("its output is %q", text)
	}
	if len(again.GPUs) != 1 || fmt.Sprint(again.Plan.Ports) != fmt.Sprint(first.Plan.Ports) {
		t.Errorf("it has %v and %v", again.GPUs, again.Plan.Ports)
	}
}

func TestCommandsRunInside(t *testing.T) {
	c := opened(t, "maria")
	id := launched(t, c, program(0, "exec sleep 100000"))
	until(t, c, id, "running", in(model.PhaseRunning))
	for name, test := range map[string]struct {
		command    []string
		in         string
		code       int
		out, errs  string
		impossible bool
	}{
		"its streams":       {command: []string{"sh", "-c", "cat; echo bad >&2; exit 7"}, in: "sent", code: 7, out: "sent", errs: "bad\n"},
		"nothing typed":     {command: []string{"echo", "a b"}, out: "a b\n"},
		"much":              {command: []string{"cat"}, in: strings.Repeat("0123456789", 100_000), out: strings.Repeat("0123456789", 100_000)},
		"no such program":   {command: []string{"missing"}, impossible: true},
		"a word like a URL": {command: []string{"echo", "&command=rm", "?#%20"}, out: "&command=rm ?#%20\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code, err := c.Exec(t.Context(), id, test.command, strings.NewReader(test.in), &out, &errs)
			if test.impossible {
				if err == nil || code == 0 {
					t.Errorf("exit code %d, %v", code, err)
				}
				return
			}
			if err != nil || code != test.code || out.String() != test.out || errs.String() != test.errs {
				t.Errorf("exit code %d (%v), %d bytes of output, %q", code, err, out.Len(), errs.String())
			}
		})
	}
	if _, err := c.Exec(t.Context(), 9999, []string{"true"}, nil, io.Discard, io.Discard); !errors.Is(err, model.ErrNoInstance) {
		t.Errorf("in an instance that isn't there: %v", err)
	}
}

// The feed shows what changes, and goes on when the API server was away.
func TestTheFeedShowsChanges(t *testing.T) {
	c := opened(t, "maria")
	fleets := c.Watch(t.Context())
	see := func(what string, is func(model.Fleet) bool) {
		t.Helper()
		for late := time.After(2 * time.Minute); ; {
			select {
			case f := <-fleets:
				if is(f) {
					return
				}
			case <-late:
				t.Fatalf("never: %s", what)
			}
		}
	}
	id := launched(t, c, program(1, "exec sleep 100000"))
	is := func(change func(model.Instance) bool) func(model.Fleet) bool {
		return func(f model.Fleet) bool {
			i, there := f.Instance(id)
			return there && change(i)
		}
	}
	see("running", is(func(i model.Instance) bool { return i.Phase == model.PhaseRunning }))
	if err := c.Relabel(t.Context(), id, "new name"); err != nil {
		t.Fatal(err)
	}
	see("its label", is(func(i model.Instance) bool { return i.Label == "new name" }))
	if err := c.Relabel(t.Context(), 9999, "x"); !errors.Is(err, model.ErrNoInstance) {
		t.Errorf("the label of an instance that isn't there: %v", err)
	}
	mend := kill(t, "apiserver")
	see("no answer", func(f model.Fleet) bool { return !f.Engine.OK })
	mend()
	see("an answer", func(f model.Fleet) bool { return f.Engine.OK })
	if err := c.Act(t.Context(), id, model.ActionStop); err != nil {
		t.Fatal(err)
	}
	see("stopped", is(func(i model.Instance) bool { return i.Phase == model.PhaseStopped }))
}

// How long things take is printed, for docs/kubernetes.md; only far too long is an error.
func TestHowLongThingsTake(t *testing.T) {
	c := opened(t, "maria")
	const patience = time.Minute
	took := func(what string, begun time.Time) {
		t.Helper()
		t.Logf("%s: %v", what, time.Since(begun).Round(time.Millisecond))
		if time.Since(begun) > patience {
			t.Errorf("%s: more than %v", what, patience)
		}
	}
	for range 3 {
		begun := time.Now()
		id := launched(t, c, model.Order{Image: "busybox:1.36", Mode: model.ModeSSH, GPUs: 1, Disk: 1})
		i := until(t, c, id, "running", in(model.PhaseRunning))
		took("launch to SSH's answer", begun)
		if err := c.Act(t.Context(), id, model.ActionStop); err != nil {
			t.Fatal(err)
		}
		until(t, c, id, "stopped", in(model.PhaseStopped))
		begun = time.Now()
		if err := c.Act(t.Context(), id, model.ActionStart); err != nil {
			t.Fatal(err)
		}
		banner(t, fmt.Sprintf("10.78.0.1:%d", i.Plan.External(model.PortSSH, model.TCP)))
		took("start to SSH's banner", begun)
	}
	many(t, c, 200)
	for range 5 {
		begun := time.Now()
		f, err := c.Fleet(t.Context())
		if err != nil || len(f.Instances) < 200 {
			t.Fatalf("%d instances, %v", len(f.Instances), err)
		}
		took("a list of 200", begun)
	}
}

// banner waits for an SSH server's first line.
func banner(t *testing.T, address string) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(20 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			continue
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		first := make([]byte, 4)
		_, err = io.ReadFull(conn, first)
		_ = conn.Close()
		if err == nil && string(first) == "SSH-" {
			return
		}
	}
	t.Fatalf("no SSH server at %s", address)
}

// many makes stopped instances, which cost the nodes nothing, and destroys them when the test ends.
func many(t *testing.T, c *Cluster, n int) {
	t.Helper()
	s, err := c.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []model.InstanceID
	t.Cleanup(func() {
		for _, id := range ids {
			if err := c.Act(context.Background(), id, model.ActionDestroy); err != nil {
				t.Error(err)
			}
		}
	})
	o := program(1, "exec sleep 100000").WithDefaults()
	plan, faults := s.propose(o, nil)
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	for n := range n {
		d := &draft{Instance: model.Instance{Owner: s.me, Order: o, Plan: plan}}
		if n > 0 {
			d.ID = ids[n-1]
		}
		made, err := c.lease(t.Context(), s, d)
		if err != nil {
			t.Fatal(err)
		}
		d.owner = ownedBy(made)
		ids = append(ids, d.ID)
		stopped := jobObject(d.meta(""), d.template())
		stopped["spec"].(object)["suspend"] = true
		if err := c.api.call(t.Context(), "POST", c.api.in(jobs, ""), stopped, nil); err != nil {
			t.Fatal(err)
		}
	}
}
