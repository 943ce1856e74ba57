package emulated

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"berth/backend/engine/enginetest"
)

// A disk is a machine as it is installed: the image of its file system, the kernel that boots it, and the key that lets
// root in. It is a folder in the user's cache.
type disk struct {
	dir    string
	accel  string // what runs it
	kernel string // of User-mode Linux: a folder with the program, its modules and its C library
	ubuntu string // for Ubuntu: a folder with a debootstrap that knows it, and its keys
}

func (d disk) path(name string) string { return filepath.Join(d.dir, name) }

// installed is another name when what is installed changes.
func installed() string { return "machine-" + suite() + "-5" }

// noble is Ubuntu 24.04.
const noble = "noble"

// suite is the Debian or Ubuntu that is installed.
func suite() string { return cmp.Or(os.Getenv("BERTH_SUITE"), "trixie") }

// packages are what a machine has whose owner has installed a Docker engine, and kernel what QEMU boots it with.
var (
	packages = []string{
		"systemd", "systemd-sysv", "dbus", "udev", "iproute2", "iptables", "nftables", "kmod", "procps",
		"docker.io", "ca-certificates", "openssh-server", "openssh-client", "curl", "jq", "man-db", "busybox-static",
	}
	kernel = []string{"linux-image-cloud-amd64", "initramfs-tools", "zstd"}
)

