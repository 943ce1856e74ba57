package emulated

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A machine is one that an emulator runs. Its only network leads to its SSH server: nothing in it reaches out.
type machine struct {
	t        testing.TB
	disk     disk
	image    string // of a container, as a second drive that can only be read: a tar archive; empty: there is none
	dir      string // its disk, sockets and console
	port     int    // of this machine's loopback that leads to its SSH server, with QEMU
	emulator *exec.Cmd
	ended    chan struct{} // closed when the emulator has ended
}

const (
	kvm     = "kvm" // QEMU, by the processor
	uml     = "uml" // a kernel that is a program of this machine's
	tcg     = "tcg" // QEMU, by translating: some thirty times slower
	address = "10.0.2.15"
)

// accelerator is what runs a machine: the quickest that may be had.
func accelerator() string {
	if asked := os.Getenv("BERTH_ACCEL"); asked != "" {
		return asked
	}
	if f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0); err == nil {
		_ = f.Close()
		if processor, err := os.ReadFile("/proc/cpuinfo"); err == nil && virtualizes(string(processor)) {
			return kvm
		}
	}
	if _, err := exec.LookPath("apt-get"); err == nil && os.Getuid() == 0 {
		return uml
	}
	return tcg
}

// virtualizes reports whether a processor can run another kernel. There is a KVM that does without such a processor: its
// device opens and makes a machine, but runs no kernel that wasn't built for it.
func virtualizes(cpuinfo string) bool {
	for line := range strings.Lines(cpuinfo) {
		name, words, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "flags" {
			flags := strings.Fields(words)
			return slices.Contains(flags, "vmx") || slices.Contains(flags, "svm")
		}
	}
	return false
}

func TestKVMWantsAProcessorThatVirtualizes(t *testing.T) {
	for cpuinfo, want := range map[string]bool{
		"processor\t: 0\nflags\t\t: fpu vme vmx sse\nvmx flags\t: ept\n": true,
		"processor\t: 0\nflags\t\t: fpu svm sse\n":                       true,
		"processor\t: 0\nflags\t\t: fpu sse hypervisor avx\n":            false, // a machine of a cloud
		"processor\t: 0\nflags\t\t: fpu sse\nbugs\t\t: vmx svm\n":        false,
	} {
		if got := virtualizes(cpuinfo); got != want {
			t.Errorf("%q: %v", cpuinfo, got)
		}
	}
}

// newMachine starts a machine with a copy of a disk, and an image as its second drive.
func newMachine(t testing.TB, d disk, image string) *machine {
	t.Helper()
	dir, err := os.MkdirTemp("", "berth-vm-") // short: socket paths end at 108 characters
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, disk: d, image: image, dir: dir, port: freePort(t)}
	t.Cleanup(m.clear)
	if out, err := exec.Command("cp", "--sparse=always", "--reflink=auto", d.path("disk.img"), m.path("disk.img")).CombinedOutput(); err != nil {
		t.Fatalf("copy the disk: %v: %s", err, out)
	}
	m.start()
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

