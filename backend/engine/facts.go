package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"

	"berth/model"
)

// oldestAPI is the oldest version of the API with all that is asked of an engine: that of Docker 20.10.
const oldestAPI = "1.41"

// An answer is what the engine said that it is. It is there when done is closed.
type answer struct {
	done  chan struct{}
	facts Facts
	err   error
}

// AskEarly begins to ask the engine what it is, so that other things can be done meanwhile. The first Facts takes the
// answer. An engine runs `runc --version` and the like for it: that takes longer than opening the ledger. stop gives up and
// waits until nobody asks any more.
func (d *connection) AskEarly(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	a := &answer{done: make(chan struct{})}
	d.early.Store(a)
	go func() {
		defer close(a.done)
		a.facts, _, a.err = d.ask(ctx)
	}()
	return func() { cancel(); <-a.done }
}

// Facts asks the engine what it is, or takes the answer to AskEarly.
func (d *connection) Facts(ctx context.Context) (Facts, error) {
	if a := d.early.Swap(nil); a != nil {
		select {
		case <-a.done:
			return a.facts, a.err
		case <-ctx.Done():
			return Facts{}, d.explain(ctx, ctx.Err())
		}
	}
	f, _, err := d.ask(ctx)
	return f, err
}

// ask returns the facts and the engine's current time, in the engine's format.
func (d *connection) ask(ctx context.Context) (f Facts, clock string, err error) {
	if d.host.broken != nil {
		return Facts{}, "", d.withAdvice(&Error{Kind: ErrUnavailable, Words: d.host.broken.Error(), Cause: d.host.broken})
	}
	ctx, cancel := withLimit(ctx, limitInfo)
	defer cancel()
	info, err := d.api().Info(ctx)
	if err != nil {
		return Facts{}, "", d.withAdvice(d.explain(ctx, err))
	}
	if err := checkVersion(info.ServerVersion); err != nil {
		return Facts{}, "", d.withAdvice(err)
	}
	f = facts(info, d.host.url)
	f.APIVersion = d.api().ClientVersion()
	if versions.LessThan(f.APIVersion, oldestAPI) {
		words := fmt.Sprintf("Docker %s speaks version %s of its API, and berth needs %s", f.Version, f.APIVersion, oldestAPI)
		return Facts{}, "", d.withAdvice(&Error{Kind: ErrUnavailable, Words: words})
	}
	d.facts.Store(&f)
	return f, info.SystemTime, nil
}

// oldest is the first version whose API has what berth asks for.
const oldest = "20.10"

// checkVersion refuses what speaks Docker's API and isn't an engine that berth works with. Podman's socket says that its API
// is Docker's, and tells the rest by a version of its own, which is far below. A version that can't be read is a
// developer's.
func checkVersion(version string) error {
	major, _, _ := strings.Cut(version, ".")
	first, _, _ := strings.Cut(oldest, ".")
	have, err := strconv.Atoi(major)
	if err != nil {
		return nil //nolint:nilerr // a developer's, as above
	}
	if want, _ := strconv.Atoi(first); have >= want {
		return nil
	}
	return &Error{Kind: ErrUnavailable, Words: fmt.Sprintf("its version is %s, and berth needs Docker's, %s or later", version, oldest)}
}

// withAdvice adds to an error why the engine can't be used and what to do. If the meaning is unknown, it adds only
// which engine said it.
func (d *connection) withAdvice(err error) error {
	err = d.host.withAdvice(err)
	if _, known := model.MeaningIn(err); known || errors.Is(err, context.Canceled) {
		return err
	}
	var bare *Error
	if errors.As(err, &bare) && !errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("at %s %w", d.host.url, err)
	}
	return fmt.Errorf("the engine at %s says: %w", d.host.url, err)
}

// withAdvice adds to an error on the way to the engine what it means and what to do.
func (h host) withAdvice(err error) error {
	about := h.access(model.Subject{Engine: h.url, Named: h.named, Asked: os.Getenv(client.EnvOverrideAPIVersion)})
	return model.Explained(model.AreaEngine, err, about)
}

// fit refuses an engine that berth doesn't work with, before anything is made on it.
func (d *connection) fit(ctx context.Context) error {
	_, err := d.cachedFacts(ctx)
	return err
}

// cachedFacts returns the facts from the last request, or asks for them.
func (d *connection) cachedFacts(ctx context.Context) (Facts, error) {
	if f := d.facts.Load(); f != nil {
		return *f, nil
	}
	return d.Facts(ctx)
}

func facts(info system.Info, url string) Facts {
	// Before API 1.41 the field didn't exist, and there was only cgroup version 1.
	cgroups, err := strconv.Atoi(info.CgroupVersion)
	if err != nil {
		cgroups = 1
	}
	return Facts{
		Version:       info.ServerVersion,
		Host:          url,
		Name:          info.Name,
		RootDir:       info.DockerRootDir,
		StorageDriver: info.Driver,
		BackingFS:     driverStatus(info, "Backing Filesystem"),
		Snapshotter:   strings.HasPrefix(driverStatus(info, "driver-type"), "io.containerd.snapshotter"),
		CgroupVersion: cgroups,
		CgroupDriver:  info.CgroupDriver,
		Cores:         info.NCPU,
		Memory:        model.Bytes(info.MemTotal),
		CDISpecDirs:   info.CDISpecDirs,
		Runtimes:      slices.Sorted(maps.Keys(info.Runtimes)),
		LogDriver:     info.LoggingDriver,
		Rootless:      slices.Contains(info.SecurityOptions, "name=rootless"),
		Local:         isLocal(url, info.Name),
	}
}

// driverStatus returns a row of the storage driver's status; empty if there is no row with that name.
func driverStatus(info system.Info, name string) string {
	for _, row := range info.DriverStatus {
		if row[0] == name {
			return row[1]
		}
	}
	return ""
}
