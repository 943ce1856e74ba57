package doctor

import (
	"math"
	"os"
	"path/filepath"
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
		"no links to the GPUs": {findReload, func(x *examination) { x.kernel.deviceLinks = false }, model.VerdictWarn, "daemon-reload"},
		"no links, and the engine keeps cgroups itself": {findReload, func(x *examination) {
			x.kernel.deviceLinks, x.w.Facts.CgroupDriver = false, "cgroupfs"
		}, model.VerdictOK, "not needed"},
		"a /proc that hides":                {findProc, func(x *examination) { x.kernel.hidepid = "2" }, model.VerdictWarn, "hidepid=2"},
		"a rootless engine without IDs":     {findSubIDs, func(x *examination) { x.w.Facts.Rootless = true }, model.VerdictFail, "/etc/subuid"},
		"a rootless engine with enough":     {findSubIDs, func(x *examination) { x.w.Facts.Rootless, x.kernel.subIDs = true, 65536 }, model.VerdictOK, "65536"},
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
	if n := subIDsIn("ben:100000:65536\nmaria:165536:1000\nmaria:300000:5\nx\n", "maria"); n != 1005 {
		t.Errorf("maria has %d", n)
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
