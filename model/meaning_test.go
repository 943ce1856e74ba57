package model

import (
	"errors"
	"strings"
	"testing"
)

func TestTheWordsOfOthersAreExplained(t *testing.T) {
	about := Subject{Image: "ghcr.io/lab/train:2", Folder: "/var/lib/berth", Engine: "unix:///run/docker.sock", User: "maria", Group: "docker", Port: "20000"}
	login := about
	login.Registry = "ghcr.io"
	asked := about
	asked.Asked = "1.99"
	named := about
	named.Named = "DOCKER_HOST"
	joined, closed, ungrouped := about, about, about
	joined.Joined, closed.Private, ungrouped.Group = true, true, ""
	for _, tt := range []struct {
		area  Area
		words string
		about Subject
		kind  string
		says  []string
	}{
		{AreaStart, "request returned 500 Internal Server Error for API route and version http://x/containers/c/archive?path=%2Fx, check if the server supports the requested API version", about, "no words", []string{"its disk is full"}},
		{AreaPull, "unauthorized", about, "login wanted", []string{"ghcr.io/lab/train:2", "berth account registry add ghcr.io", "--registry ghcr.io"}},
		{AreaPull, "unauthorized: authentication required", login, "login refused", []string{"doesn't accept the login", "add ghcr.io"}},
		{AreaPull, "denied: requested access to the resource is denied", about, "denied", []string{"no such image, or it is private"}},
		{AreaPull, "pull access denied for x, repository does not exist or may require 'docker login'", login, "denied", []string{"the login for ghcr.io"}},
		{AreaPull, "manifest unknown", about, "no such tag", []string{"no such tag"}},
		{AreaPull, "error unmarshalling content: invalid character '<' looking for beginning of value", about, "web page", []string{"captive portal"}},
		{AreaPull, "failed to register layer: Error processing tar file(exit status 1): archive/tar: invalid tar header", about, "zstd", []string{"Docker 23"}},
		{AreaPull, "toomanyrequests: You have reached your pull rate limit.", about, "rate limit", []string{"log in"}},
		{AreaPull, "no matching manifest for linux/amd64 in the manifest list entries", about, "other processor", nil},
		{AreaPull, `Get "https://ghcr.io/v2/": dial tcp: lookup ghcr.io: no such host`, about, "no such host", []string{"named ghcr.io"}},
		{AreaPull, `Get "https://ghcr.io/v2/": x509: certificate signed by unknown authority`, about, "certificate", []string{"certs.d/ghcr.io/ca.crt"}},
		{AreaPull, `Get "https://ghcr.io/v2/": http: server gave HTTP response to HTTPS client`, about, "plain http", nil},
		{AreaPull, `Head "https://ghcr.io/v2/": dial tcp: lookup login.lab on 127.0.0.53:53: no such host`, about, "no such host", []string{"named login.lab"}},
		{AreaPull, `Get "https://cdn.lab/v2/": x509: certificate has expired`, about, "certificate", []string{"certs.d/cdn.lab/ca.crt"}},
		{AreaPull, `Get "https://auth.lab/token": dial tcp 10.0.0.1:443: i/o timeout`, about, "out of reach", []string{"auth.lab isn't reached"}},
		{AreaPull, `Get "http://127.0.0.1:5918/v2/": context deadline exceeded`, about, "silent", []string{"127.0.0.1:5918 takes connections and doesn't answer"}},
		{AreaPull, `Get "https://reg.lab/v2/": net/http: request canceled (Client.Timeout exceeded while awaiting headers)`, about, "silent", []string{"reg.lab takes"}},
		{AreaPull, `error parsing HTTP 429 response body: unexpected end of JSON input: ""`, about, "rate limit", nil},
		{AreaPull, `error parsing HTTP 404 response body: invalid character '<' looking for beginning of value: "<html>"`, about, "no such tag", nil},
		{AreaPull, `error parsing HTTP 403 response body: invalid character '<' looking for beginning of value: "<html>"`, about, "turned away", []string{"curl -i https://ghcr.io/v2/"}},
		{AreaPull, `error parsing HTTP 407 response body: unexpected end of JSON input: ""`, about, "proxy wants a login", []string{"HTTPS_PROXY"}},
		{AreaPull, `error parsing HTTP 400 response body: unexpected end of JSON input: ""`, about, "no registry", nil},
		{AreaPull, "json: cannot unmarshal array into Go value of type schema2.Manifest", about, "no registry", []string{"charts"}},
		{AreaPull, `Head "/v2/x/manifests/1": stopped after 10 redirects`, about, "no registry", nil},
		{AreaPull, "missing signature key", about, "no registry", nil},
		{AreaPull, "unexpected EOF", about, "broken off", []string{"start it again"}},
		{AreaPull, "filesystem layer verification failed for digest sha256:0", about, "damaged", nil},
		{AreaPull, "expected HTTP 206 from byte range request", about, "broken off", []string{"ghcr.io/lab/train:2"}},
		{AreaPull, "manifest invalid", about, "no registry", nil},
		{AreaPull, "name invalid", about, "name", []string{"lower case"}},
		{AreaPull, `failed to resolve reference "docker.io/x/y:1": docker.io/x/y:1: not found`, about, "no such tag", nil},
		{AreaPull, "failed to register layer: failed to Lchown \"/x\" for UID 1000000000: potentially insufficient UIDs or GIDs available in user namespace", about, "subordinate IDs", []string{"/etc/subuid"}},
		{AreaPull, "unknown blob", about, "incomplete", nil},
		{AreaPull, "failed commit on ref: unexpected commit digest sha256:1, expected sha256:2: failed precondition", about, "damaged", nil},
		{AreaPull, `Get "https://ghcr.io/v2/": remote error: tls: handshake failure`, about, "tls", []string{"curl -v https://ghcr.io/v2/"}},
		{AreaPull, `Get "https://ghcr.io/v2/": dial tcp 10.0.0.1:443: connect: connection timed out`, about, "out of reach", nil},
		{AreaPull, "write /var/lib/docker/tmp/GetImageBlob1: input/output error", about, "disk errors", []string{"dmesg"}},
		{AreaPull, "failed to register layer: rename /var/lib/docker/image/a /var/lib/docker/image/b: file exists", about, "engine's store", []string{"docker rmi ghcr.io/lab/train:2"}},
		{AreaStart, "failed to create endpoint C.1000 on network berth: failed to add the host (veth1) <=> sandbox (veth2) pair interfaces: operation not supported", about, "kernel was renewed", []string{"reboot"}},
		{AreaStart, "driver failed programming external connectivity on endpoint C.1000: (iptables failed: iptables --wait -t nat -A DOCKER: iptables: No chain/target/match by that name. (exit status 1))", about, "firewall rules", []string{"systemctl restart docker"}},
		{AreaStart, "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network", about, "no addresses", []string{"docker network prune"}},
		{AreaStart, "connection error: desc = \"transport: error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused\"", about, "no containerd", []string{"restart containerd"}},
		{AreaStart, "task 45ff2cc4: already exists", about, "left behind", []string{"pkill -f containerd-shim"}},
		{AreaStart, `could not select device driver "nvidia" with capabilities: [[gpu]]`, about, "no toolkit", []string{"nvidia-ctk runtime configure"}},
		{AreaStart, "nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown", about, "driver gone", []string{"modprobe nvidia"}},
		{AreaStart, "nvidia-container-cli: initialization error: driver rpc error: timed out: unknown", about, "driver is slow", []string{"persist"}},
		{AreaStart, "nvidia-container-cli: device error: GPU-1: unknown device: unknown", about, "GPU gone", []string{"nvidia-smi -L"}},
		{AreaStart, `error gathering device information while adding custom device "/dev/nvidia3": no such file or directory`, about, "GPU gone", []string{"nvidia-modprobe"}},
		{AreaStart, `OCI runtime create failed: error mounting "/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14" to rootfs at "/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14": stat: no such file or directory: unknown`, about, "driver's files", []string{"nvidia-ctk cdi generate"}},
		{AreaStart, `invalid mount config for type "bind": bind source path does not exist: /srv/data`, about, "nothing to mount", []string{"berth doctor"}},
		{AreaStart, "AppArmor enabled on system but the docker-default profile could not be loaded: running `apparmor_parser` failed", about, "apparmor", nil},
		{AreaStart, "mkdir /sys/fs/cgroup/memory/docker/1: no space left on device: unknown", about, "cgroups full", nil},
		{AreaStart, "cgroups: cgroup mountpoint does not exist: unknown", about, "cgroups", []string{"docker info"}},
		{AreaStart, "fork/exec /usr/bin/containerd-shim-runc-v2: cannot allocate memory", about, "no memory", []string{"free -h"}},
		{AreaStart, "error creating overlay mount to /var/lib/docker/overlay2/1/merged: too many levels of symbolic links", about, "engine's store", []string{"docker rmi"}},
		{AreaStart, "write /var/lib/docker/containers/1/config.v2.json: no space left on device", about, "disk full", nil},
		{AreaStart, "no such image: UPPER/x:1: invalid reference format: repository name must be lowercase", about, "name", []string{"lower case"}},
		{AreaStart, "putting files in: the engine says: chmod .berth: via /proc/self/fd/38: no such file or directory", about, "engine above its kernel", []string{"6.6", "uname -r"}},
		{AreaStart, "No command specified", about, "no such program", nil},
		{AreaEngine, "dial unix /run/docker.sock: connect: resource temporarily unavailable", named, "late", []string{"lets in"}},
		{AreaLedger, "locking protocol (15)", about, "no locks", []string{"--home"}},
		{AreaLedger, "disk I/O error (3850)", about, "no locks", nil},
		{AreaStart, "exec /bin/sh: exec format error", about, "other processor", nil},
		{AreaStart, `exec: "trian": executable file not found in $PATH: unknown`, about, "no such program", []string{"entrypoint"}},
		{AreaStart, "nvidia-container-cli: initialization error: nvml error: driver/library version mismatch: unknown", about, "driver and library differ", []string{"reboot"}},
		{AreaStart, "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.6", about, "newer driver wanted", nil},
		{AreaEngine, "permission denied while trying to connect to the Docker daemon socket at unix:///run/docker.sock", about, "no access", []string{"sudo usermod -aG docker maria"}},
		{AreaEngine, "dial unix /run/docker.sock: connect: permission denied", joined, "no access yet", []string{"maria is in the group docker", "log in again", "tmux"}},
		{AreaEngine, "dial unix /run/docker.sock: connect: permission denied", closed, "another's engine", []string{"unset DOCKER_HOST"}},
		{AreaEngine, "dial unix /run/docker.sock: connect: permission denied", ungrouped, "no group", []string{"groupadd -f docker", "usermod -aG docker maria"}},
		{AreaEngine, "client version 1.99 is too new. Maximum supported API version is 1.48", asked, "api version", []string{"unset DOCKER_API_VERSION"}},
		{AreaEngine, "client version 1.51 is too old. Minimum supported API version is 1.90", about, "engine too new", []string{"renew berth"}},
		{AreaEngine, "page not found", asked, "api version", []string{"1.99", "unset DOCKER_API_VERSION"}},
		{AreaEngine, "unexpected EOF", about, "went away", []string{"journalctl"}},
		{AreaEngine, "API returned a 404 (Not Found) but provided no error-message", about, "no engine", []string{"DOCKER_HOST"}},
		{AreaEngine, "404 page not found", about, "no engine", []string{"docker context ls"}},
		{AreaEngine, "Error reading remote info: invalid character '<' looking for beginning of value", about, "no engine", nil},
		{AreaEngine, "its version is 5.4.2, and berth needs Docker's, 20.10 or later", about, "not Docker", []string{"Podman isn't supported", "DOCKER_HOST"}},
		{AreaEngine, "authorization denied by plugin opa: no", about, "refused", []string{"maria"}},
		{AreaEngine, "dial unix /run/docker.sock: connect: no such file or directory", about, "not there", []string{"systemctl start docker"}},
		{AreaEngine, "dial unix /run/docker.sock: connect: no such file or directory", named, "named engine away", []string{"which DOCKER_HOST says", "unset DOCKER_HOST"}},
		{AreaEngine, `docker context "lab": open meta.json: no such file or directory`, named, "no context", []string{"docker context ls"}},
		{AreaEngine, "the engine gave no answer to info within 20s", about, "late", []string{"journalctl"}},
		{AreaLedger, "disk I/O error (4874)", about, "disk full", []string{"no space left in /var/lib/berth"}},
		{AreaLedger, "database or disk is full (13)", about, "disk full", nil},
		{AreaLedger, "disk I/O error (266)", about, "disk errors", nil},
		{AreaLedger, "database disk image is malformed (11)", about, "damaged", []string{"rebuilds it"}},
		{AreaLedger, "SQL logic error: no such table: instances (1)", about, "damaged", nil},
		{AreaLedger, "mkdir /var/lib/berth: file exists", about, "no folder", []string{"--home"}},
		{AreaLedger, "key of labels: write .labels.key-1: no space left on device", about, "disk full", nil},
		{AreaLedger, "database is locked (5) (SQLITE_BUSY)", about, "held", []string{"fuser"}},
		{AreaLedger, "attempt to write a readonly database (8)", about, "read-only", nil},
		{AreaPull, "layers from manifest don't match image configuration", about, "broken image", []string{"ghcr.io/lab/train:2"}},
		{AreaPull, "invalid rootfs in image configuration", about, "broken image", nil},
		{AreaPull, "invalid character 'o' in literal null (expecting 'u')", about, "broken image", nil},
		{AreaPull, "failed to unpack image on snapshotter overlayfs: wrong diff id calculated on extraction \"sha256:1\"", about, "broken image", nil},
		{AreaPull, "failed to register layer: Error processing tar file(exit status 1): link /a /b: no such file or directory", about, "broken image", []string{"can't unpack it"}},
		{AreaPull, "failed to register layer: Error processing tar file(exit status 1): write /f: no space left on device", about, "disk full", nil},
		{AreaPull, "failed to extract layer sha256:1: write /var/lib/containerd/x: no space left on device: unknown", about, "disk full", nil},
		{AreaPull, "EOF", about, "broken off", nil},
		{AreaPull, `Get "https://ghcr.io/v2/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH_9"`, about, "no registry", []string{"curl -i"}},
		{AreaPull, "missing or empty Content-Type header", about, "no registry", nil},
		{AreaPull, `image operating system "windows" cannot be used on this platform`, about, "other system", []string{"Linux"}},
		{AreaPull, "mediaType in manifest should be 'application/vnd.docker.distribution.manifest.v2+json' not 'application/vnd.oci.image.manifest.v1+json'", about, "engine too old", []string{"renew the engine"}},
		{AreaPull, "manifest unknown: OCI index found, but Accept header does not support OCI indexes", about, "engine too old", nil},
		{AreaPull, "unknown: current image without vulnerability scanning cannot be pulled due to configured policy", about, "withheld", []string{"for the reason"}},
		{AreaPull, "unknown: artifact lab/train:2 not found", about, "no such tag", nil},
		{AreaPull, "pull access denied for x, repository does not exist or may require 'docker login': denied: The account has exceeded its monthly bandwidth", about, "withheld", nil},
		{AreaPull, "pull access denied for x, repository does not exist or may require 'docker login': denied: image blocked: Xray", login, "withheld", nil},
		{AreaPull, "denied: Your authorization token has expired. Reauthenticate and try again.", login, "login ran out", []string{"add ghcr.io"}},
		{AreaPull, "The repository with name 'train' does not exist in the registry with id '1'", about, "no such tag", nil},
		{AreaPull, "failed to copy: content at https://ghcr.io/v2/x/manifests/sha256:1 not found: not found", about, "incomplete", nil},
		{AreaPull, "ref layer-sha256:1 locked for 2.1s (since 10:00): unavailable", about, "busy", nil},
		{AreaPull, "stream error: stream ID 7; INTERNAL_ERROR; received from peer", about, "broken off", nil},
		{AreaPull, `Get "https://ghcr.io/v2/": dial tcp 10.0.0.1:443: connect: operation not permitted`, about, "out of reach", nil},
		{AreaPull, `Get "https://ghcr.io/v2/": dial tcp: lookup ghcr.io: socket: too many open files`, about, "too many files", nil},
		{AreaPull, "failed to read expected number of bytes: unexpected EOF", about, "broken off", nil},
		{AreaStart, "failed to mount overlay: no such device", about, "kernel was renewed", []string{"reboot"}},
		{AreaStart, "OCI runtime create failed: fork/exec /proc/self/exe: no such file or directory: unknown", about, "engine was renewed", nil},
		{AreaStart, "failed to create shim task: context deadline exceeded: unknown", about, "late", nil},
		{AreaStart, "nvidia-container-cli: container error: cgroup subsystem devices not found: unknown", about, "toolkit too old", []string{"renew nvidia-container-toolkit"}},
		{AreaStart, "nvidia-container-cli: ldcache error: open failed: /sbin/ldconfig.real: no such file or directory: unknown", about, "toolkit too old", nil},
		{AreaStart, "nvidia-container-cli: initialization error: nvml error: insufficient permissions: unknown", about, "no right to the driver", nil},
		{AreaStart, "error while creating mount source path '/srv/data': mkdir /srv/data: read-only file system", about, "nothing to mount", nil},
		{AreaStart, "mounting \"/srv/x\" to rootfs at \"/x\" caused: mount through procfd: not a directory: unknown", about, "nothing to mount", nil},
		{AreaStart, `exec: "/etc": is a directory: unknown`, about, "not executable", nil},
		{AreaStart, "exec /bin/sh: argument list too long: unknown", about, "too long", []string{"on-start"}},
		{AreaStart, "unshare: operation not permitted: unknown", about, "engine without rights", nil},
		{AreaStart, "network berth not found", about, "no network", nil},
		{AreaLedger, "write /var/lib/berth/x: disk quota exceeded", about, "quota", []string{"quota -s"}},
		{AreaLedger, "open /var/lib/berth/x: too many open files", about, "too many files", nil},
		{AreaLedger, "open /var/lib/berth/x: stale file handle", about, "disk errors", nil},
		{AreaPort, "listen tcp 127.0.0.1:20000: bind: address already in use", about, "taken", []string{"port 20000", "ss -ltnp"}},
	} {
		cause := errors.New(tt.words)
		m, known := MeaningOf(tt.area, tt.words, tt.about)
		if !known || m.Kind != tt.kind {
			t.Errorf("%q is of the kind %q, want %q", tt.words, m.Kind, tt.kind)
			continue
		}
		err := Explained(tt.area, cause, tt.about)
		if !errors.Is(err, cause) || !strings.HasSuffix(err.Error(), "("+tt.words+")") {
			t.Errorf("the raw words are gone from %q", err)
		}
		for _, part := range tt.says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q doesn't say %q", err, part)
			}
		}
		if again := Explained(tt.area, err, tt.about); again.Error() != err.Error() {
			t.Errorf("explained twice: %q", again)
		}
	}
}

