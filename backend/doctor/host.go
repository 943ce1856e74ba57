package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"berth/backend/apiport"
	"berth/backend/catalog"
	"berth/backend/label"
	"berth/backend/world"
	"berth/model"
)

// hostFacts are what an examination reads of the machine's files.
type hostFacts struct {
	stateMode fs.FileMode              // of the state folder; 0 if it can't be read
	stateLeft model.Maybe[model.Bytes] // of its file system, for this user
	keeper    string                   // the keeper's command line; empty if there is none, or if it can't be seen
	proxies   int                      // number of docker-proxy processes
	noProxy   bool                     // the engine's settings switch the proxy off
	ephemeral model.PortRange
}

func readHost(home string, keeper int) hostFacts {
	var look hostFacts
	if info, err := os.Stat(home); err == nil {
		look.stateMode = info.Mode()
	}
	var system unix.Statfs_t
	if err := unix.Statfs(home, &system); err == nil {
		look.stateLeft = model.Known(model.Bytes(system.Bavail) * model.Bytes(system.Bsize)) //nolint:gosec // no disk has 8 EiB
	}
	if keeper > 0 {
		look.keeper = commandOf(keeper)
	}
	look.proxies, look.noProxy = proxies(), proxyIsOff("/etc/docker/daemon.json")
	look.ephemeral = ephemeralPorts("/proc/sys/net/ipv4/ip_local_port_range")
	return look
}

// commandOf returns a process's command line, which every user may read.
func commandOf(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		return "" // it has just ended
	}
	return strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " "))
}

// proxies counts the engine's proxy processes.
func proxies() (n int) {
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return 0
	}
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil && strings.TrimSpace(string(text)) == "docker-proxy" {
			n++
		}
	}
	return n
}

// proxyIsOff reports whether the engine's settings switch its userland proxy off.
func proxyIsOff(file string) bool {
	var settings struct {
		Proxy *bool `json:"userland-proxy"`
	}
	text, err := os.ReadFile(file)
	return err == nil && json.Unmarshal(text, &settings) == nil && settings.Proxy != nil && !*settings.Proxy
}

// protectedBy returns how much memory of a slice is protected, below the folder where cgroup v2 is; unknown where it can't be
// read. A slice that isn't there protects nothing.
func protectedBy(root, slice string) (unknown model.Maybe[model.Bytes]) {
	text, err := os.ReadFile(filepath.Join(root, slice, "memory.low"))
	if errors.Is(err, fs.ErrNotExist) {
		return model.Known(model.Bytes(0))
	}
	word := strings.TrimSpace(string(text))
	if word == "max" {
		return model.Known(model.Bytes(math.MaxInt64))
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return unknown
	}
	return model.Known(model.Bytes(n))
}

// ephemeralPorts returns the ports that the kernel gives to outgoing connections; zero if it doesn't say.
func ephemeralPorts(file string) model.PortRange {
	text, err := os.ReadFile(file)
	if err != nil {
		return model.PortRange{}
	}
	var r model.PortRange
	if _, err := fmt.Sscan(string(text), &r.First, &r.Last); err != nil {
		return model.PortRange{}
	}
	return r
}

func findStorage(x examination) model.Finding {
	const name = "disk"
	m := x.fleet.Host
	left, known := m.DiskLeft().Get()
	driver := x.w.Facts.StorageDriver
	switch {
	case !x.w.Engine.OK:
		return withoutEngine(name)
	case !known:
		return warn(name, "run berth on the engine's own machine", "%s; its file system can't be seen from here", driver)
	case left < m.LeastDisk():
		return fail(name, "remove images and instances, or give "+x.w.Facts.RootDir+" a larger disk",
			"%s of %s are left to promise, and the least is %s", left, m.DiskTotal, m.LeastDisk())
	case m.DiskHold == model.DiskWatched && x.w.Facts.Rootless:
		return pass(name, "%s, %s of %s left to promise; sizes are reserved and watched, not enforced: a rootless engine may set no quota", driver, left, m.DiskTotal)
	case m.DiskHold == model.DiskWatched && m.DiskWhy != world.WatchedByChoice:
		return warn(name, toEnforce(x.w),
			"%s, %s of %s left to promise; sizes are reserved and watched, not enforced: %s", driver, left, m.DiskTotal, m.DiskWhy)
	}
	return pass(name, "%s of %s left to promise; sizes are %s (%s)", left, m.DiskTotal, m.DiskHold, m.DiskWhy)
}

