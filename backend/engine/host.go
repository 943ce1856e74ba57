package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/docker/client"
)

// A host is an engine's address, and the folder of the TLS certificates for it; empty: no TLS.
type host struct {
	url    string
	certs  string
	named  string // what named the address; empty: it is the default
	broken error  // why the setting that names it can't be read: then no call is made
}

// findHost returns the address where the docker command would find its engine: DOCKER_HOST, then the docker context in
// use, then the default socket, then the user's rootless socket if only that answers.
func findHost(ctx context.Context) host {
	if url := os.Getenv(client.EnvOverrideHost); url != "" {
		h := host{url: url, named: client.EnvOverrideHost}
		if os.Getenv(client.EnvTLSVerify) != "" {
			h.certs = certFolder()
		}
		return h
	}
	if name := contextName(); name != "" && name != "default" {
		h, err := contextHost(name)
		if h.named = "the docker context " + name; err != nil {
			h.url, h.broken = client.DefaultDockerHost, err
		}
		return h
	}
	if rootless := rootlessSocket(); answers(ctx, rootless) && !answers(ctx, client.DefaultDockerHost) {
		return host{url: rootless}
	}
	return host{url: client.DefaultDockerHost}
}

// dockerFolder returns the folder of the docker command's settings.
func dockerFolder() string {
	if dir := os.Getenv("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".docker")
}

func certFolder() string {
	if dir := os.Getenv(client.EnvOverrideCertPath); dir != "" {
		return dir
	}
	return dockerFolder()
}

// contextName returns the docker context in use; empty if none was ever chosen.
func contextName() string {
	if name := os.Getenv("DOCKER_CONTEXT"); name != "" {
		return name
	}
	var settings struct {
		CurrentContext string `json:"currentContext"`
	}
	text, err := os.ReadFile(filepath.Join(dockerFolder(), "config.json"))
	if err != nil || json.Unmarshal(text, &settings) != nil {
		return "" // no settings, or settings that the docker command would refuse too
	}
	return settings.CurrentContext
}

// contextHost reads the endpoint of a docker context. Its folder is named after the SHA-256 of the context's name.
func contextHost(name string) (host, error) {
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	file := filepath.Join(dockerFolder(), "contexts", "meta", id, "meta.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return host{}, fmt.Errorf("docker context %q: %w", name, err)
	}
	if err := json.Unmarshal(text, &meta); err != nil {
		return host{}, fmt.Errorf("docker context %q: %s: %w", name, file, err)
	}
	h := host{url: meta.Endpoints["docker"].Host}
	if h.url == "" {
		return host{}, fmt.Errorf("docker context %q names no engine", name)
	}
	certs := filepath.Join(dockerFolder(), "contexts", "tls", id, "docker")
	if _, err := os.Stat(filepath.Join(certs, "ca.pem")); err == nil {
		h.certs = certs
	}
	return h, nil
}

// rootlessSocket returns the socket of a user's own dockerd.
func rootlessSocket() string {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = fmt.Sprintf("/run/user/%d", os.Getuid())
	}
	return "unix://" + filepath.Join(dir, "docker.sock")
}

// answers reports whether something listens on a socket and accepts us. A local socket answers at once or never.
func answers(ctx context.Context, url string) bool {
	d := net.Dialer{Timeout: time.Second}
	conn, err := d.DialContext(ctx, "unix", strings.TrimPrefix(url, "unix://"))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