func TestWordsThatNobodyKnowsStayAsTheyAre(t *testing.T) {
	cause := errors.New("something else")
	for _, area := range []Area{AreaPull, AreaStart, AreaEngine, AreaLedger, AreaPort} {
		if got := Explained(area, cause, Subject{}); got.Error() != "something else" {
			t.Errorf("%s: %q", area, got)
		}
		if Explained(area, nil, Subject{}) != nil {
			t.Errorf("%s: no error became one", area)
		}
	}
}

func TestEveryRowSaysWhatItMeansAndWhatToDo(t *testing.T) {
	for row := range meanings() {
		if row.kind == "" || row.means == "" || row.todo == "" || len(row.any) == 0 {
			t.Errorf("a row says too little: %+v", row)
		}
		for _, words := range row.any {
			if words != strings.ToLower(words) {
				t.Errorf("%s: %q has capitals, and would never be found", row.kind, words)
			}
		}
		if (row.area == AreaEngine) != (row.short != "") {
			t.Errorf("%s: a header says %q", row.kind, row.short)
		}
	}
}

func TestAnImageComesFromAHost(t *testing.T) {
	for image, want := range map[string]string{
		"ubuntu": "docker.io", "pytorch/pytorch:2": "docker.io", "ghcr.io/a/b": "ghcr.io", "127.0.0.1:5000/x:1": "127.0.0.1:5000",
		"localhost/x": "localhost",
	} {
		if got := RegistryOf(image); got != want {
			t.Errorf("%s comes from %s", image, got)
		}
	}
}
