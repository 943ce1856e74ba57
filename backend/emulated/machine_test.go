package emulated

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
)

// A step tries one thing on the machine as the steps before left it. One that fails doesn't end the run.
type step struct {
	what string
	part part
	try  func(*town)
}

// A part of a machine's life says which runs a step belongs to.
type part int

const (
	whole part = iota // the whole life only
	brief             // the short form too
	base              // every run: what later steps stand on
)

// steps are in the order of a machine's life.
var steps = []step{
	{"the package of the commit before installs, and its service keeps", base, (*town).installed},
	{"berth setup leaves the package's files alone; doctor", brief, (*town).setUp},
	{"a user outside the group is told so", brief, (*town).outsider},
	{"launches: ssh and entrypoint", base, (*town).launches},
	{jupyter, whole, (*town).launchesJupyter},
	{"shares in cgroup v2", whole, (*town).shares},
	{"SSH, and the API from inside", brief, (*town).inside},
	{"under memory pressure the one above its baseline ends", whole, (*town).pressed},
	{"the service restarts and is killed", whole, (*town).serviceRestarts},
	{upgrade, whole, (*town).upgraded},
	{"systemctl restart docker", whole, (*town).engineRestarts},
	{"dockerd killed", whole, (*town).engineKilled},
	{"dockerd killed while an instance starts, three times", whole, (*town).engineKilledInStart},
	{newer, whole, (*town).engineUpgraded},
	{"the disk full", whole, (*town).diskFull},
	{"a clean reboot", whole, (*town).rebooted},
	{"power lost at a random moment", brief, (*town).powerLost},
	{"power lost again, sooner", whole, (*town).powerLost},
	{"power lost while an instance starts", whole, (*town).powerLostInStart},
	{"removed, then installed again, while instances run", whole, (*town).removed},
	{"purged", whole, (*town).purged},
}

const (
	jupyter = "launches: JupyterLab"
	newer   = "the engine upgraded"
	upgrade = "upgraded to this commit while instances run"
)

// A town is the machine with the users and instances that the steps make.
type town struct {
	*testing.T
	vm     *machine
	deb    string // the package of this commit
	before string // the package of the commit before
	chance *rand.Rand
	ids    map[string]string // of instances, by their labels
	seen   []string          // for the report, of the step under way
	runs   []string          // instances that have to run
}