// toEnforce returns what to do to have sizes enforced.
func toEnforce(w world.World) string {
	if may, _ := world.MayHold(w.Facts); may && (w.Holding.Engine != world.EngineOf(w.Facts) || w.Holding.Hold == "") {
		return "let a keeper try it: berth serve, or a launch"
	}
	return "to have sizes enforced: " + w.Facts.RootDir + " on xfs mounted with pquota and the storage driver overlay2, " +
		"or on btrfs or zfs and the driver of that name; not containerd's image store"
}

func findCgroups(x examination) model.Finding {
	const name = "cgroups"
	f := x.w.Facts
	if f.CgroupVersion == 0 {
		return withoutEngine(name)
	}
	if f.CgroupDriver == "none" { // a rootless engine that its user's systemd gives none
		return warn(name, "have the engine run as root, or rootless under a systemd that delegates cgroup version 2 to its user",
			"the engine keeps none: shares of CPU and memory aren't kept, nor is use told")
	}
	slice, promised := world.Protection(x.w)
	low, known := x.low.Get()
	switch {
	case f.CgroupVersion == 2 && f.Local && slice == "":
		return warn(name, `have the engine use systemd's cgroups ("exec-opts": ["native.cgroupdriver=systemd"] in /etc/docker/daemon.json), as root`,
			"version 2 by %s: shares of CPU are kept; memory that instances are promised isn't protected, as nobody sets memory.low above their groups", f.CgroupDriver)
	case known && low < promised:
		return warn(name, "sudo berth setup makes a service that sets it at the next start or stop",
			"version 2 by %s: shares of CPU are kept; of %s of memory promised to what runs, %s are protected (memory.low of %s)", f.CgroupDriver, promised, low, slice)
	}
	return pass(name, "version %d by %s: shares of CPU and memory are kept", f.CgroupVersion, f.CgroupDriver)
}

func findProxy(x examination) model.Finding {
	const name = "port proxy"
	switch {
	case !x.w.Engine.OK:
		return withoutEngine(name)
	case !x.w.Facts.Local:
		return pass(name, "can't be seen from here")
	case x.w.Facts.Rootless:
		return pass(name, "on: a rootless engine publishes no port without")
	case x.host.proxies == 0 && x.host.noProxy:
		return pass(name, "off: published ports cost no process")
	}
	count := fmt.Sprintf("%d processes now", x.host.proxies)
	if x.kernel.hidepid != "" {
		count = "how many processes can't be seen from here"
	}
	return warn(name, `put "userland-proxy": false into /etc/docker/daemon.json and restart the engine`,
		"on, %s: each published port costs two (64 ports: 100 to 160 MB, and a second at each start)", count)
}

func findPorts(x examination) model.Finding {
	const name = "ports"
	r := x.fleet.Host.PortRange
	taken := map[int]bool{}
	for s := range x.w.Taken() {
		taken[s.Port] = true
	}
	for _, i := range x.w.Instances {
		for _, p := range i.Plan.Ports {
			taken[p.External] = true
		}
	}
	all, free := r.Last-r.First+1, 0
	for port := r.First; port <= r.Last; port++ {
		if !taken[port] {
			free++
		}
	}
	detail := fmt.Sprintf("%d of %d between %d and %d are promised to nobody", free, all, r.First, r.Last)
	e := x.host.ephemeral
	switch {
	case free < model.MaxPorts:
		return fail(name, "set a wider port_range in config.toml", "%s", detail)
	case e.First > 0 && r.First <= e.Last && e.First <= r.Last:
		return warn(name, fmt.Sprintf("set a port_range in config.toml outside %d-%d", e.First, e.Last),
			"%s; the kernel gives some of them to outgoing connections", detail)
	}
	return pass(name, "%s", detail)
}

