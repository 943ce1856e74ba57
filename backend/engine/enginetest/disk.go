package enginetest

import (
	"bytes"
	"os"
	"os/exec"
)

// diskImage is the file with a private engine's btrfs. It is mounted in the engine's own namespace, and the mount and
// the loop device vanish with the namespace.
const diskImage = "disk.img"

// diskSize is the size of that file system. The file is sparse.
const diskSize = 24 << 30

// lackingBtrfs names what this machine lacks for a btrfs in a file; empty if nothing.
func lackingBtrfs() string {
	if _, err := exec.LookPath("mkfs.btrfs"); err != nil {
		return "mkfs.btrfs: install btrfs-progs"
	}
	if kinds, err := os.ReadFile("/proc/filesystems"); err != nil || !bytes.Contains(kinds, []byte("\tbtrfs\n")) {
		if err := exec.Command("modprobe", "btrfs").Run(); err != nil { //nolint:noctx // takes a moment
			return "btrfs in the kernel"
		}
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		return "loop devices"
	}
	return ""
}

// makeDisk makes the file system for the engine's data, if the options ask for one.
func (p *PrivateEngine) makeDisk() {
	p.t.Helper()
	if !p.options.Btrfs {
		return
	}
	f, err := os.OpenFile(p.path(diskImage), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatalf("%v", err)
	}
	if err := f.Truncate(diskSize); err != nil {
		p.t.Fatalf("%v", err)
	}
	if err := f.Close(); err != nil {
		p.t.Fatalf("%v", err)
	}
	if err := os.Mkdir(p.path("data"), 0o710); err != nil {
		p.t.Fatalf("%v", err)
	}
	if out, err := exec.Command("mkfs.btrfs", "-q", p.path(diskImage)).CombinedOutput(); err != nil { //nolint:noctx // takes a moment
		p.t.Fatalf("mkfs.btrfs: %v: %s", err, out)
	}
}
