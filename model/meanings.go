package model

// NoAccess is the short text for an engine that this user may not use.
const NoAccess = "no access"

// meanings is the table of outside errors that users meet, with their meaning and what to do. More specific rows
// come first. docs/troubleshooting.md has a paragraph for each kind.
var meanings = []meaningRow{
	{
		area: AreaPull, kind: "rate limit", any: []string{"toomanyrequests", "pull rate limit", "too many requests", "http 429"},
		means: "{image}: {host} lets nobody fetch so much in so short a time",
		todo:  "log in (berth account registry add {host}, then launch with --registry {host}), or wait some hours",
	},
	{
		area: AreaPull, kind: "zstd", any: []string{"archive/tar: invalid tar header", "tar+zstd", "unsupported compression"},
		means: "{image}: its layers are packed with zstd, which this engine can't unpack",
		todo:  "use Docker 23 or newer, or an image whose layers are packed with gzip",
	},
	{
		area: AreaPull, kind: "name", any: []string{"invalid reference format", "name invalid", "name_invalid", "must be lowercase"},
		means: "{image}: no image can be called so",
		todo:  "write it in lower case, as registry.example.com/name:tag",
	},
	{
		area: AreaPull, kind: "subordinate IDs", any: []string{"insufficient uids", "insufficient gids", "lchown"},
		means: "{image}: its files belong to more users than the engine may map",
		todo:  "give the engine's user more in /etc/subuid and /etc/subgid (65536 at least), then restart the engine",
	},
	{
		area: AreaPull, kind: "other processor", any: []string{"no matching manifest", "no match for platform", "does not match the specified platform"},
		means: "{image}: it isn't made for this machine's processor",
		todo:  "use a tag that is",
	},
	{
		area: AreaPull, kind: "no such tag", any: []string{"parsing http 404", "manifest unknown", "manifest_unknown", "manifest for", "name unknown"},
		means: "{image}: {host} has no such tag, or no such image",
		todo:  "check the name and the tag, after the colon, on the registry's own page",
	},
	{
		area: AreaPull, kind: "no such tag", any: []string{": not found"}, also: "failed to resolve reference",
		means: "{image}: {host} has no such tag, or no such image",
		todo:  "check the name and the tag, after the colon, on the registry's own page",
	},
	{
		area: AreaPull, kind: "proxy wants a login", any: []string{"http 407", "proxy authentication required"},
		means: "{image}: the proxy between the engine and {host} wants a login",
		todo:  "put name and password into the engine's proxy settings (HTTPS_PROXY of docker.service)",
	},
	{
		area: AreaPull, kind: "turned away", any: []string{"parsing http 403", "parsing http 451", "parsing http 402"},
		means: "{image}: {host} turns this request away before it looks at the image",
		todo:  "see what it says: curl -i https://{host}/v2/; a firewall, a country or an unpaid plan may be why",
	},
	{
		area: AreaPull, kind: "web page", any: []string{
			"invalid character '<'", "error unmarshalling content", "text/html", "looking for beginning of value",
		},
		means: "{image}: a web page answered in the place of {host}",
		todo: "sign in where this network asks for it (a captive portal), or tell the engine of its proxy; " +
			"curl -i https://{host}/v2/ shows the page",
	},
	{
		area: AreaPull, kind: "login refused", any: []string{
			"unauthorized", "authentication required", "no basic auth credentials", "incorrect username or password",
		}, only: hasLogin,
		means: "{image}: {host} doesn't accept the login for {login}",
		todo:  "renew it: berth account registry add {login}",
	},
	{
		area: AreaPull, kind: "login wanted", any: []string{
			"unauthorized", "authentication required", "no basic auth credentials",
		},
		means: "{image}: {host} wants a login",
		todo:  "berth account registry add {host}, then launch with --registry {host}",
	},
	{
		area: AreaPull, kind: "denied", any: []string{
			"denied", "forbidden", "repository does not exist", "may require 'docker login'",
		}, only: hasLogin,
		means: "{image}: {host} doesn't show it to the login for {login}",
		todo:  "check the name, and what that login may read",
	},
	{
		area: AreaPull, kind: "denied", any: []string{
			"denied", "forbidden", "repository does not exist", "may require 'docker login'",
		},
		means: "{image}: {host} has no such image, or it is private",
		todo:  "check the name, or log in: berth account registry add {host}, then launch with --registry {host}",
	},
	{
		area: AreaPull, kind: "old format", any: []string{"prettyjws", "schema 1", "schema1", "schemaversion 1", "manifest.v1+json"},
		means: "{image}: it is kept in a form that engines no longer read",
		todo:  "use a newer tag, or have its maker push it again",
	},
	{
		area: AreaPull, kind: "incomplete", any: []string{"unknown blob", "blob unknown", "blob_unknown", "blob upload unknown"},
		means: "{image}: {host} has lost a part of it",
		todo:  "have its maker push it again, or use another tag",
	},
	{
		area: AreaPull, kind: "damaged", any: []string{
			"verification failed", "unexpected digest", "does not match digest", "gzip: invalid", "failed size validation", "invalid checksum digest",
			"digest invalid", "flate: corrupt", "unexpected commit digest",
		},
		means: "{image}: what arrived isn't what {host} announced",
		todo:  "start it again; where it happens each time, something between changes what passes, or the image is broken",
	},
	{
		area: AreaPull, kind: "plain http", any: []string{"server gave http response to https client"},
		means: "{image}: {server} doesn't speak TLS",
		todo:  "give it a certificate, or list it under insecure-registries in the engine's settings (daemon.json)",
	},
	{
		area: AreaPull, kind: "tls", any: []string{"remote error: tls:", "tls: protocol version", "tls: first record does not look like", "tls: unrecognized name", "tls: no application protocol"},
		means: "{image}: the engine and {server} don't agree on how to speak TLS",
		todo:  "see what answers there: curl -v https://{server}/v2/; a proxy or a firewall may stand between",
	},
	{
		area: AreaPull, kind: "certificate", any: []string{"x509:", "certificate signed by unknown authority", "certificate has expired"},
		means: "{image}: the engine doesn't trust the certificate of {server}",
		todo:  "put the authority's certificate into /etc/docker/certs.d/{server}/ca.crt, and look at this machine's clock",
	},
	{
		area: AreaPull, kind: "no such host", any: []string{"no such host", "server misbehaving", "name resolution"},
		means: "{image}: nobody knows a machine named {server}",
		todo:  "check the name, and this machine's DNS",
	},
	{
		area: AreaPull, kind: "disk errors", any: []string{"input/output error", "read-only file system", "structure needs cleaning"},
		means: "{image}: the engine's disk answers with errors",
		todo:  "see dmesg, and whether the disk under docker info's Docker Root Dir is sound and mounted for writing",
	},
	{
		area: AreaPull, kind: "engine's store", any: []string{"layer does not exist", "unable to find layer", "failed to register layer: rename", "max depth exceeded", "failed to get reader from content store"},
		means: "{image}: the engine's store of images doesn't take it",
		todo:  "docker rmi {image} and start it again; where it stays, restart the engine, and docker system prune",
	},
	{
		area: AreaPull, kind: "disk full", any: []string{"no space left on device", "disk quota exceeded"},
		means: "{image}: the engine's disk is full",
		todo:  "docker system df says what is on it; remove images and instances that nobody needs",
	},
	{
		area: AreaPull, kind: "registry in trouble", any: []string{
			"500 internal server error", "502 bad gateway", "503 service unavailable", "504 gateway", "received unexpected http status: 5", "http status: 5",
		},
		means: "{image}: {host} is in trouble itself",
		todo:  "start it again later",
	},
	{
		area: AreaPull, kind: "silent", any: []string{"awaiting headers", "client.timeout exceeded", "context deadline exceeded", "tls handshake timeout"},
		means: "{image}: {server} takes connections and doesn't answer",
		todo:  "see whether it runs, and what stands between (a proxy, a firewall): curl -i https://{server}/v2/",
	},
	{
		area: AreaPull, kind: "out of reach", any: []string{
			"connection refused", "network is unreachable", "no route to host", "i/o timeout", "proxyconnect", "connection timed out",
			"host is down", "cannot assign requested address",
		},
		means: "{image}: {server} isn't reached from here",
		todo:  "check this machine's network, and the engine's proxy settings",
	},
	{
		area: AreaPull, kind: "broken off", any: []string{"unexpected eof", "connection reset", "broken pipe", "http2: ", ": eof", "retrying", "http 206", "short read"},
		means: "{image}: the connection to {server} broke off",
		todo:  "start it again: what has arrived is kept",
	},
	{
		area: AreaPull, kind: "no registry", any: []string{
			"parsing http 4", "unexpected end of json input", "cannot unmarshal", "missing signature key", "stopped after 10 redirects",
			"unsupported", "mediatype", "media type", "manifest invalid", "manifest_invalid", "manifest unverified",
		},
		means: "{image}: {host} answers with something that isn't an image",
		todo:  "check the name (charts and models are kept in registries too), and that {host} is a registry: curl -i https://{host}/v2/",
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
		area: AreaStart, kind: "driver's files", any: []string{"libnvidia", "libcuda", "nvidia-smi"}, also: "error mounting",
		means: "the list of the GPU driver's files is of another version of the driver",
		todo:  "sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml writes it anew",
	},
	{
		area: AreaStart, kind: "no toolkit", any: []string{
			"could not select device driver", "unknown or invalid runtime name", "unknown runtime specified", "unresolvable cdi devices",
		},
		means: "the engine has no way to hand a GPU in",
		todo:  "install nvidia-container-toolkit, then sudo nvidia-ctk runtime configure --runtime=docker and sudo systemctl restart docker",
	},
	{
		area: AreaStart, kind: "nothing to mount", any: []string{"error mounting", "bind source path does not exist", "invalid mount config"},
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
		area: AreaStart, kind: "not executable", any: []string{"permission denied: unknown", "exec: permission denied"},
		means: "{image}: the program that it begins with may not be executed",
		todo:  "check entrypoint and arguments, or the file's mode in the image",
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

	{
		area: AreaEngine, kind: "another's engine", any: []string{"permission denied"}, only: isClosed, short: NoAccess,
		means: "the engine at {engine} is another user's own: {user} may not enter the folder of its socket",
		todo:  "for this machine's own engine unset DOCKER_HOST and docker context use default",
	},
	{
		area: AreaEngine, kind: "no access yet", any: []string{"permission denied"}, only: isJoined, short: NoAccess,
		means: "{user} is in the group {group}, which may use the engine at {engine}, but this session began before that",
		todo:  "log in again, and end a tmux or screen that runs since then (newgrp {group} does for one shell)",
	},
	{
		area: AreaEngine, kind: "no access", any: []string{"permission denied"}, only: isShared, short: NoAccess,
		means: "{user} may not use the engine at {engine}",
		todo:  "run sudo usermod -aG {group} {user}, then log in again",
	},
	{
		area: AreaEngine, kind: "no group", any: []string{"permission denied"}, short: NoAccess,
		means: "{user} may not use the engine at {engine}, nor may any group",
		todo: "run sudo groupadd -f docker, sudo systemctl restart docker.socket docker, which gives that group the socket, " +
			"and sudo usermod -aG docker {user}, then log in again",
	},
	{
		area: AreaEngine, kind: "api version", any: []string{"is too new", "is too old", "maximum supported api version", "minimum supported api version", "page not found", "and berth needs"},
		only: isAsked, short: "wrong API version",
		means: "the engine at {engine} doesn't speak the version {asked} of its API, which DOCKER_API_VERSION asks for",
		todo:  "unset DOCKER_API_VERSION, or renew the engine (Docker 20.10 or newer)",
	},
	{
		area: AreaEngine, kind: "engine too old", any: []string{"and berth needs"}, short: "too old",
		means: "the engine at {engine} is too old for berth",
		todo:  "renew it: Docker 20.10 or newer",
	},
	{
		area: AreaEngine, kind: "engine too new", any: []string{"is too old. minimum supported api version"}, short: "too new",
		means: "the engine at {engine} no longer speaks a version of its API that this berth knows",
		todo:  "renew berth",
	},
	{
		area: AreaEngine, kind: "api version", any: []string{"client version", "maximum supported api version", "minimum supported api version"},
		short: "wrong API version",
		means: "berth and the engine at {engine} speak no version of its API in common",
		todo:  "renew whichever is older: this program, or the engine (Docker 20.10 or newer)",
	},
	{
		area: AreaEngine, kind: "refused", any: []string{"authorization denied by plugin"}, short: "refuses",
		means: "a plugin of the engine at {engine} doesn't let {user} use it",
		todo:  "ask whoever set that plugin up (authorization-plugins in the engine's daemon.json)",
	},
	{
		area: AreaEngine, kind: "no engine", any: []string{"invalid character", "page not found", "malformed http", "server gave http response", "provided no error-message"},
		short: "not an engine",
		means: "what answers at {engine} isn't a Docker engine",
		todo:  "check the address: docker context ls and DOCKER_HOST say where the engine is",
	},
	{
		area: AreaEngine, kind: "no context", any: []string{"docker context \""}, short: "no such context",
		means: "the docker context in use can't be read",
		todo:  "docker context ls names those there are; docker context use default chooses this machine's engine",
	},
	{
		area: AreaEngine, kind: "no certificate", any: []string{"ca.pem", "cert.pem", "key.pem", "x509:", "tls:"}, short: "no TLS",
		means: "the engine at {engine} and this user don't agree on certificates",
		todo:  "check DOCKER_CERT_PATH and DOCKER_TLS_VERIFY, or unset them together with DOCKER_HOST",
	},
	{
		area: AreaEngine, kind: "late", any: []string{"resource temporarily unavailable"}, short: "no answer",
		means: "more wait at {engine} than it lets in",
		todo:  "see what holds it (journalctl -u docker -e), and who asks it so much",
	},
	{
		area: AreaEngine, kind: "named engine away", any: []string{
			"no such file", "connection refused", "cannot connect to the docker daemon", "connect: ", "no such host", "error during connect",
		}, only: isNamed, short: "not there",
		means: "nothing answers at {engine}, which {named} says",
		todo:  "for this machine's own engine unset DOCKER_HOST and docker context use default; or start the one that is named",
	},
	{
		area: AreaEngine, kind: "late", any: []string{"gave no answer", "deadline exceeded", "i/o timeout"}, short: "no answer",
		means: "the engine at {engine} takes connections and doesn't answer",
		todo:  "see what holds it (journalctl -u docker -e); sudo systemctl restart docker ends what it runs unless live-restore is on",
	},
	{
		area: AreaEngine, kind: "not there", any: []string{
			"no such file", "connection refused", "cannot connect to the docker daemon", "connect: ", "no such host",
		}, short: "not running",
		means: "no engine runs at {engine}",
		todo:  "start it (sudo systemctl start docker), or install it (sudo apt-get install docker.io)",
	},
	{
		area: AreaEngine, kind: "went away", any: []string{"eof", "connection reset", "broken pipe"}, short: "went away",
		means: "the engine at {engine} ended the connection: it ends, or starts again",
		todo:  "berth looks for it by itself; where it stays away, journalctl -u docker -e says why",
	},

	{
		area: AreaLedger, kind: "disk full", any: []string{"no space left", "database or disk is full", "(4874)", "(13)", "disk quota exceeded"},
		means: "no space left in {folder}",
		todo:  "make room there (df -h {folder}); what runs goes on",
	},
	{
		area: AreaLedger, kind: "no folder", any: []string{"file exists", "not a directory", "is a directory"},
		means: "something else stands where the ledger in {folder} should be",
		todo:  "move it away (ls -l {folder}), or choose another folder: --home or BERTH_HOME",
	},
	{
		area: AreaLedger, kind: "no locks", any: []string{"locking protocol", "(3850)", "(15)", "no locks available", "enolck"},
		means: "the file system of {folder} can't lock files, as some that lie on the network",
		todo:  "choose a folder on a disk of this machine: --home or BERTH_HOME; sudo berth setup makes /var/lib/berth",
	},
	{
		area: AreaLedger, kind: "disk errors", any: []string{"disk i/o error", "input/output error"},
		means: "the disk under {folder} answers with errors",
		todo:  "see dmesg and df -h {folder}; what runs goes on",
	},
	{
		area: AreaLedger, kind: "read-only", any: []string{"readonly database", "read-only file system"},
		means: "{folder} can't be written",
		todo:  "see who may (ls -ld {folder}), and whether its file system is mounted read-only",
	},
	{
		area: AreaLedger, kind: "damaged", any: []string{"malformed", "not a database", "no such table", "no such column"},
		means: "the ledger's file in {folder} is damaged",
		todo:  "move berth.db and its neighbours away: the next keeper rebuilds it from the containers' labels",
	},
	{
		area: AreaLedger, kind: "held", any: []string{"database is locked", "database table is locked", "sqlite_busy"},
		means: "another process holds the ledger in {folder} for longer than it should",
		todo:  "see which (sudo fuser -v {folder}/berth.db)",
	},
	{
		area: AreaLedger, kind: "out of reach", any: []string{"unable to open database file", "permission denied", "operation not permitted"},
		means: "the ledger in {folder} can't be opened by this user",
		todo: "see who may (ls -ld {folder}) and join that group; sudo berth setup makes one for all users of the machine, " +
			"and --home or BERTH_HOME names one of your own",
	},
	{
		area: AreaLedger, kind: "not made", any: []string{"no such file or directory"},
		means: "no ledger can be made in {folder}",
		todo:  "choose a folder that files can be kept in: --home or BERTH_HOME",
	},

	{
		area: AreaFile, kind: "disk full", any: []string{"no space left on device", "disk quota exceeded"},
		means: "{path}: the disk that it lies on is full",
		todo:  "make room there (df -h says how much there is)",
	},
	{
		area: AreaFile, kind: "read-only", any: []string{"read-only file system"},
		means: "{path}: its file system can only be read",
		todo:  "choose another place, or mount it for writing",
	},
	{
		area: AreaFile, kind: "not allowed", any: []string{"permission denied", "operation not permitted"},
		means: "{path}: this user may not {verb} it",
		todo:  "see who may (namei -l {path}), and do it as who may",
	},
	{
		area: AreaFile, kind: "not there", any: []string{"no such file or directory"},
		means: "{path}: there is no such file or folder",
		todo:  "check the name, and where it is meant from",
	},
	{
		area: AreaFile, kind: "other kind", any: []string{"not a directory", "is a directory", "file exists", "directory not empty"},
		means: "{path}: something of another kind stands there",
		todo:  "see what (ls -ld {path}), and choose another name or move it away",
	},
	{
		area: AreaFile, kind: "disk errors", any: []string{"input/output error", "stale file handle", "stale nfs file handle"},
		means: "{path}: the disk that it lies on answers with errors",
		todo:  "see dmesg, and whether it is still mounted",
	},
	{
		area: AreaFile, kind: "too many files", any: []string{"too many open files"},
		means: "this process has as many files open as it may",
		todo:  "raise the limit (ulimit -n), then begin again",
	},
	{
		area: AreaFile, kind: "name", any: []string{"file name too long", "too many levels of symbolic links"},
		means: "{path}: no file can be called so",
		todo:  "check the name, and where its links lead",
	},

	{
		area: AreaPort, kind: "taken by", any: []string{"address already in use"}, only: isHeld,
		means: "port {port} of this machine is taken by {holder}",
		todo:  "end that, or choose another",
	},
	{
		area: AreaPort, kind: "taken", any: []string{"address already in use"},
		means: "port {port} of this machine is taken",
		todo:  "see by whom (sudo ss -ltnp 'sport = :{port}'); end that, or choose another",
	},
	{
		area: AreaPort, kind: "not allowed", any: []string{"permission denied"},
		means: "this user may not listen on port {port}",
		todo:  "choose one of 1024 or above",
	},
	{
		area: AreaPort, kind: "no such address", any: []string{"cannot assign requested address"},
		means: "this machine doesn't have the address that the API shall listen on",
		todo:  "correct listen in config.toml",
	},
}
