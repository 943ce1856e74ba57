package engine

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/system"
)

// Whether the engine enforces disk sizes depends on what the storage driver reports in these rows.
func TestWhatADriverSaysOfItselfIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		rows        [][2]string
		backing     string
		snapshotter bool
	}{
		"overlay2 on ext4":         {[][2]string{{"Backing Filesystem", "extfs"}, {"Supports d_type", "true"}}, "extfs", false},
		"containerd's image store": {[][2]string{{"driver-type", "io.containerd.snapshotter.v1"}}, "", true},
		"btrfs":                    {[][2]string{{"Build Version", "Btrfs v6.2"}, {"Library Version", "102"}}, "", false},
		"a driver without a word":  {},
	} {
		f := facts(system.Info{DriverStatus: c.rows}, "unix:///run/docker.sock")
		if f.BackingFS != c.backing || f.Snapshotter != c.snapshotter {
			t.Errorf("%s: on %q, an image store: %v", name, f.BackingFS, f.Snapshotter)
		}
	}
}

// Podman's socket was "Docker 4.3.1", well, and each launch failed later with the engine's words about a network.
func TestWhatIsNotDockersEngineIsRefusedInWords(t *testing.T) {
	for version, well := range map[string]bool{
		"20.10.24+dfsg1": true, "26.1.5+dfsg1": true, "29.1.0": true, "library-import": true, "": true,
		"4.3.1": false, "6.1.1": false, "19.03.15": false,
	} {
		err := checkVersion(version)
		if (err == nil) != well {
			t.Errorf("version %q: %v", version, err)
		}
		if !well && (!errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), version)) {
			t.Errorf("version %q is refused with %q", version, err)
		}
	}
}

// What berth's service does first is making a network. On Podman it did, and said afterwards that the network wasn't its own.
func TestNothingIsMadeOnAnEngineThatIsRefused(t *testing.T) {
	f, d := fakeDocker(t)
	f.release = "5.4.2"
	for what, one := range map[string]struct {
		path string
		make func() error
	}{
		"a network":          {"/networks/create", func() error { _, err := d.EnsureNetwork(t.Context(), "berth", nil); return err }},
		"a volume":           {"/volumes/create", func() error { return d.CreateVolume(t.Context(), "v", nil) }},
		"a pulled image":     {"/images/create", func() error { return d.Pull(t.Context(), "busybox", nil, nil) }},
		"an image of a file": {"/images/create", func() error { return d.Import(t.Context(), "a:1", strings.NewReader(""), nil) }},
	} {
		err := one.make()
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "Podman") {
			t.Errorf("%s: %v", what, err)
		}
		if f.asked("/v1.41" + one.path) {
			t.Errorf("%s was asked of it", what)
		}
	}
}

// What is asked early isn't asked again by the first who needs it. Whoever asks later gets an answer of then.
func TestWhatIsAskedEarlyIsAskedOnce(t *testing.T) {
	f, d := fakeDocker(t)
	stop := d.AskEarly(t.Context())
	defer stop()
	for asked := 1; asked <= 2; asked++ {
		if got, err := d.Facts(t.Context()); err != nil || got.Version != "20.10.24" {
			t.Errorf("%q, %v", got.Version, err)
		}
		if n := f.count("/v1.41/info"); n != asked {
			t.Errorf("it was asked %d times, want %d", n, asked)
		}
	}
}

// A command that ends doesn't wait for an engine that hangs, and whoever asks such an engine may give up.
func TestAnEarlyQuestionCanBeGivenUp(t *testing.T) {
	f, d := fakeDocker(t)
	asked := make(chan struct{})
	f.server.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	stop := d.AskEarly(t.Context())
	<-asked
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Facts(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	stop()
}
