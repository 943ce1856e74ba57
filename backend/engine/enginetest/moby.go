package enginetest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// buildsVar lets tests build engines that no package has. That takes some six minutes of two cores, once for each machine.
const buildsVar = "BERTH_TEST_ENGINES"

// Newest is the newest dockerd that this machine can have without building one.
func Newest(t testing.TB) string {
	t.Helper()
	if os.Getenv(buildsVar) != "" || isFile(filepath.Join(cacheDir(t), "docker-29", "dockerd")) {
		return Docker29(t)
	}
	return Newer(t, "28.5.2")
}

// Docker29 is the path of a dockerd 29 for Private, which is in no package of Debian's.
func Docker29(t testing.TB) string {
	t.Helper()
	return moby(t, "v2.0.0-beta.24", "29")
}

// moby is a dockerd that is built from a version of its Go module, and says that it is of another. Docker 29 wants a runc that knows time namespaces, which is built beside it. Both are kept
// in the user's cache folder. They run with the containerd that is installed.
func moby(t testing.TB, module, version string) string {
	t.Helper()
	dir := filepath.Join(cacheDir(t), "docker-"+version)
	unlock := lock(t, dir+".lock") // other packages' tests may want it now too
	defer unlock()
	dockerd := filepath.Join(dir, "dockerd")
	if isFile(dockerd) {
		return dockerd
	}
	if os.Getenv(buildsVar) == "" {
		t.Skipf("dockerd %s is in no package: make test-engines builds it", version)
	}
	if err := compile(module, version, dir); err != nil {
		Skip(t, fmt.Sprintf("dockerd %s couldn't be built: %v", version, err))
	}
	return dockerd
}

// compile builds the daemon and its proxy, and the runc that they want. The folder appears whole or not at all.
func compile(version, says, dir string) error {
	work, err := os.MkdirTemp(filepath.Dir(dir), "build-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	const moby, runc = "github.com/moby/moby/v2", "github.com/opencontainers/runc"
	found := filepath.Join(work, "found")
	if err := os.Mkdir(found, 0o755); err != nil {
		return err
	}
	err = buildIn(filepath.Join(work, "engine"),
		[]string{"get", moby + "/cmd/dockerd@" + version, moby + "/cmd/docker-proxy@" + version},
		[]string{"build", "-ldflags", "-s -w -X " + moby + "/dockerversion.Version=" + says, "-o", found, moby + "/cmd/dockerd", moby + "/cmd/docker-proxy"})
	if err != nil {
		return err
	}
	err = buildIn(filepath.Join(work, "runc"),
		[]string{"get", runc + "@v1.3.6"},
		[]string{"build", "-tags", "seccomp", "-ldflags", "-s -w", "-o", found, runc}) // with the headers of libseccomp
	if err != nil {
		return err
	}
	return os.Rename(found, dir)
}

// buildIn runs go in a module of its own: two programs in one would share the versions of what they are built from.
func buildIn(module string, steps ...[]string) error {
	if err := os.Mkdir(module, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(module, "go.mod"), []byte("module engine\n\ngo 1.26.0\n"), 0o600); err != nil {
		return err
	}
	for _, words := range steps {
		c := online("go", words...)
		c.Dir = module
		c.Env = append(os.Environ(), "GOFLAGS=") // what berth is linked with isn't for this
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w: %s", words[0], err, lastBytes(out))
		}
	}
	return nil
}

func lastBytes(out []byte) []byte { return out[max(0, len(out)-500):] }
