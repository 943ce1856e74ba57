package enginetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth/backend/engine"
)

// PrivateOptions describe a private engine.
type PrivateOptions struct {
	Dockerd     string   // its program; empty: the installed one
	CDI         bool     // with its own folder for CDI specs, see CDIDir; needs 25.0 or later
	Snapshotter bool     // with containerd's image store, the default from 29 on; needs 24.0 or later
	Args        []string // more flags for dockerd
	Whole       bool     // dockerd runs its containerd itself, which goes with it, as where nobody else starts one
	Btrfs       bool     // with its data on a btrfs of its own, whose driver enforces sizes
}

// A PrivateEngine is a dockerd with its own containerd. It shares nothing with other engines: data, sockets, cgroups,
// mounts and a network namespace are its own, so its bridge and firewall rules affect nobody. Its ports can therefore
// be reached only from inside: see Enter. It leaves no trace when the test ends.
type PrivateEngine struct {
	Docker *engine.Docker // the client; it survives restarts
	Dir    string         // contains everything of the engine
	CDIDir string         // the folder of its CDI specs; empty without CDI

	t       reporter
	options PrivateOptions
	cgroup  string
	holder  *daemon // keeps the namespaces alive
	ctrd    *daemon
	dockerd *daemon
}

// readyWithin is how long a private engine may take to answer: about a second here, more on a busy machine.
const readyWithin = 60 * time.Second

// Private starts an engine of the test's own. It needs root and dockerd.
func Private(t testing.TB, o PrivateOptions) *PrivateEngine {
	t.Helper()
	if lack := lacking(o); lack != "" {
		Skip(t, "no engine can be used, and a private one needs "+lack)
	}
	p := newPrivate(t, o)
	t.Cleanup(p.clear)
	p.open()
	return p
}

// lacking names what this machine lacks for a private engine; empty if nothing.
func lacking(o PrivateOptions) string {
	if os.Getuid() != 0 {
		return "root"
	}
	for _, program := range []string{cmp.Or(o.Dockerd, "dockerd"), "containerd", "runc", "nsenter", "ip"} {
		if _, err := exec.LookPath(program); err != nil {
			return filepath.Base(program) + ": install docker.io, iproute2 and util-linux"
		}
	}
	if o.Btrfs {
		return lackingBtrfs()
	}
	return ""
}

// A reporter has the methods of testing.TB that a private engine uses.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func newPrivate(t reporter, o PrivateOptions) *PrivateEngine {
	t.Helper()
	dir, err := os.MkdirTemp("", "berth-engine-") // short, because socket paths are limited to 108 bytes
	if err != nil {
		t.Fatalf("%v", err)
	}
	o.Dockerd = cmp.Or(o.Dockerd, "dockerd")
	p := &PrivateEngine{t: t, Dir: dir, options: o, cgroup: "/" + filepath.Base(dir)}
	if o.CDI {
		p.CDIDir = filepath.Join(dir, "cdi")
	}
	return p
}

// open starts everything for the first time.
func (p *PrivateEngine) open() {
	p.t.Helper()
	p.configure()
	p.makeDisk()
	p.hold()
	p.Start()
	var err error
	if p.Docker, err = engine.Dial(context.Background(), p.Host()); err != nil {
		p.t.Fatalf("%v", err)
	}
	p.ready()
}

// Host returns the engine's address.
func (p *PrivateEngine) Host() string { return "unix://" + p.path("docker.sock") }

// PID returns dockerd's process id.
func (p *PrivateEngine) PID() int { return p.dockerd.pid() }

func (p *PrivateEngine) path(parts ...string) string {
	return filepath.Join(append([]string{p.Dir}, parts...)...)
}

// configure writes the two daemons' configuration files.
func (p *PrivateEngine) configure() {
	p.t.Helper()
	features := map[string]bool{}
	settings := map[string]any{"features": features}
	if p.options.Snapshotter {
		features["containerd-snapshotter"] = true
	}
	if p.options.CDI {
		features["cdi"] = true
		settings["cdi-spec-dirs"] = []string{p.CDIDir}
		if err := os.Mkdir(p.CDIDir, 0o755); err != nil {
			p.t.Fatalf("%v", err)
		}
	}
	daemon, err := json.Marshal(settings)
	if err != nil {
		p.t.Fatalf("%v", err)
	}
	containerd := fmt.Sprintf(`version = 2
root = %q
state = %q
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = %q
`, p.path("containerd"), p.path("containerd-run"), p.path("containerd.sock"))
	for name, text := range map[string]string{"daemon.json": string(daemon), "containerd.toml": containerd} {
		if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
			p.t.Fatalf("%v", err)
		}
	}
}

