package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/client"

	"berth/model"
)

// Facts asks the engine what it is.
func (d *connection) Facts(ctx context.Context) (Facts, error) {
	f, _, err := d.ask(ctx)
	return f, err
}

// ask returns the facts and the engine's clock, as it writes it.
func (d *connection) ask(ctx context.Context) (f Facts, clock string, err error) {
	if d.host.broken != nil {
		return Facts{}, "", d.told(&Error{Kind: ErrUnavailable, Words: d.host.broken.Error(), Cause: d.host.broken})
	}
	ctx, cancel := within(ctx, limitInfo)
	defer cancel()
	info, err := d.api().Info(ctx)
	if err != nil {
		return Facts{}, "", d.told(explain(ctx, err))
	}
	f = facts(info, d.host.url)
	f.APIVersion = d.api().ClientVersion()
	d.facts.Store(&f)
	return f, info.SystemTime, nil
}

// told says why the engine isn't of use: what that means here and what to do, and of what nobody knows yet whose words
// these are.
func (d *connection) told(err error) error {
	err = d.host.explained(err)
	if _, known := model.MeaningIn(err); known || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("the engine at %s says: %w", d.host.url, err)
}

// explained puts before an error on the way to the engine what it means here and what to do.
func (h host) explained(err error) error {
	about := model.Subject{Engine: h.url, Named: h.named, Asked: os.Getenv(client.EnvOverrideAPIVersion)}
	if u, failed := user.Current(); failed == nil {
		about.User = u.Username
	}
	return model.Explained(model.AreaEngine, err, about)
}

// known are the facts as last asked, or asked for now.
func (d *connection) known(ctx context.Context) (Facts, error) {
	if f := d.facts.Load(); f != nil {
		return *f, nil
	}
	return d.Facts(ctx)
}

func facts(info system.Info, url string) Facts {
	// Before API 1.41 there was no such field, and only version 1.
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
		BackingFS:     driverSays(info, "Backing Filesystem"),
		Snapshotter:   strings.HasPrefix(driverSays(info, "driver-type"), "io.containerd.snapshotter"),
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

// driverSays is a row of what the storage driver says of itself; empty where it has none of that name.
func driverSays(info system.Info, name string) string {
	for _, row := range info.DriverStatus {
		if row[0] == name {
			return row[1]
		}
	}
	return ""
}