func findAPI(x examination) model.Finding {
	const name = "API port"
	switch {
	case x.portless != nil:
		return warn(name, "the ledger first", "%v", x.portless)
	case len(x.strangers) > 0:
		var said []string
		for _, s := range x.strangers {
			said = append(said, s.String())
		}
		return fail(name, "end that program; the service (sudo berth setup) keeps the port from one process to the next", "%s", strings.Join(said, "; "))
	}
	return pass(name, "nobody but the keeper listens there")
}

func findReach(x examination) model.Finding {
	const name = "host services"
	const open = "instances reach whatever listens on all of this machine's addresses, and each other's published ports: %s"
	switch {
	case x.fenceless != nil:
		return warn(name, "the ledger first", "%v", x.fenceless)
	case !x.w.Engine.OK:
		return withoutEngine(name)
	case !x.w.Facts.Local:
		return pass(name, "another machine's")
	case x.reach == apiport.ErrOpen.Error():
		return pass(name, open, x.reach)
	case x.reach != "" && x.w.Facts.Rootless:
		return warn(name, "bind those services to 127.0.0.1: a rootless engine's instances reach nothing there", open,
			"the firewall can't tell a rootless engine's instances from its user")
	case x.reach != "":
		return warn(name, "sudo berth setup makes a service that closes them, with nftables installed; or bind those services "+
			"to 127.0.0.1", open, x.reach)
	}
	return pass(name, "closed: of this machine instances reach the API's port alone")
}

func findAddress(x examination) model.Finding {
	const name = "address"
	const fix = "set public_ip in config.toml to the address people use"
	text := x.fleet.Host.PublicIP
	address, err := netip.ParseAddr(text)
	switch {
	case text == "":
		return fail(name, fix, "unknown: this machine has no route to the outside")
	case err == nil && address.IsLoopback():
		return warn(name, fix, "%s, which only this machine itself reaches", text)
	case err == nil && address.IsPrivate():
		return warn(name, fix+", if it is another", "%s, which is reached from this network only", text)
	}
	return pass(name, "%s", text)
}

func findState(x examination) model.Finding {
	const name = "state"
	const setup = "sudo berth setup makes " + catalog.SharedState + ", which all users of the machine share"
	var others []string
	for _, c := range x.w.Containers {
		if home := c.Labels[label.Home]; home != "" && home != x.home && !slices.Contains(others, home) {
			others = append(others, home)
		}
	}
	slices.Sort(others)
	const groupMayWrite = 0o020
	const little = 64 * model.MiB // a busy ledger's log and what it is put together from
	left, known := x.host.stateLeft.Get()
	switch {
	case x.ledger != nil:
		return fail(name, "see who may write "+x.home, "%v", x.ledger)
	case known && left < model.MiB:
		return fail(name, "make room there (df -h "+x.home+"); what runs goes on", "no space left in %s: nothing can be written down", x.home)
	case known && left < little:
		return warn(name, "make room there (df -h "+x.home+")", "in %s, and only %s are left there", x.home, left)
	case len(others) > 0:
		return warn(name, setup, "in %s; other berths have instances on this engine too, with their state in %s: each sees "+
			"the other's GPUs as taken, and nobody sees all", x.home, strings.Join(others, ", "))
	case x.w.Facts.Rootless:
		return pass(name, "in %s, for this user alone, as the engine is", x.home)
	case x.host.stateMode&groupMayWrite == 0:
		return warn(name, setup, "in %s, for this user alone: others don't see its instances", x.home)
	}
	return pass(name, "in %s, shared by its group", x.home)
}

func findKeeper(x examination) model.Finding {
	const name = "keeper"
	const serve = "run berth serve, or install its service (sudo make install)"
	k := x.fleet.Keeper
	switch {
	case k.Here:
		return pass(name, "this process")
	case k.PID > 0 && x.host.keeper == "":
		return pass(name, "process %d", k.PID)
	case k.PID > 0:
		return pass(name, "process %d (%s)", k.PID, x.host.keeper)
	case x.fleet.NeedsKeeper():
		return fail(name, serve, "nobody, though there are instances to keep: none is started or brought back")
	}
	return pass(name, "nobody, and nothing to keep")
}
