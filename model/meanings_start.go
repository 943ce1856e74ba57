package model

// startMeanings are what the engine and its runtime say of a container that can't be made or started.
var startMeanings = []meaningRow{
	{ // the answer to a HEAD request has no text
		area: AreaStart, kind: "no words", any: []string{"request returned 500"}, also: "api route",
		means: "the engine can't look into its files, and doesn't say why",
		todo:  "see whether its disk is full (berth doctor); journalctl -u docker -e has the reason",
	},
	{
		area: AreaStart, kind: "kernel was renewed", any: []string{"operation not supported", "not supported"}, also: "veth",
		means: "the engine can't make a network for it: the running kernel doesn't find its modules, as after an upgrade of the kernel",
		todo:  "reboot the machine",
	},
	{
		area: AreaStart, kind: "engine above its kernel", any: []string{"via /proc/self/fd"}, also: "chmod ",
		means: "this engine can't put files into a container on a kernel older than 6.6; docker cp can't either",
		todo:  "see uname -r; boot a newer kernel, or install another version of the engine",
	},
	{
		area: AreaStart, kind: "kernel was renewed", any: []string{"no such device"}, also: "overlay",
		means: "the engine can't mount its files: the running kernel doesn't find its modules, as after an upgrade of the kernel",
		todo:  "reboot the machine",
	},
	{
		area: AreaStart, kind: "engine was renewed", any: []string{"/proc/self/exe: no such file", "fork/exec /proc/self/exe: no such"},
		means: "the engine's program was replaced while it runs",
		todo:  "sudo systemctl restart docker begins the new one; what runs goes on with live-restore alone",
	},
	{
		area: AreaStart, kind: "late", any: []string{"context deadline exceeded", "timed out waiting for container"},
		means: "the engine takes too long over it",
		todo:  "see what holds the machine (top, dmesg); journalctl -u docker -e has what the engine waits for",
	},
	{
		area: AreaStart, kind: "firewall rules", any: []string{"iptables failed", "iptables: ", "no chain/target/match by that name", "nftables"},
		means: "the engine's firewall rules are gone or can't be changed: another firewall was loaded since the engine began",
		todo:  "sudo systemctl restart docker writes them anew; let firewalld or ufw begin before docker",
	},
	{
		area: AreaStart, kind: "no addresses", any: []string{"non-overlapping ipv4", "predefined address pools", "no available ipv4 addresses", "no available network"},
		means: "the engine has no address left for it",
		todo:  "docker network prune removes networks that nobody uses; default-address-pools in daemon.json makes more",
	},
	{
		area: AreaStart, kind: "no containerd", any: []string{
			"containerd.sock", "containerd is not running", "ttrpc: closed", "failed to start shim", "shim disconnected", "transport is closing",
		},
		means: "the engine doesn't reach containerd, which runs its containers",
		todo:  "sudo systemctl restart containerd docker; journalctl -u containerd -e says why it went",
	},
	{
		area: AreaStart, kind: "left behind", any: []string{"task "}, also: "already exists",
		means: "containerd still has the run before this one, which the engine lost as it was killed",
		todo:  "end its shim, as root, and start it again: pkill -f containerd-shim.*ID, with the number of the task below; a keeper that is root does so by itself",
	},
	{
		area: AreaStart, kind: "left behind", any: []string{"id already in use"},
		means: "containerd still has the run before this one, which the engine lost as it was killed",
		todo:  "end its shim, as root, and start it again: pkill -f containerd-shim.*ID, with the container's whole number; a keeper that is root does so by itself",
	},
	{
		area: AreaStart, kind: "no runc", any: []string{"runc did not terminate", "exec: \"runc\"", "exec: \"docker-runc\""},
		means: "the engine's runc is missing or broken",
		todo:  "install it anew (sudo apt-get install --reinstall runc), and see that its file system allows programs (noexec)",
	},
	{
		area: AreaStart, kind: "driver gone", any: []string{"driver not loaded", "couldn't communicate with the nvidia driver", "nvml error: unknown error"},
		means: "the GPU driver isn't loaded",
		todo:  "see what nvidia-smi says; sudo modprobe nvidia loads it, and after an upgrade of the kernel it has to be built anew",
	},
	{
		area: AreaStart, kind: "driver is slow", any: []string{"driver rpc error", "nvml error: timeout"},
		means: "the GPU driver takes too long to wake",
		todo:  "sudo nvidia-smi -pm 1, or the service nvidia-persistenced, keeps it awake",
	},
	{
		area: AreaStart, kind: "toolkit too old", any: []string{"cgroup subsystem devices not found", "ldcache error", "ldconfig.real"},
		means: "the NVIDIA toolkit doesn't fit this system",
		todo:  "renew nvidia-container-toolkit; where it is new, see ldconfig and no-cgroups in /etc/nvidia-container-runtime/config.toml",
	},
	{
		area: AreaStart, kind: "no right to the driver", any: []string{"nvml error: insufficient permissions", "nvidia-container-cli: permission error"},
		means: "the engine may not use the GPU driver",
		todo:  "see ls -l /dev/nvidia*; in a rootless engine set no-cgroups = true in /etc/nvidia-container-runtime/config.toml",
	},
	{
		area: AreaStart, kind: "driver's files", any: []string{"libnvidia", "libcuda", "nvidia-smi"}, also: "error mounting",
		means: "the list of the GPU driver's files is of another version of the driver",
		todo:  "sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml writes it anew",
	},
	{
		area: AreaStart, kind: "no toolkit", any: []string{
			"could not select device driver", "unknown or invalid runtime name", "unknown runtime specified", "unresolvable cdi devices",
			"exec: \"nvidia-container-runtime", "nvidia-container-runtime-hook", "cdi device injection failed",
		},
		means: "the engine has no way to hand a GPU in",
		todo:  "install nvidia-container-toolkit, then sudo nvidia-ctk runtime configure --runtime=docker and sudo systemctl restart docker",
	},
	{
		area: AreaStart, kind: "nothing to mount", any: []string{
			"error mounting", "bind source path does not exist", "invalid mount config", "mount source path", "to rootfs at",
		},
		means: "a folder or file that is handed in isn't there",
		todo:  "see its path below; berth doctor says what is wrong with the machine's folders",
	},
	{
		area: AreaStart, kind: "apparmor", any: []string{"apparmor"},
		means: "the engine can't load its AppArmor profile",
		todo:  "install it (sudo apt-get install apparmor), then sudo systemctl restart apparmor docker",
	},
	{
		area: AreaStart, kind: "cgroups full", any: []string{"no space left on device", "cannot allocate memory"}, also: "cgroup",
		means: "the kernel has no room for one more group of processes",
		todo:  "end what isn't needed, or reboot: groups that ended stay while their memory is in use",
	},
	{
		area: AreaStart, kind: "cgroups", any: []string{"cgroup mountpoint does not exist", "unable to apply cgroup configuration", "unable to start unit", "interactive authentication required", "error setting cgroup config"},
		means: "the engine can't make a group of processes for it",
		todo:  "see that the engine's cgroup driver is the one of this system (docker info), and journalctl -u docker -e; a reboot may help",
	},
	{
		area: AreaStart, kind: "no memory", any: []string{"cannot allocate memory", "out of memory"},
		means: "the machine has no memory left for it",
		todo:  "see what takes it (free -h, berth top), and stop that",
	},
	{
		area: AreaStart, kind: "disk errors", any: []string{"input/output error", "read-only file system", "structure needs cleaning", "stale file handle"},
		means: "the engine's disk answers with errors",
		todo:  "see dmesg, and whether the disk under docker info's Docker Root Dir is sound and mounted for writing",
	},
	{
		area: AreaStart, kind: "engine's store", any: []string{"error creating overlay mount", "layer does not exist", "failed to mount", "snapshot does not exist", "too many levels of symbolic links"},
		means: "{image}: the engine's store of images is damaged",
		todo:  "docker rmi {image}, then start it again: it is fetched anew; where it stays, restart the engine",
	},
	{
		area: AreaStart, kind: "name", any: []string{"invalid reference format", "must be lowercase"},
		means: "{image}: no image can be called so",
		todo:  "write it in lower case, as registry.example.com/name:tag",
	},
	{
		area: AreaStart, kind: "other processor", any: []string{"exec format error"},
		means: "{image}: its program isn't made for this machine's processor",
		todo:  "use an image that is",
	},
	{
		area: AreaStart, kind: "no such program", any: []string{"executable file not found", "no such file or directory: unknown", "no such file or directory\": unknown", "no command specified"},
		means: "{image}: it has no such program to begin with",
		todo:  "check entrypoint and arguments, or launch it in ssh mode and look",
	},
	{
		area: AreaStart, kind: "not executable", any: []string{"permission denied: unknown", "exec: permission denied", "is a directory: unknown"},
		means: "{image}: the program that it begins with may not be executed",
		todo:  "check entrypoint and arguments, or the file's mode in the image",
	},
	{
		area: AreaStart, kind: "too long", any: []string{"argument list too long"},
		means: "its variables and arguments together are longer than the kernel takes",
		todo:  "put large values into a file, and read them from on-start",
	},
	{
		area: AreaStart, kind: "engine without rights", any: []string{"operation not permitted: unknown", "unshare: operation not permitted", "setns: operation not permitted"},
		means: "the engine itself may not do what a container needs",
		todo:  "see whether it runs inside a container, without root, or under a stricter kernel (sysctl kernel.unprivileged_userns_clone, dmesg)",
	},
	{
		area: AreaStart, kind: "no network", any: []string{" not found"}, also: "network ",
		means: "the instances' network was removed from the engine meanwhile",
		todo:  "start it again: it is made anew",
	},
	{
		area: AreaStart, kind: "driver and library differ", any: []string{"driver/library version mismatch"},
		means: "the GPU driver was renewed while its older kernel module still runs",
		todo:  "reboot the machine, or unload and load the module anew",
	},
	{
		area: AreaStart, kind: "newer driver wanted", any: []string{"unsatisfied condition: cuda", "requirement error"},
		means: "{image}: it wants a newer GPU driver than this machine has",
		todo:  "renew the driver, or use an image made for an older CUDA",
	},
	{
		area: AreaStart, kind: "no driver library", any: []string{"libnvidia-ml.so.1: cannot open", "load library failed"},
		means: "the NVIDIA toolkit doesn't find the driver's library",
		todo:  "install the driver, then see what nvidia-smi says",
	},
	{
		area: AreaStart, kind: "GPU gone", any: []string{"unknown device", "/dev/nvidia", "nvml error: gpu is lost"},
		means: "one of its GPUs is no longer there for the engine",
		todo:  "see nvidia-smi -L and dmesg | grep -i xid; sudo nvidia-modprobe -u -c=0 makes missing device files",
	},
	{
		area: AreaStart, kind: "disk full", any: []string{"no space left on device", "disk quota exceeded"},
		means: "the engine's disk is full",
		todo:  "docker system df says what is on it; remove images and instances that nobody needs",
	},
	{
		area: AreaStart, kind: "too many processes", any: []string{"resource temporarily unavailable", "pids limit"},
		means: "there is no room for one more process",
		todo:  "end what isn't needed; the limit is 256 processes a core of the instance's share, and the machine has one too",
	},
	{
		area: AreaStart, kind: "too many files", any: []string{"too many open files"},
		means: "the engine has as many files open as it may",
		todo:  "raise LimitNOFILE of docker.service, then restart it",
	},
	{
		area: AreaStart, kind: "no image", any: []string{"no such image"},
		means: "{image}: somebody removed it from the engine meanwhile",
		todo:  "start it again: it is fetched anew",
	},
}