// patience is how long anything may take in there that isn't wrong: this machine has other work too.
func (m *machine) patience() time.Duration {
	if m.disk.accel == kvm {
		return 3 * time.Minute
	}
	return 15 * time.Minute
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start switches the machine on and waits until somebody can log in.
func (m *machine) start() {
	m.t.Helper()
	words := m.qemu()
	if m.disk.accel == uml {
		words = m.uml()
	}
	m.emulator = exec.Command("nice", append([]string{"-n", "5"}, words...)...)
	m.emulator.Env = append(os.Environ(), "TMPDIR="+m.memory())
	m.emulator.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it never outlives the test
	log, err := os.OpenFile(m.path("console.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		m.t.Fatal(err)
	}
	defer log.Close()
	m.emulator.Stdout, m.emulator.Stderr = log, log
	if err := m.emulator.Start(); err != nil {
		m.t.Fatal(err)
	}
	emulator, ended := m.emulator, make(chan struct{})
	m.ended = ended
	go func() {
		_ = emulator.Wait() // how it ends is the test's doing
		close(ended)
	}()
	m.reached("")
}

// qemu is the command of a machine with QEMU.
func (m *machine) qemu() []string {
	words := []string{
		"qemu-system-x86_64", "-accel", m.disk.accel, "-cpu", "max", "-smp", "2", "-m", "3072",
		"-display", "none", "-serial", "stdio", "-qmp", "unix:" + m.path("qmp") + ",server=on,wait=off",
		"-kernel", m.disk.path("vmlinuz"), "-initrd", m.disk.path("initrd"), "-append", "console=ttyS0 root=/dev/vda nowatchdog panic=1 " + bootOptions,
		"-drive", "file=" + m.path("disk.img") + ",format=raw,if=virtio,cache=writeback",
		"-netdev", fmt.Sprintf("user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:%d-:22", m.port), "-device", "virtio-net-pci,netdev=n0",
		"-device", "virtio-rng-pci",
	}
	if m.image != "" {
		words = append(words, "-drive", "file="+m.image+",format=raw,if=virtio,readonly=on")
	}
	return words
}

// bootOptions are the kernel's, whatever runs it.
const bootOptions = "rw quiet systemd.show_status=0 systemd.default_timeout_start_sec=900"

// uml is the command of a machine with User-mode Linux: one processor, in network and process namespaces of its own.
// What ends the first process ends all of it at once.
func (m *machine) uml() []string {
	words := []string{
		"unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
		`set -e; ip link set lo up; ip tuntap add tap0 mode tap; ip addr add 10.0.2.2/24 dev tap0; ip link set tap0 up
mount --rbind / "$1/host"; exec chroot "$@"`, "sh", m.disk.kernel,
		"linux.uml", "mem=3072M", "uml_dir=/host" + m.dir, "ubda=/host" + m.path("disk.img"), "root=/dev/ubda",
		"vec0:transport=tap,ifname=tap0,depth=128", "con=null", "con0=null,fd:1", "ssl=null", "selinux=0", "noreboot", bootOptions,
	}
	if m.image != "" {
		words = append(words, "ubdbr=/host"+m.image)
	}
	return words
}

// memory is the folder where the emulator keeps a file that is the machine's memory: in this machine's own, if there is room.
func (m *machine) memory() string {
	if m.disk.accel != uml {
		return m.dir
	}
	const shared = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shared, &fs); err == nil && fs.Bavail*uint64(fs.Bsize) > 4<<30 {
		return "/host" + shared
	}
	return "/host" + m.dir
}

// second is the device of the machine's second drive.
func (m *machine) second() string {
	if m.disk.accel == uml {
		return "/dev/ubdb"
	}
	return "/dev/vdb"
}

// clear switches it off and leaves nothing.
func (m *machine) clear() {
	m.hangUp()
	m.unplug()
	if m.t.Failed() {
		m.t.Logf("its console:\n%s", m.console())
	}
	if err := os.RemoveAll(m.dir); err != nil {
		m.t.Error(err)
	}
}

// unplug ends the emulator at once.
func (m *machine) unplug() {
	if m.emulator != nil && m.emulator.Process != nil {
		_ = m.emulator.Process.Kill() // it may have ended
		<-m.ended
	}
}

// console is the end of what the machine wrote there.
func (m *machine) console() string {
	text, _ := os.ReadFile(m.path("console.log")) // for a person who looks why
	return string(text[max(0, len(text)-2000):])
}

// reset is the power going and coming: what wasn't on the disk is lost.
func (m *machine) reset() {
	m.t.Helper()
	if m.disk.accel == uml {
		m.unplug()
		m.start()
		return
	}
	before := m.boot()
	m.monitor("system_reset")
	m.reached(before)
}

// reboot is root's, in good order.
func (m *machine) reboot() {
	m.t.Helper()
	before := m.boot()
	_, _ = m.sh("root", "systemctl reboot --no-block") // the line may be cut before it answers
	if m.disk.accel == uml {
		m.restarted()
		return
	}
	m.reached(before)
}

// restarted switches a machine on that has gone off by itself. A kernel that begins anew as the same program finds its network
// taken, by itself.
func (m *machine) restarted() {
	m.t.Helper()
	select {
	case <-m.ended:
	case <-time.After(m.patience()):
		m.t.Fatalf("it doesn't go down:\n%s", m.console())
	}
	m.hangUp()
	m.start()
}

// boot names the kernel's present run.
func (m *machine) boot() string {
	out, _ := m.sh("root", "cat /proc/sys/kernel/random/boot_id") // empty: it doesn't answer
	return out
}

// reached waits until somebody can log in, after another boot than one that was.
func (m *machine) reached(before string) {
	m.t.Helper()
	m.hangUp()
	begun := time.Now()
	for {
		if now := m.boot(); now != "" && now != before {
			return
		}
		select {
		case <-m.ended:
			m.t.Fatalf("its emulator ended:\n%s", m.console())
		case <-time.After(time.Second):
		}
		if time.Since(begun) > m.patience() {
			m.t.Fatalf("nobody can log in after %v\n%s", m.patience(), m.console())
		}
		m.hangUp() // a line to the run before may seem open
	}
}

// monitor tells QEMU something: see its machine protocol.
func (m *machine) monitor(verb string) {
	m.t.Helper()
	c, err := net.DialTimeout("unix", m.path("qmp"), time.Minute)
	if err != nil {
		m.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(c)
	if _, err := in.ReadString('\n'); err != nil { // its greeting
		m.t.Fatal(err)
	}
	for _, one := range []string{"qmp_capabilities", verb} {
		if _, err := fmt.Fprintf(c, `{"execute":%q}`+"\n", one); err != nil {
			m.t.Fatal(err)
		}
		if err := answered(in); err != nil {
			m.t.Fatalf("%s: %v", one, err)
		}
	}
}

// answered reads up to an answer, past the events that QEMU tells meanwhile.
func answered(in *bufio.Reader) error {
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return err
		}
		var said struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
		}
		if err := json.Unmarshal(line, &said); err != nil {
			return err
		}
		if said.Error != nil {
			return fmt.Errorf("%s", cmp.Or(said.Error.Desc, string(line)))
		}
		if said.Return != nil {
			return nil
		}
	}
}
