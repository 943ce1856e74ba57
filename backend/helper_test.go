package backend

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/gpu/cdi"
	"berth/backend/label"
	"berth/model"
)

// The variables for the part of TestAUserOfTheEnginesGroupNeedsNoRoot that runs without root.
const (
	userImage = "BERTH_TEST_USER_IMAGE"
	userCards = "BERTH_TEST_USER_CARDS"
	userSpecs = "BERTH_TEST_USER_SPECS"
)

const nobody = 65534

// If a user may use the engine but can't write to the folder of specs, a helper container writes them. The test starts
// itself again as such a user, who also can't look into the containers' processes.
func TestAUserOfTheEnginesGroupNeedsNoRoot(t *testing.T) {
	if os.Getenv(userImage) != "" {
		liveWithoutRoot(t)
		return
	}
	p := enginetest.Private(t, enginetest.PrivateOptions{Dockerd: enginetest.Newer(t, "28.5.2"), CDI: true})
	c := newCards(t)
	image := enginetest.Image(t, p.Docker)
	socket := strings.TrimPrefix(p.Host(), "unix://")
	check(t, os.Chown(socket, 0, nobody))
	check(t, os.Chmod(socket, 0o660))
	check(t, os.Chmod(p.Dir, 0o711))
	self := exec.CommandContext(t.Context(), copyOfThis(t), "-test.run", "^"+t.Name()+"$", "-test.v")
	self.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	self.Dir = "/"
	self.Env = append(os.Environ(), "DOCKER_HOST="+p.Host(), "HOME=/nowhere",
		userImage+"="+image, userCards+"="+c.dir, userSpecs+"="+p.CDIDir)
	said, err := self.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, said)
	}
	if left, err := p.Docker.List(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("containers are left: %v (%v)", left, err)
	}
}

// copyOfThis copies this program to a place where all users may run it.
func copyOfThis(t *testing.T) string {
	t.Helper()
	self, err := os.Open("/proc/self/exe")
	check(t, err)
	defer self.Close()
	dir, err := os.MkdirTemp("", "berth-test-") // only root can enter the test's own folder
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	check(t, os.Chmod(dir, 0o755))
	path := filepath.Join(dir, "self")
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	check(t, err)
	_, err = io.Copy(to, self)
	check(t, errors.Join(err, to.Close()))
	return path
}

func liveWithoutRoot(t *testing.T) {
	e, err := engine.Dial(t.Context(), "")
	check(t, err)
	t.Cleanup(func() { check(t, e.Close()) })
	c, err := cardsAt(os.Getenv(userCards))
	check(t, err)
	specs := cdi.Folder(os.Getenv(userSpecs))
	b := newBench(t, t.TempDir(), e).with(c).run()

	i := b.untilPhase(b.launch(resident(os.Getenv(userImage), 3)).ID, model.PhaseRunning)
	b.expectSeen(c, i)
	running, err := e.Inspect(t.Context(), i.Container)
	check(t, err)
	_, err = os.ReadFile(fmt.Sprintf("/proc/%d/environ", running.PID))
	if running.CgroupPath == "" || !errors.Is(err, os.ErrPermission) {
		t.Fatalf("looking into its process, of cgroup %q: %v; this user was meant to have no right to", running.CgroupPath, err)
	}
	if gpus, told := b.handover.Given(t.Context(), &running); !told || !model.SameGPUs(gpus, i.GPUs) {
		t.Errorf("what it was given is %v (%v), want %v", gpus, told, i.GPUs)
	}
	for range 3 {
		i = restartElsewhere(b, c, i)
	}
	b.act(i.ID, model.ActionStop)
	b.untilPhase(i.ID, model.PhaseStopped)
	if ids, err := specs.List(); err != nil || len(ids) != 0 {
		t.Errorf("stopped, and specs of %v lie there (%v)", ids, err)
	}
	if err := e.Start(t.Context(), i.Container); !errors.Is(err, engine.ErrUnresolvable) {
		t.Errorf("started by hand: %v; want that its devices can't be resolved", err)
	}
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
	check(t, e.RemoveNetwork(t.Context(), label.Network))
}
