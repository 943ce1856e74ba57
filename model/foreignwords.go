package model

// foreignWords are the errors of others that people meet, what they mean and what to do. Rows that are more special come
// first. docs/troubleshooting.md has a paragraph for each kind.
var foreignWords = []foreignRow{
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
		area: AreaPull, kind: "damaged", any: []string{"verification failed", "unexpected digest", "does not match digest", "gzip: invalid", "gzip: invalid header"},
		means: "{image}: what arrived isn't what {host} announced",
		todo:  "start it again; where it happens each time, something between changes what passes, or the image is broken",
	},
	{
		area: AreaPull, kind: "plain http", any: []string{"server gave http response to https client"},
		means: "{image}: {server} doesn't speak TLS",
		todo:  "give it a certificate, or list it under insecure-registries in the engine's settings (daemon.json)",
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
		area: AreaPull, kind: "out of reach", any: []string{
			"connection refused", "network is unreachable", "no route to host", "i/o timeout", "tls handshake timeout",
			"client.timeout exceeded", "deadline exceeded", "proxyconnect",
		},
		means: "{image}: {server} isn't reached from here",
		todo:  "check this machine's network, and the engine's proxy settings",
	},
	{
		area: AreaPull, kind: "broken off", any: []string{"unexpected eof", "connection reset", "broken pipe", "http2: ", ": eof", "retrying"},
		means: "{image}: the connection to {server} broke off",
		todo:  "start it again: what has arrived is kept",
	},
	{
		area: AreaPull, kind: "no registry", any: []string{
			"parsing http 4", "unexpected end of json input", "cannot unmarshal", "missing signature key", "stopped after 10 redirects",
			"unsupported", "mediatype", "media type",
		},
		means: "{image}: {host} answers with something that isn't an image",
		todo:  "check the name (charts and models are kept in registries too), and that {host} is a registry: curl -i https://{host}/v2/",
	},

	{
		area: AreaStart, kind: "other processor", any: []string{"exec format error"},
		means: "{image}: its program isn't made for this machine's processor",
		todo:  "use an image that is",
	},
	{
		area: AreaStart, kind: "no such program", any: []string{"executable file not found", "no such file or directory: unknown"},
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
		area: AreaEngine, kind: "no access", any: []string{"permission denied"}, short: "no access",
		means: "{user} may not use the engine at {engine}",
		todo:  "run sudo usermod -aG docker {user}, then log in again",
	},
	{
		area: AreaEngine, kind: "api version", any: []string{"is too new", "is too old", "maximum supported api version", "minimum supported api version", "page not found"},
		only: isAsked, short: "wrong API version",
		means: "the engine at {engine} doesn't speak the version {asked} of its API, which DOCKER_API_VERSION asks for",
		todo:  "unset DOCKER_API_VERSION, or renew the engine (Docker 20.10 or newer)",
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
		area: AreaEngine, kind: "no engine", any: []string{"invalid character", "page not found", "malformed http", "server gave http response"},
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
		area: AreaLedger, kind: "out of reach", any: []string{"unable to open database file", "permission denied"},
		means: "the ledger in {folder} can't be opened by this user",
		todo:  "see who may (ls -ld {folder}); sudo berth setup makes one for all users of the machine",
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