func TestMachine(t *testing.T) {
	deb := os.Getenv("BERTH_MACHINE")
	if deb == "" {
		t.Skip("a machine takes some minutes: make test-machine")
	}
	seed := uint64(time.Now().UnixNano())
	if asked, err := strconv.ParseUint(os.Getenv("BERTH_SEED"), 10, 64); err == nil {
		seed = asked
	}
	t.Logf("moments are drawn by BERTH_SEED=%d", seed)
	asked, err := chosen(os.Getenv("BERTH_MACHINE_SHORT") != "", os.Getenv("BERTH_MACHINE_ONLY"))
	if err != nil {
		t.Fatal(err)
	}
	w := &town{T: t, deb: deb, before: deb, ids: map[string]string{}, chance: rand.New(rand.NewPCG(seed, 0))}
	dir := t.TempDir()
	var d disk
	var image string // with JupyterLab, as the machine's second drive
	t.Run("what it needs", func(t *testing.T) {
		t.Run("a disk", func(t *testing.T) {
			t.Parallel()
			d = newDisk(t)
		})
		if has(asked, jupyter) {
			t.Run("JupyterLab", func(t *testing.T) {
				t.Parallel()
				image = enginetest.JupyterLab(t)
			})
		}
		if has(asked, newer) {
			t.Run("a newer engine", func(t *testing.T) {
				t.Parallel()
				enginetest.Newest(t)
			})
		}
		if has(asked, upgrade) {
			t.Run("the commit before", func(t *testing.T) {
				t.Parallel()
				w.before = packed(t, dir)
			})
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	if d.dir == "" || has(asked, jupyter) && image == "" {
		t.Skip("something that it needs can't be had here")
	}
	begun := time.Now()
	w.vm = newMachine(t, d, image)
	r := newReport(t, w.head(time.Since(begun)))
	for _, s := range asked {
		begun, tried := time.Now(), false
		ok := t.Run(s.what, func(t *testing.T) {
			tried = true
			one := *w
			one.T, one.seen = t, nil
			defer func() { w.seen, w.runs = one.seen, one.runs }()
			s.try(&one)
		})
		if !tried { // go test was told to leave it out
			continue
		}
		r.add(s.what, !ok, w.seen, time.Since(begun))
		t.Logf("%v: %s: %s", time.Since(begun).Round(time.Second), s.what, strings.Join(w.seen, "; "))
	}
	fmt.Println(r)
}

// chosen are the steps of a run: all, those of the short form, or those with certain words in what they try, and what they
// stand on.
func chosen(short bool, only string) ([]step, error) {
	words, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	var all []step
	for _, s := range steps {
		if s.part == base || words.MatchString(s.what) && (!short || s.part == brief) {
			all = append(all, s)
		}
	}
	return all, nil
}

func has(asked []step, what string) bool {
	return slices.ContainsFunc(asked, func(s step) bool { return s.what == what })
}

// packed is the package of the commit before, made in a folder.
func packed(t testing.TB, dir string) string {
	t.Helper()
	if out, err := exec.Command("../../.ci/before", dir).CombinedOutput(); err != nil {
		t.Fatalf("packing the commit before: %v: %s", err, out)
	}
	found, _ := filepath.Glob(filepath.Join(dir, "berth_*.deb")) // it fails for a malformed pattern alone
	if len(found) != 1 {
		t.Fatalf("%d packages of the commit before", len(found))
	}
	return found[0]
}

// head says what machine it is.
func (w *town) head(boot time.Duration) string {
	out, err := w.vm.sh("root", `. /etc/os-release; echo "$PRETTY_NAME, Linux $(uname -r), Docker $(docker version --format '{{.Server.Version}}'), $(stat -fc %T /sys/fs/cgroup)"`)
	if err != nil {
		w.Fatalf("%v: %s", err, out)
	}
	runner := map[string]string{kvm: "QEMU with KVM, 2 processors", tcg: "QEMU without KVM, 2 processors", uml: "User-mode Linux, 1 processor"}[w.vm.disk.accel]
	return fmt.Sprintf("%s; %s, 3 GB; first boot until somebody could log in: %.0f s.", out, runner, boot.Seconds())
}

// say puts something into the report.
func (w *town) say(format string, args ...any) { w.seen = append(w.seen, fmt.Sprintf(format, args...)) }

// as has a user run a script, which has to succeed.
func (w *town) as(user, script string) string {
	w.Helper()
	out, err := w.vm.sh(user, script)
	if err != nil {
		w.say("%s", last(out))
		w.Fatalf("%s: %s: %v\n%s", user, script, err, out)
	}
	return out
}

// until waits for a script of root's to succeed, and says how long that took.
func (w *town) until(what, script string) time.Duration {
	w.Helper()
	begun := time.Now()
	for {
		out, err := w.vm.sh("root", script)
		if err == nil {
			return time.Since(begun)
		}
		if time.Since(begun) > w.vm.patience() {
			journal, _ := w.vm.sh("root", "journalctl -u berth -u docker -b --no-pager -n 60; su maria -c 'berth ls; berth history' | tail -40") // for a person who looks why
			w.say("not in %v: %s", w.vm.patience(), what)
			w.Fatalf("not in time: %s: %s\n%s", what, out, journal)
		}
		time.Sleep(2 * time.Second)
	}
}

func last(lines string) string {
	return lines[strings.LastIndexByte(strings.TrimSpace(lines), '\n')+1:]
}
