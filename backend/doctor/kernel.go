package doctor

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"berth/model"
)

// A kernelLook is what an examination reads of the setup of kernel and system.
type kernelLook struct {
	deviceLinks bool   // /dev/char has links to the GPUs' device nodes
	hidepid     string // how /proc hides other users' processes from this user; empty: it doesn't
	subIDs      int    // number of subordinate user IDs that this user has
	user        string
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
		look.user = u.Username
	}
	const nvidiaMajor = "195" // major number of /dev/nvidia0 and the like
	links, _ := filepath.Glob(filepath.Join(root, "dev/char", nvidiaMajor+":*"))
	look.deviceLinks = len(links) > 0
	if euid != 0 {
		look.hidepid = hidepidIn(read("proc/self/mountinfo"))
	}
	look.subIDs = subIDsIn(read("etc/subuid"), look.user)
	return look
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

// subIDsIn counts a user's subordinate IDs in the text of /etc/subuid: NAME:FIRST:COUNT.
func subIDsIn(text, name string) (n int) {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 || fields[0] != name {
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
	case !x.kernel.deviceLinks:
		return warn(name, "sudo nvidia-ctk system create-dev-char-symlinks --create-all, and at each boot too (a udev rule or a unit)",
			"/dev/char has no links to the GPUs: systemctl daemon-reload takes the GPUs from containers that run "+
				"(\"Failed to initialize NVML: Unknown Error\" inside)")
	}
	return pass(name, "there: systemctl daemon-reload takes no GPU away")
}

// findProc says whether this user sees the owners of the processes on the GPUs.
func findProc(x examination) model.Finding {
	const name = "/proc"
	if x.kernel.hidepid == "" {
		return pass(name, "shows whose each process is")
	}
	return warn(name, "have root's service keep the machine (sudo berth setup): it tells everybody; or join the group that the mount's gid= names",
		"hides other users' processes (hidepid=%s): of a process on a GPU only its container can be told from here, and whose it is "+
			"where a keeper tells that may see it", x.kernel.hidepid)
}

// findSubIDs says whether a rootless engine has enough IDs for containers.
func findSubIDs(x examination) model.Finding {
	const name = "subordinate IDs"
	const enough = 65536 // an image's files may belong to any of that many users
	switch {
	case !x.w.Engine.OK:
		return withoutEngine(name)
	case !x.w.Facts.Rootless:
		return pass(name, "not needed: the engine runs as root")
	case x.kernel.subIDs < enough:
		return fail(name, "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "+x.kernel.user+", then restart the engine",
			"the engine is rootless, and %s has %d of them in /etc/subuid; images need %d", x.kernel.user, x.kernel.subIDs, enough)
	}
	return pass(name, "%d for %s", x.kernel.subIDs, x.kernel.user)
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
