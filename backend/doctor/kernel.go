package doctor

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"berth/model"
)

// A kernelLook is what an examination reads of the setup of kernel and system.
type kernelLook struct {
	unlinked []string // the device nodes of GPUs that /dev/char has no link to
	hidepid  string   // how /proc hides other users' processes from this user; empty: it doesn't
	subIDs   int      // number of subordinate IDs that this user has: of users or of groups, whichever are fewer
	mapper   bool     // the program is there that gives them to a rootless engine (newuidmap)
	ownUnit  bool     // this user has set up an engine of its own
	user     string
	uid      string
}

func lookAtKernel(root string, euid int) kernelLook {
	read := func(path string) string {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return "" // nothing is reported about files that can't be read
		}
		return string(text)
	}
	var look kernelLook
	if u, err := user.Current(); err == nil {
		look.user, look.uid = u.Username, u.Uid
		_, err := os.Stat(filepath.Join(root, u.HomeDir, ".config/systemd/user/docker.service"))
		look.ownUnit = err == nil
	}
	look.unlinked = unlinkedIn(filepath.Join(root, "dev"))
	if euid != 0 {
		look.hidepid = hidepidIn(read("proc/self/mountinfo"))
	}
	look.subIDs = min(subIDsIn(read("etc/subuid"), look.user, look.uid), subIDsIn(read("etc/subgid"), look.user, look.uid))
	_, err := exec.LookPath("newuidmap")
	look.mapper = err == nil
	return look
}

// unlinkedIn names the device nodes of GPUs in a /dev that its folder char has no link to. A link that leads nowhere
// counts as none.
func unlinkedIn(dev string) (without []string) {
	nodes, _ := filepath.Glob(filepath.Join(dev, "nvidia*")) // the pattern is a good one
	for _, node := range nodes {
		var info unix.Stat_t
		if unix.Stat(node, &info) != nil || info.Mode&unix.S_IFMT != unix.S_IFCHR {
			continue // a folder, such as nvidia-caps
		}
		link := fmt.Sprintf("%d:%d", unix.Major(info.Rdev), unix.Minor(info.Rdev))
		if _, err := os.Stat(filepath.Join(dev, "char", link)); err != nil {
			without = append(without, "/dev/"+filepath.Base(node))
		}
	}
	return without
}

// hidepidIn returns the hidepid option of the mount of /proc, from the text of mountinfo; empty if nothing is hidden.
func hidepidIn(mounts string) string {
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[4] != "/proc" {
			continue
		}
		for option := range strings.SplitSeq(fields[5]+","+fields[len(fields)-1], ",") {
			if value, is := strings.CutPrefix(option, "hidepid="); is && value != "0" && value != "off" {
				return value
			}
		}
	}
	return ""
}

// subIDsIn counts a user's subordinate IDs in the text of /etc/subuid: NAME:FIRST:COUNT, or the user's number for NAME.
func subIDsIn(text, name, uid string) (n int) {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 || fields[0] != name && fields[0] != uid {
			continue
		}
		count, err := strconv.Atoi(fields[2])
		if err == nil {
			n += count
		}
	}
	return n
}

// findReload says whether running containers would lose their GPUs. With the systemd cgroup driver, a daemon-reload
// writes the device rules again, by the links in /dev/char. A device without a link is taken away.
func findReload(x examination) model.Finding {
	const name = "device links"
	switch {
	case x.fleet.Host.Simulated != "" || len(x.fleet.Devices) == 0:
		return pass(name, "there is no GPU to lose")
	case !x.w.Engine.OK:
		return withoutEngine(name)
	case x.w.Facts.CgroupDriver != "systemd":
		return pass(name, "not needed: the engine keeps cgroups itself")
	case x.w.Facts.Rootless:
		return pass(name, "not needed: a rootless engine sets no rules for devices")
	case len(x.kernel.unlinked) > 0:
		return warn(name, "sudo nvidia-ctk system create-dev-char-symlinks --create-all, and at each boot too (a udev rule or a unit)",
			"/dev/char has no links to %s: systemctl daemon-reload takes the GPUs from containers that run "+
				"(\"Failed to initialize NVML: Unknown Error\" inside)", strings.Join(x.kernel.unlinked, ", "))
	}
	return pass(name, "there: systemctl daemon-reload takes no GPU away")
}

// findProc says whether this user sees the owners of the processes on the GPUs.
func findProc(x examination) model.Finding {
	const name = "/proc"
	if x.kernel.hidepid == "" {
		return pass(name, "shows whose each process is")
	}
	return warn(name, "have root's service keep the machine (sudo berth setup): it tells everybody; or join the group that the mount's gid= names; or sudo mount -o remount,hidepid=0 /proc",
		"hides other users' processes (hidepid=%s): of a process on a GPU only its container can be told from here, and whose it is "+
			"where a keeper tells that may see it", x.kernel.hidepid)
}

// findSubIDs says whether a rootless engine has enough IDs for containers.
func findSubIDs(x examination) model.Finding {
	const name = "subordinate IDs"
	const enough = 65536 // an image's files may belong to any of that many users
	const give = "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "
	const gap = "the engine is rootless, and %s has %d of them in /etc/subuid and /etc/subgid; images need %d"
	k, absent := x.kernel, !x.w.Engine.OK
	switch {
	case absent && !ownEngine(x):
		return withoutEngine(name)
	case !absent && !x.w.Facts.Rootless:
		return pass(name, "not needed: the engine runs as root")
	case !k.mapper:
		return fail(name, "sudo apt-get install uidmap, then restart the engine", "the engine is rootless, and the program that gives it IDs isn't there (newuidmap)")
	case !absent && k.subIDs == 0: // without any it wouldn't have begun: another user's engine, or IDs from the network
		return pass(name, "not in /etc/subuid, and the engine has some: it wouldn't run without")
	case k.subIDs < enough:
		return fail(name, give+k.user+", then restart the engine", gap, k.user, k.subIDs, enough)
	}
	return pass(name, "%d for %s", k.subIDs, k.user)
}

// ownEngine reports whether the engine that is asked for, and doesn't answer, is this user's own.
func ownEngine(x examination) bool {
	return x.kernel.ownUnit || strings.Contains(x.w.Engine.Cause(), "unix:///run/user/"+x.kernel.uid+"/")
}

// wanted are the oldest toolkits that know the libraries of a driver branch and later ones, newest branch first.
var wanted = []struct {
	branch int
	major  int
	minor  int
}{{570, 1, 17}, {555, 1, 16}, {535, 1, 13}}

// tooOld returns the toolkit version that a driver needs, if the installed toolkit is older; otherwise empty.
func tooOld(toolkit, driver string) string {
	var branch, major, minor int
	if first, _, _ := strings.Cut(driver, "."); first != "" {
		branch, _ = strconv.Atoi(first) // 0 is older than all
	}
	parts := strings.Split(toolkit, ".")
	if len(parts) < 2 {
		return ""
	}
	var err1, err2 error
	major, err1 = strconv.Atoi(parts[0])
	minor, err2 = strconv.Atoi(parts[1])
	for _, w := range wanted {
		if branch >= w.branch && err1 == nil && err2 == nil {
			if major < w.major || major == w.major && minor < w.minor {
				return strconv.Itoa(w.major) + "." + strconv.Itoa(w.minor)
			}
			return ""
		}
	}
	return ""
}
