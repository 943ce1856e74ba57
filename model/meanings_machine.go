package model

// machineMeanings are what is said by the engine as a whole, by SQLite, and by the machine of its files and ports.
var machineMeanings = []meaningRow{
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
		area: AreaEngine, kind: "not Docker", any: []string{"and berth needs docker's"}, short: "not Docker",
		means: "the engine at {engine} isn't Docker's, or is older than Docker 20.10; Podman isn't supported",
		todo:  "set DOCKER_HOST to the socket of Docker 20.10 or newer",
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
		area: AreaLedger, kind: "quota", any: []string{"disk quota exceeded"},
		means: "this user's part of the disk under {folder} is used up, though the disk may have room",
		todo:  "make room among your own files (quota -s says how much you may have); what runs goes on",
	},
	{
		area: AreaLedger, kind: "disk full", any: []string{"no space left", "database or disk is full", "(4874)", "(13)"},
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
		area: AreaLedger, kind: "disk errors", any: []string{"disk i/o error", "input/output error", "stale file handle", "structure needs cleaning", "transport endpoint is not connected"},
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
		area: AreaLedger, kind: "too many files", any: []string{"too many open files"},
		means: "this process has as many files open as it may, and can't open the ledger in {folder}",
		todo:  "raise the limit (ulimit -n), then begin again",
	},
	{
		area: AreaLedger, kind: "no memory", any: []string{"out of memory", "cannot allocate memory"},
		means: "the machine has no memory left for the ledger in {folder}",
		todo:  "see what takes it (free -h), and stop that; what runs goes on",
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
		area: AreaFile, kind: "quota", any: []string{"disk quota exceeded"},
		means: "{path}: this user's part of the disk that it lies on is used up, though the disk may have room",
		todo:  "make room among your own files (quota -s says how much you may have), or ask whoever sets quotas there",
	},
	{
		area: AreaFile, kind: "no process", any: []string{"resource temporarily unavailable", "cannot allocate memory"}, also: "exec ",
		means: "{path}: there is no room for one more process",
		todo:  "end what isn't needed; ulimit -u and free -h say what this user and the machine have left",
	},
	{
		area: AreaFile, kind: "disk full", any: []string{"no space left on device"},
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
		area: AreaFile, kind: "disk errors", any: []string{
			"input/output error", "stale file handle", "stale nfs file handle", "structure needs cleaning", "bad message", "remote i/o error",
		},
		means: "{path}: the disk that it lies on answers with errors",
		todo:  "see dmesg, and whether it is still mounted",
	},
	{
		area: AreaFile, kind: "mount gone", any: []string{"transport endpoint is not connected", "host is down"},
		means: "{path}: what is mounted there doesn't answer any more",
		todo:  "findmnt -T {path} says what it is; unmount it (umount -l) and mount it again",
	},
	{
		area: AreaFile, kind: "login ran out", any: []string{"key has expired", "required key not available"},
		means: "{path}: this user's login to the file server ran out",
		todo:  "renew it (kinit), then begin again",
	},
	{
		area: AreaFile, kind: "in use", any: []string{"device or resource busy", "text file busy"},
		means: "{path}: something uses it",
		todo:  "see what (sudo fuser -v {path}), and end that",
	},
	{
		area: AreaFile, kind: "other processor", any: []string{"exec format error"},
		means: "{path}: it is no program for this machine",
		todo:  "see what it is (file {path}); a script begins with #! and its interpreter",
	},
	{
		area: AreaFile, kind: "too large", any: []string{"file too large"},
		means: "{path}: no file may be so large there",
		todo:  "see ulimit -f, and what its file system allows (4 GiB on FAT)",
	},
	{
		area: AreaFile, kind: "nobody listens", any: []string{"connection refused"},
		means: "{path}: nobody listens there any more",
		todo:  "begin what should (sudo systemctl status berth), or remove the socket that it left",
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
		area: AreaTerminal, kind: "disk full", any: []string{"no space left on device", "disk quota exceeded", "file too large"},
		means: "the file that the output goes to takes no more",
		todo:  "make room on its disk, or send the output elsewhere",
	},
	{
		area: AreaTerminal, kind: "nobody reads", any: []string{"broken pipe"},
		means: "whoever read the output has ended",
		todo:  "see what stands after the | in the command line",
	},
	{
		area: AreaTerminal, kind: "no terminal", any: []string{
			"no such device or address", "no such file or directory", "inappropriate ioctl for device", "permission denied", "bad file descriptor",
		},
		means: "this process has no terminal that it may use",
		todo:  "log in anew; through ssh add -t, through docker exec add -it, after su use script /dev/null",
	},
	{
		area: AreaTerminal, kind: "terminal gone", any: []string{"input/output error", "resource temporarily unavailable"},
		means: "the terminal is gone, or another program has it",
		todo:  "begin berth again in a terminal of its own; what runs goes on",
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