// newDisk is the disk, made where it isn't there.
func newDisk(t testing.TB) disk {
	t.Helper()
	accel := accelerator()
	needed := map[string]string{"debootstrap": "debootstrap", "mke2fs": "e2fsprogs", "apt-get": "apt", "ssh-keygen": "openssh-client", "unshare": "util-linux"}
	if accel != uml {
		needed["qemu-system-x86_64"] = "qemu-system-x86"
	}
	for program, from := range needed {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("a machine needs %s: install %s", program, from)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	d := disk{dir: filepath.Join(cache, "berth-test", installed()), accel: accel}
	if accel == uml { // QEMU's is one for both of its ways
		if _, err := os.Stat("/dev/net/tun"); err != nil {
			t.Fatalf("a machine's network needs /dev/net/tun (modprobe tun): %v", err)
		}
		d.kernel = umlKernel(t)
		modules, err := d.modules()
		if err != nil {
			t.Fatal(err)
		}
		d.dir += "-uml-" + filepath.Base(modules)
	}
	if suite() == noble {
		d.ubuntu = enginetest.Unpacked(t, "debootstrap-trixie", "trixie", "debootstrap", "ubuntu-keyring")
	}
	if err := os.MkdirAll(filepath.Dir(d.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile(d.dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.dir); err == nil {
		return d
	}
	if err := d.make(); err != nil {
		t.Fatalf("making a disk: %v", err)
	}
	return d
}

// make makes the disk. The folder appears whole or not at all.
func (d disk) make() (err error) {
	draft := d
	draft.dir += ".new"
	defer func() { err = errors.Join(err, os.RemoveAll(draft.dir)) }()
	if err := errors.Join(os.RemoveAll(draft.dir), os.Mkdir(draft.dir, 0o755)); err != nil {
		return err
	}
	root := draft.path("root")
	include := packages
	if d.accel != uml {
		include = slices.Concat(include, kernel)
	}
	if suite() == "trixie" { // elsewhere it is in docker.io
		include = slices.Concat(include, []string{"docker-cli"})
	}
	installer, site, err := d.installer()
	if err != nil {
		return err
	}
	if err := call("env", append(installer, "--variant=minbase", "--include="+strings.Join(include, ","), suite(), root, site)...); err != nil {
		return err
	}
	if err := errors.Join(draft.furnish(root), os.RemoveAll(filepath.Join(root, "var/cache/apt/archives"))); err != nil {
		return err
	}
	// No mount and no loop device: the file system is written as a file.
	if err := errors.Join(call("truncate", "-s", "60G", draft.path("disk.img")),
		call("mke2fs", "-q", "-t", "ext4", "-d", root, draft.path("disk.img")), os.RemoveAll(root)); err != nil {
		return err
	}
	return os.Rename(draft.dir, d.dir)
}

// installer is the command that installs a suite, as env takes it, and the archive where it finds it.
func (d disk) installer() (words []string, site string, err error) {
	if suite() != noble {
		site, err = mirror()
		return []string{"debootstrap"}, site, err
	}
	share := filepath.Join(d.ubuntu, "usr/share")
	return []string{
		"DEBOOTSTRAP_DIR=" + share + "/debootstrap", filepath.Join(d.ubuntu, "usr/sbin/debootstrap"),
		"--components=main,universe", "--keyring=" + share + "/keyrings/ubuntu-archive-keyring.gpg",
	}, "http://archive.ubuntu.com/ubuntu", nil
}

// mirror is the archive that this machine's own packages come from.
func mirror() (string, error) {
	out, err := exec.Command("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages").Output()
	if err != nil {
		return "", fmt.Errorf("apt-get indextargets: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		site, release, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasSuffix(strings.TrimRight(site, "/"), "/debian") && !strings.Contains(release, "security") {
			return site, nil
		}
	}
	return "", errors.New("this machine's package sources name no Debian archive: run apt-get update")
}

// furnish makes of a folder with packages a machine that boots and lets root in.
func (d disk) furnish(root string) error {
	if err := call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "the tester", "-f", d.path("key")); err != nil {
		return err
	}
	key, err := os.ReadFile(d.path("key.pub"))
	if err != nil {
		return err
	}
	for _, f := range []struct {
		path, text string
		mode       os.FileMode
	}{
		{"etc/hostname", "machine\n", 0o644},
		{"etc/hosts", "127.0.0.1 localhost machine\n", 0o644},
		{"etc/systemd/network/80-wired.network", "[Match]\nName=en* eth* vec*\n[Network]\nAddress=" + address + "/24\nGateway=10.0.2.2\n", 0o644},
		{"root/.ssh/authorized_keys", string(key), 0o600},
		{"etc/ssh/sshd_config.d/quick.conf", "UseDNS no\nUsePAM no\n", 0o644},
		{"etc/docker/daemon.json", `{"features": {"cdi": true}}` + "\n", 0o644},
	} {
		path := filepath.Join(root, f.path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(f.text), f.mode)); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(root, "etc/docker"), 0o755); err != nil {
		return err
	}
	if err := call("chroot", root, "systemctl", "enable", "systemd-networkd"); err != nil {
		return err
	}
	// What a boot needn't wait for.
	idle := []string{"systemd-networkd-wait-online.service", "apt-daily.timer", "apt-daily-upgrade.timer", "man-db.timer", "e2scrub_reap.service", "getty@tty1.service"}
	if err := call("chroot", append([]string{root, "systemctl", "mask"}, idle...)...); err != nil {
		return err
	}
	if d.accel == uml {
		return d.giveModules(root)
	}
	return d.takeKernel(filepath.Join(root, "boot"))
}

// umlKernel is the folder of User-mode Linux, as Debian 13 has it, and with the C library that it wants. It is a root that it can
// run in, with all of this machine below /host.
func umlKernel(t testing.TB) string {
	t.Helper()
	dir := enginetest.Unpacked(t, "uml-trixie", "trixie", "user-mode-linux", "libc6", "libgcc-s1")
	if err := os.MkdirAll(filepath.Join(dir, "host"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"lib": "usr/lib", "lib64": "usr/lib64", "dev": "host/dev", "proc": "host/proc"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
	}
	return dir
}

// modules is the folder with User-mode Linux's modules, whose name is its version.
func (d disk) modules() (string, error) {
	found, _ := filepath.Glob(filepath.Join(d.kernel, "usr/lib/uml/modules/*")) // it fails for a malformed pattern alone
	if len(found) != 1 {
		return "", fmt.Errorf("%s has %d folders with modules of User-mode Linux", d.kernel, len(found))
	}
	return found[0], nil
}

// giveModules puts in the modules of a kernel that isn't installed in there. It has no NAT in nftables: there iptables
// goes the older way.
func (d disk) giveModules(root string) error {
	modules, err := d.modules()
	if err != nil {
		return err
	}
	to := filepath.Join(root, "lib/modules")
	return errors.Join(os.MkdirAll(to, 0o755), call("cp", "-r", modules, to),
		call("chroot", root, "update-alternatives", "--set", "iptables", "/usr/sbin/iptables-legacy"),
		call("chroot", root, "update-alternatives", "--set", "ip6tables", "/usr/sbin/ip6tables-legacy"))
}

// takeKernel copies out what QEMU boots.
func (d disk) takeKernel(boot string) error {
	for name, pattern := range map[string]string{"vmlinuz": "vmlinuz-*", "initrd": "initrd.img-*"} {
		found, err := filepath.Glob(filepath.Join(boot, pattern))
		if err != nil || len(found) == 0 {
			return fmt.Errorf("no %s: %w", pattern, err)
		}
		if err := call("cp", slices.Max(found), d.path(name)); err != nil {
			return err
		}
	}
	return nil
}

func call(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