// Start starts dockerd, and containerd if it isn't running.
func (p *PrivateEngine) Start() {
	p.t.Helper()
	if !p.options.Whole && (p.ctrd == nil || !p.ctrd.alive()) {
		p.ctrd = p.launch("containerd", p.inside("containerd", "--config", p.path("containerd.toml")))
		p.wait("a private containerd", func() error {
			_, err := os.Stat(p.path("containerd.sock"))
			return err
		}, p.ctrd)
	}
	args := []string{
		"--config-file", p.path("daemon.json"), "--host", p.Host(),
		"--data-root", p.path("data"), "--exec-root", p.path("run"), "--pidfile", p.path("docker.pid"),
		"--cgroup-parent", p.cgroup, "--exec-opt", "native.cgroupdriver=cgroupfs",
	}
	if !p.options.Whole {
		args = append(args, "--containerd", p.path("containerd.sock"))
	}
	if p.options.Btrfs {
		args = append(args, "--storage-driver", "btrfs")
	}
	if proxy := filepath.Join(filepath.Dir(p.options.Dockerd), "docker-proxy"); isFile(proxy) {
		args = append(args, "--userland-proxy-path", proxy)
	}
	if runc := filepath.Join(filepath.Dir(p.options.Dockerd), "runc"); isFile(runc) { // newer than what is installed, as it needs
		args = append(args, "--add-runtime", "beside="+runc, "--default-runtime", "beside")
	}
	p.dockerd = p.launch("dockerd", p.inside(p.options.Dockerd, append(args, p.options.Args...)...))
	for tries := 0; p.options.Whole && p.Docker != nil && tries < 5 && !p.answers(); tries++ { // it ends if its containerd is late
		p.dockerd = p.launch("dockerd", p.inside(p.options.Dockerd, append(args, p.options.Args...)...))
	}
	if p.Docker != nil {
		p.ready()
	}
}

func isFile(path string) bool {
	seen, err := os.Stat(path)
	return err == nil && seen.Mode().IsRegular()
}

// ready waits until the engine answers.
func (p *PrivateEngine) ready() {
	p.t.Helper()
	p.wait("a private engine", func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, err := p.Docker.Facts(ctx)
		return err
	}, p.dockerd)
}

// answers waits until dockerd answers, or has ended.
func (p *PrivateEngine) answers() bool {
	for late := time.Now().Add(readyWithin); time.Now().Before(late) && p.dockerd.alive(); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		_, err := p.Docker.Facts(ctx)
		cancel()
		if err == nil {
			return true
		}
	}
	return p.dockerd.alive()
}

// Stop ends dockerd as an init system does, which stops the containers.
func (p *PrivateEngine) Stop() {
	p.t.Helper()
	p.dockerd.end(p.t, syscall.SIGTERM)
}

// Kill kills dockerd. Its containers run on until it starts again and cleans up.
func (p *PrivateEngine) Kill() {
	p.t.Helper()
	p.dockerd.end(p.t, syscall.SIGKILL)
}

// Restart ends dockerd with SIGTERM and starts it again.
func (p *PrivateEngine) Restart() {
	p.t.Helper()
	p.Stop()
	p.Start()
}

// Reboot simulates a reboot of the machine: everything of the engine ends at once, including containers, and nothing is
// left of /run, mounts and network.
func (p *PrivateEngine) Reboot() {
	p.t.Helper()
	p.Kill()
	p.ctrd.end(p.t, syscall.SIGKILL)
	p.sweep()
	p.removeShimSockets()
	p.holder.end(p.t, syscall.SIGKILL)
	for _, name := range []string{"run", "containerd-run", "containerd.sock", "docker.sock", "docker.pid", "held"} {
		p.erase(p.path(name))
	}
	p.hold()
	p.Start()
}

// wait polls until check passes. It fails the test with the daemon's last log lines if the daemon ends or time is up.
func (p *PrivateEngine) wait(what string, check func() error, of *daemon) {
	p.t.Helper()
	var err error
	for late := time.Now().Add(readyWithin); time.Now().Before(late) && of.alive(); time.Sleep(20 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	p.t.Fatalf("%s didn't come up: %v\n%s", what, err, lastLines(p.path(of.name+".log"), 20))
}

func lastLines(file string, n int) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
