package doctor

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/model"
)

func TestWhatADoctorFindsOfTheKernel(t *testing.T) {
	for name, tt := range map[string]struct {
		find    func(examination) model.Finding
		change  func(*examination)
		verdict model.Verdict
		says    string
	}{
		"no links to the GPUs": {findReload, func(x *examination) { x.kernel.unlinked = []string{"/dev/nvidia-uvm"} }, model.VerdictWarn, "no links to /dev/nvidia-uvm: systemctl daemon-reload"},
		"no links, and the engine keeps cgroups itself": {findReload, func(x *examination) {
			x.kernel.unlinked, x.w.Facts.CgroupDriver = []string{"/dev/nvidia0"}, "cgroupfs"
		}, model.VerdictOK, "not needed"},
		"a /proc that hides": {findProc, func(x *examination) { x.kernel.hidepid = "2" }, model.VerdictWarn, "hidepid=2"},
		"a rootless engine that has no rules for devices": {findReload, func(x *examination) {
			x.w.Facts.Rootless, x.kernel.unlinked = true, []string{"/dev/nvidia0"}
		}, model.VerdictOK, "rootless"},
		"a rootless engine with few IDs": {findSubIDs, func(x *examination) {
			x.w.Facts.Rootless, x.kernel = true, kernelLook{mapper: true, subIDs: 1000}
		}, model.VerdictFail, "1000 of them in /etc/subuid"},
		"a rootless engine whose IDs are listed elsewhere": {findSubIDs, func(x *examination) {
			x.w.Facts.Rootless, x.kernel = true, kernelLook{mapper: true}
		}, model.VerdictOK, "wouldn't run without"},
		"a rootless engine that doesn't begin, for it has no IDs": {findSubIDs, func(x *examination) {
			x.w.Engine = model.Condition{Reason: "nothing answers at unix:///run/user/1002/docker.sock"}
			x.kernel = kernelLook{mapper: true, user: "maria", uid: "1002"}
		}, model.VerdictFail, "maria has 0 of them"},
		"a rootless engine that was set up, and doesn't begin": {findSubIDs, func(x *examination) {
			x.w.Engine = model.Condition{Reason: "no engine runs at unix:///var/run/docker.sock"}
			x.kernel = kernelLook{mapper: true, ownUnit: true, user: "maria"}
		}, model.VerdictFail, "maria has 0 of them"},
		"another user's rootless engine": {findSubIDs, func(x *examination) {
			x.w.Engine = model.Condition{Reason: "the engine at unix:///run/user/1001/docker.sock is another user's own"}
			x.kernel = kernelLook{mapper: true, user: "maria", uid: "1002"}
		}, model.VerdictWarn, "unknown"},
		"an engine of root's that doesn't begin": {findSubIDs, func(x *examination) {
			x.w.Engine = model.Condition{Reason: "no engine runs at unix:///var/run/docker.sock"}
		}, model.VerdictWarn, "unknown"},
		"no program that maps IDs": {findSubIDs, func(x *examination) {
			x.w.Facts.Rootless, x.kernel = true, kernelLook{subIDs: 65536}
		}, model.VerdictFail, "newuidmap"},
		"a rootless engine with enough": {findSubIDs, func(x *examination) {
			x.w.Facts.Rootless, x.kernel = true, kernelLook{mapper: true, subIDs: 65536}
		}, model.VerdictOK, "65536"},
		"a rootless engine's proxies": {findProxy, func(x *examination) { x.w.Facts.Rootless, x.host.proxies = true, 4 }, model.VerdictOK, "rootless"},
		"a rootless engine's state":   {findState, func(x *examination) { x.w.Facts.Rootless, x.host.stateMode = true, 0o700 }, model.VerdictOK, "as the engine is"},
		"a rootless engine's instances reach the machine": {findReach, func(x *examination) {
			x.w.Facts.Rootless, x.reach = true, "no keeper has closed it yet"
		}, model.VerdictWarn, "rootless"},
		"a rootless engine's disk": {findStorage, func(x *examination) {
			x.w.Facts.Rootless, x.fleet.Host.DiskHold, x.fleet.Host.DiskWhy = true, model.DiskWatched, "vfs holds no sizes"
		}, model.VerdictOK, "rootless"},
		"a toolkit older than the driver":   {findToolkit, func(x *examination) { x.toolkit = "1.16.2" }, model.VerdictWarn, "older than driver 580.65 wants"},
		"a toolkit as the driver wants one": {findToolkit, func(x *examination) { x.toolkit = "1.17.0" }, model.VerdictOK, "1.17.0"},
	} {
		x := sound()
		tt.change(&x)
		f := tt.find(x)
		if f.Verdict != tt.verdict || !strings.Contains(f.Detail, tt.says) || (f.Fix == "") != (tt.verdict == model.VerdictOK) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestTheKernelsWordsAreRead(t *testing.T) {
	for mounts, want := range map[string]string{
		"24 1 0:22 / /proc rw,nosuid,relatime shared:5 - proc proc rw,hidepid=2,gid=27\n":     "2",
		"24 1 0:22 / /proc rw,nosuid shared:5 - proc proc rw,hidepid=invisible\n":             "invisible",
		"24 1 0:22 / /proc rw,nosuid shared:5 - proc proc rw\n":                               "",
		"24 1 0:22 / /proc rw shared:5 - proc proc rw,hidepid=0\n":                            "",
		"24 1 0:22 / /mnt/proc rw,nosuid,relatime shared:5 - proc proc rw,hidepid=2,gid=27\n": "",
	} {
		if got := hidepidIn(mounts); got != want {
			t.Errorf("%q hides %q", mounts, got)
		}
	}
	if n := subIDsIn("# users\nben:100000:65536\nmaria:165536:1000\r\n1002:300000:5\n10020:1:1\nx\n", "maria", "1002"); n != 1005 {
		t.Errorf("maria has %d", n)
	}
}

// A device node without a link in /dev/char is taken from containers, also if others have one. /dev/null and /dev/zero
// stand for a driver's nodes.
func TestNodesWithoutALinkAreNamed(t *testing.T) {
	dev := t.TempDir()
	check(t, os.MkdirAll(filepath.Join(dev, "char"), 0o755))
	check(t, os.Mkdir(filepath.Join(dev, "nvidia-caps"), 0o755))
	check(t, os.Symlink("/dev/null", filepath.Join(dev, "nvidia0")))
	check(t, os.Symlink("/dev/zero", filepath.Join(dev, "nvidia-uvm")))
	check(t, os.Symlink("../nvidia0", filepath.Join(dev, "char/1:3")))
	check(t, os.Symlink("../nothing", filepath.Join(dev, "char/1:5")))
	if got := unlinkedIn(dev); !slices.Equal(got, []string{"/dev/nvidia-uvm"}) {
		t.Errorf("no link has %v", got)
	}
	check(t, os.Remove(filepath.Join(dev, "char/1:5")))
	check(t, os.Symlink("../nvidia-uvm", filepath.Join(dev, "char/1:5")))
	if got := unlinkedIn(dev); got != nil {
		t.Errorf("all are linked, and %v count as not", got)
	}
}

func TestWhatASliceProtectsIsRead(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "berth.slice", "memory.low")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]model.Maybe[model.Bytes]{
		"0\n": model.Known(model.Bytes(0)), "1073741824\n": model.Known(model.GiB), "max\n": model.Known(model.Bytes(math.MaxInt64)), "much\n": {},
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := protectedBy(root, "berth.slice"); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if got := protectedBy(root, "other.slice"); got != model.Known(model.Bytes(0)) {
		t.Errorf("a slice that isn't there protects %v", got)
	}
}

// What the doctor says to do is a command that can be typed.
func TestWhatMendsTheKernelsFaultsIsACommand(t *testing.T) {
	for name, tt := range map[string]struct {
		find   func(examination) model.Finding
		change func(*examination)
		todo   string
	}{
		"GPUs are lost at a daemon-reload": {findReload, func(x *examination) { x.kernel.unlinked = []string{"/dev/nvidia0"} }, "sudo nvidia-ctk system create-dev-char-symlinks --create-all"},
		"a toolkit older than the driver":  {findToolkit, func(x *examination) { x.toolkit = "1.16.2" }, "sudo apt-get install nvidia-container-toolkit, 1.17 or newer"},
		"no toolkit":                       {findToolkit, func(x *examination) { x.toolkit = "" }, "sudo apt-get install nvidia-container-toolkit"},
		"hidden processes":                 {findProc, func(x *examination) { x.kernel.hidepid = "invisible" }, "sudo mount -o remount,hidepid=0 /proc"},
		"no program that maps IDs":         {findSubIDs, func(x *examination) { x.w.Facts.Rootless, x.kernel = true, kernelLook{subIDs: 65536} }, "sudo apt-get install uidmap"},
		"few IDs": {findSubIDs, func(x *examination) {
			x.w.Facts.Rootless, x.kernel = true, kernelLook{mapper: true, subIDs: 1, user: "maria"}
		}, "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 maria"},
	} {
		x := sound()
		tt.change(&x)
		if f := tt.find(x); !strings.Contains(f.Fix, tt.todo) {
			t.Errorf("%s: %q, want %q in it", name, f.Fix, tt.todo)
		}
	}
}
