package doctor

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"berth/backend/apiport"
	"berth/backend/catalog"
	"berth/backend/label"
	"berth/backend/world"
	"berth/model"
)

// A hostLook is what an examination reads of the machine's own files.
type hostLook struct {
	stateMode fs.FileMode // of the state folder; 0 where it can't be read
	keeper    string      // the command that keeps; empty where nobody does
	proxies   int         // docker-proxy processes
	noProxy   bool        // the engine's settings say so
	ephemeral model.PortRange
}

func lookAtHost(home string, keeper int) hostLook {
	var look hostLook
	if info, err := os.Stat(home); err == nil {
		look.stateMode = info.Mode()
	}
	if keeper > 0 {
		look.keeper = commandOf(keeper)
	}
	look.proxies, look.noProxy = proxies(), proxyIsOff("/etc/docker/daemon.json")
	look.ephemeral = ephemeralPorts("/proc/sys/net/ipv4/ip_local_port_range")
	return look
}

// commandOf is a process's command line, which everybody may read.
func commandOf(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		return "" // it ended just now
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

// ephemeralPorts are those that the kernel gives to outgoing connections; zero where it doesn't say.
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
		return warn(name, "the engine first", "unknown while the engine doesn't answer")
	case !known:
		return warn(name, "run berth on the engine's own machine", "%s; its file system can't be seen from here", driver)
	case left < m.LeastDisk():
		return fail(name, "remove images and instances, or give "+x.w.Facts.RootDir+" a larger disk",
			"%s of %s are left to promise, and the least is %s", left, m.DiskTotal, m.LeastDisk())
	case m.DiskHold == model.DiskWatched && m.DiskWhy != world.WatchedByChoice:
		return warn(name, toEnforce(x.w),
			"%s, %s of %s left to promise; sizes are reserved and watched, not enforced: %s", driver, left, m.DiskTotal, m.DiskWhy)
	}
	return well(name, "%s of %s left to promise; sizes are %s (%s)", left, m.DiskTotal, m.DiskHold, m.DiskWhy)
}

// toEnforce is what to do to have sizes enforced.
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
		return warn(name, "the engine first", "unknown while the engine doesn't answer")
	}
	return well(name, "version %d by %s: shares of CPU and memory are kept", f.CgroupVersion, f.CgroupDriver)
}

func findProxy(x examination) model.Finding {
	const name = "port proxy"
	switch {
	case !x.w.Facts.Local:
		return well(name, "can't be seen from here")
	case x.host.proxies == 0 && x.host.noProxy:
		return well(name, "off: published ports cost no process")
	}
	return warn(name, `put "userland-proxy": false into /etc/docker/daemon.json and restart the engine`,
		"on, %d processes now: each published port costs two (64 ports: 100 to 160 MB, and a second at each start)", x.host.proxies)
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
	return well(name, "%s", detail)
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
	return well(name, "nobody but the keeper listens there")
}

func findReach(x examination) model.Finding {
	const name = "host services"
	const open = "instances reach whatever listens on all of this machine's addresses, and each other's published ports: %s"
	switch {
	case x.fenceless != nil:
		return warn(name, "the ledger first", "%v", x.fenceless)
	case !x.w.Facts.Local:
		return well(name, "another machine's")
	case x.reach == apiport.ErrOpen.Error():
		return well(name, open, x.reach)
	case x.reach != "":
		return warn(name, "sudo berth setup makes a service that closes them, with nftables installed; or bind those services "+
			"to 127.0.0.1", open, x.reach)
	}
	return well(name, "closed: of this machine instances reach the API's port alone")
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
	return well(name, "%s", text)
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
	switch {
	case x.ledger != nil:
		return fail(name, "see who may write "+x.home, "%v", x.ledger)
	case len(others) > 0:
		return warn(name, setup, "in %s; other berths have instances on this engine too, with their state in %s: each sees "+
			"the other's GPUs as taken, and nobody sees all", x.home, strings.Join(others, ", "))
	case x.host.stateMode&groupMayWrite == 0:
		return warn(name, setup, "in %s, for this user alone: others don't see its instances", x.home)
	}
	return well(name, "in %s, shared by its group", x.home)
}

func findKeeper(x examination) model.Finding {
	const name = "keeper"
	const serve = "run berth serve, or install its service (sudo make install)"
	k := x.fleet.Keeper
	switch {
	case k.Here:
		return well(name, "this process")
	case k.PID > 0:
		return well(name, "process %d (%s)", k.PID, x.host.keeper)
	case x.fleet.Kept():
		return fail(name, serve, "nobody, though there are instances to keep: none is started or brought back")
	}
	return well(name, "nobody, and nothing to keep")
}
