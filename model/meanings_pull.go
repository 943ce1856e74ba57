package model

// pullMeanings are what registries, and the engine on the way to them, say of an image that can't be fetched.
var pullMeanings = []meaningRow{
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
		area: AreaPull, kind: "other system", any: []string{"cannot be used on this platform", "container os linux", "windows/amd64"},
		means: "{image}: it is made for another system than Linux",
		todo:  "use a tag that is made for linux",
	},
	{
		area: AreaPull, kind: "engine too old", any: []string{
			"accept header does not support", "not 'application/vnd.oci.image", "not 'application/vnd.docker.distribution.manifest.list",
		},
		means: "{image}: this engine is too old for the form in which it is kept",
		todo:  "renew the engine (Docker 20.10 or newer), or use a tag that was pushed in Docker's own form",
	},
	{
		area: AreaPull, kind: "too many files", any: []string{"too many open files"},
		means: "{image}: the engine has as many files open as it may",
		todo:  "raise LimitNOFILE of docker.service, then restart it",
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
		area: AreaPull, kind: "no such tag", any: []string{
			"parsing http 404", "manifest unknown", "manifest_unknown", "manifest for", "name unknown", "does not exist in the registry",
		},
		means: "{image}: {host} has no such tag, or no such image",
		todo:  "check the name and the tag, after the colon, on the registry's own page",
	},
	{
		area: AreaPull, kind: "no such tag", any: []string{" not found"}, also: "artifact",
		means: "{image}: {host} has no such tag, or no such image",
		todo:  "check the name and the tag, after the colon, on the registry's own page",
	},
	{
		area: AreaPull, kind: "incomplete", any: []string{": not found"}, also: "content at ",
		means: "{image}: {host} has lost a part of it",
		todo:  "have its maker push it again, or use another tag",
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
		area: AreaPull, kind: "login ran out", any: []string{"token has expired", "token expired", "session has expired"}, only: hasLogin,
		means: "{image}: the login for {login} has run out",
		todo:  "renew it: berth account registry add {login}",
	},
	{
		area: AreaPull, kind: "withheld", any: []string{
			"exceeded", "quota", "suspended", "blocked", "vulnerab", "policy", "billing", "payment", "embargo", "your region", "your country", "license", "terms of",
		}, also: "denied: ",
		means: "{image}: {host} doesn't give it out, for the reason that its words end with",
		todo:  "ask whoever keeps {host}, or the image",
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
		area: AreaPull, kind: "broken image", any: []string{
			"don't match image configuration", "invalid rootfs in image", "mismatched image rootfs", "wrong diff id", "number of layers and diffids",
			"invalid image config", "in literal null", "in literal true", "looking for beginning of object key",
		},
		means: "{image}: what it says of itself and what it holds don't fit together",
		todo:  "use another tag, or have its maker build and push it again",
	},
	{
		area: AreaPull, kind: "busy", any: []string{" locked for "}, also: "ref ",
		means: "{image}: the engine fetches it for somebody else already",
		todo:  "start it again in a minute; where it stays, restart containerd",
	},
	{
		area: AreaPull, kind: "damaged", any: []string{
			"verification failed", "unexpected digest", "does not match digest", "gzip: invalid", "failed size validation", "invalid checksum digest",
			"digest invalid", "flate: corrupt", "unexpected commit digest", "magic number mismatch", "zlib: invalid",
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
		area: AreaPull, kind: "engine's store", any: []string{"layer does not exist", "unable to find layer", "lease does not exist", "failed to register layer: rename", "max depth exceeded", "failed to get reader from content store"},
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
			"host is down", "cannot assign requested address", "connect: operation not permitted", "connect: permission denied",
		},
		means: "{image}: {server} isn't reached from here",
		todo:  "check this machine's network, and the engine's proxy settings",
	},
	{
		area: AreaPull, kind: "broken off", any: []string{"unexpected eof", "connection reset", "broken pipe", "http2: ", ": eof", "retrying", "http 206", "short read", "stream error", "closed network connection", "server closed idle connection"},
		means: "{image}: the connection to {server} broke off",
		todo:  "start it again: what has arrived is kept",
	},
	{
		area: AreaPull, kind: "no registry", any: []string{
			"parsing http 4", "unexpected end of json input", "cannot unmarshal", "missing signature key", "stopped after 10 redirects",
			"unsupported", "mediatype", "media type", "manifest invalid", "manifest_invalid", "manifest unverified", "malformed http", "missing or empty content-type",
		},
		means: "{image}: {host} answers with something that isn't an image",
		todo:  "check the name (charts and models are kept in registries too), and that {host} is a registry: curl -i https://{host}/v2/",
	},
	{
		area: AreaPull, kind: "broken image", any: []string{"error processing tar file", "failed to register layer", "failed to extract layer", "apply layer error"},
		means: "{image}: the engine can't unpack it",
		todo:  "see the words below; where they name no disk, have the image's maker push it again",
	},
	{
		area: AreaPull, kind: "withheld", any: []string{"unknown: "},
		means: "{image}: {host} doesn't give it out, for the reason that its words end with",
		todo:  "ask whoever keeps {host}, or the image",
	},
	{ // where a connection ends before any answer, that is all that is said
		area: AreaPull, kind: "broken off", any: []string{"eof"},
		means: "{image}: the connection to {server} broke off",
		todo:  "start it again: what has arrived is kept",
	},
}
