package doctor

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"berth/model"
)

// A kernelLook is what an examination reads of how the machine's kernel and system are set up.
type kernelLook struct {
	deviceLinks bool   // /dev/char has links to the GPUs' device nodes
	hidepid     string // how /proc hides other users' processes from this user; empty where it doesn't
	subIDs      int    // subordinate user IDs that this user has
	user        string
}

func lookAtKernel(root string, euid int) kernelLook {
	read := func(path string) string {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return "" // what can't be read is found nothing about
		}
		return string(text)
	}
	var look kernelLook
	if u, err := user.Current(); err == nil {
		look.user = u.Username
	}
	const nvidiaMajor = "195" // of /dev/nvidia0 and its like, in the kernel's list of devices
	links, _ := filepath.Glob(filepath.Join(root, "dev/char", nvidiaMajor+":*"))
	look.deviceLinks = len(links) > 0
	if euid != 0 {
		look.hidepid = hidepidIn(read("proc/self/mountinfo"))
	}
	look.subIDs = subIDsIn(read("etc/subuid"), look.user)
	return look
}

// hidepidIn is the option hidepid of /proc's mount, from the text of mountinfo: empty where it hides nothing.
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

// subIDsIn counts a user's subordinate IDs, from the text of /etc/subuid: NAME:FIRST:COUNT.
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

// findReload tells whether running containers would lose their GPUs: under systemd's cgroup driver a daemon-reload sets
// device rules anew by what /dev/char links to, and what isn't there is taken away.
func findReload(x examination) model.Finding {
	const name = "device links"
	switch {
	case x.fleet.Host.Simulated != "" || len(x.fleet.Devices) == 0:
		return well(name, "there is no GPU to lose")
	case x.w.Facts.CgroupDriver != "systemd":
		return well(name, "not needed: the engine keeps cgroups itself")
	case !x.kernel.deviceLinks:
		return warn(name, "sudo nvidia-ctk system create-dev-char-symlinks --create-all, and at each boot too (a udev rule or a unit)",
			"/dev/char has no links to the GPUs: systemctl daemon-reload takes the GPUs from containers that run "+
				"(\"Failed to initialize NVML: Unknown Error\" inside)")
	}
	return well(name, "there: systemctl daemon-reload takes no GPU away")
}

// findProc tells whether this user sees whose processes are on the GPUs.
func findProc(x examination) model.Finding {
	const name = "/proc"
	if x.kernel.hidepid == "" {
		return well(name, "shows whose each process is")
	}
	return warn(name, "ask as root (sudo berth gpus), or join the group that the mount's gid= names",
		"hides other users' processes (hidepid=%s): who is on a GPU can't be told from here", x.kernel.hidepid)
}

// findSubIDs tells whether a rootless engine has IDs to give to containers.
func findSubIDs(x examination) model.Finding {
	const name = "subordinate IDs"
	const enough = 65536 // an image may have files of any of so many users
	switch {
	case !x.w.Facts.Rootless:
		return well(name, "not needed: the engine runs as root")
	case x.kernel.subIDs < enough:
		return fail(name, "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "+x.kernel.user+", then restart the engine",
			"the engine is rootless, and %s has %d of them in /etc/subuid; images need %d", x.kernel.user, x.kernel.subIDs, enough)
	}
	return well(name, "%d for %s", x.kernel.subIDs, x.kernel.user)
}

// wanted are the oldest toolkits that know the libraries of drivers from a branch on, the newest branch first.
var wanted = []struct {
	branch int
	major  int
	minor  int
}{{570, 1, 17}, {555, 1, 16}, {535, 1, 13}}

// tooOld is the toolkit that a driver wants where the one that is there is older; empty where it isn't.
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
