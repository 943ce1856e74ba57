package handover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	specs "tags.cncf.io/container-device-interface/specs-go"

	"berth/backend/engine"
	"berth/backend/gpu/cdi"
	"berth/backend/label"
	"berth/model"
)

// A shelf writes spec files where the engine reads them.
type shelf interface {
	Write(ctx context.Context, id model.InstanceID, spec *specs.Spec) error
	Remove(ctx context.Context, id model.InstanceID) error
}

func (h *Handover) shelf(c cdi.Choice) shelf {
	if c.Helper {
		return helperShelf{h.engine, h.starter, string(c.Dir)}
	}
	return folderShelf{c.Dir}
}

// A folderShelf is a spec folder that this process can write.
type folderShelf struct{ folder cdi.Folder }

func (s folderShelf) Write(_ context.Context, id model.InstanceID, spec *specs.Spec) error {
	return s.folder.Write(id, spec)
}

func (s folderShelf) Remove(_ context.Context, id model.InstanceID) error { return s.folder.Remove(id) }

// A helperShelf writes the spec folder through the engine, for a user who may use the engine but not write the folder.
// A container of the starter image mounts the folder and runs one small command.
type helperShelf struct {
	engine  Engine
	starter func(context.Context) (string, error)
	dir     string
}

const (
	helperWait  = 30 * time.Second // for a container that runs for about ten milliseconds
	insideShelf = "/cdi"
)

// Write replaces a spec at once. The file is copied in under a name that engines don't read, and the helper renames it:
// copying alone would show half a file for a moment.
func (s helperShelf) Write(ctx context.Context, id model.InstanceID, spec *specs.Spec) error {
	content, err := cdi.Encode(spec)
	if err != nil {
		return err
	}
	name := cdi.FileName(id)
	archive, err := engine.OneFile(name+".next", content)
	if err != nil {
		return err
	}
	return s.run(ctx, id, archive, "mv", insideShelf+"/"+name+".next", insideShelf+"/"+name)
}

// Remove removes a spec. Everybody can read the folder, so it checks first whether the file exists.
func (s helperShelf) Remove(ctx context.Context, id model.InstanceID) error {
	name := cdi.FileName(id)
	if _, err := os.Stat(filepath.Join(s.dir, name)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return s.run(ctx, id, nil, "rm", "-f", insideShelf+"/"+name)
}

// run copies an archive into the folder, if one is given, and runs a command of the starter image there.
func (s helperShelf) run(ctx context.Context, id model.InstanceID, archive *bytes.Buffer, command string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, helperWait)
	defer cancel()
	helper, err := s.make(ctx, engine.Request{
		Name: "berth-cdi-" + id.String(), Binds: []string{s.dir + ":" + insideShelf},
		Entrypoint: []string{"/bin/" + command}, Cmd: args, Network: "none", Labels: map[string]string{label.Helper: "cdi"},
	})
	if err != nil {
		return fmt.Errorf("helper container: %w", err)
	}
	defer s.engine.Remove(context.WithoutCancel(ctx), helper) //nolint:errcheck // the next helper removes one that is left behind
	if archive != nil {
		if err := s.engine.CopyTo(ctx, helper, insideShelf, archive); err != nil {
			return fmt.Errorf("helper container: %w", err)
		}
	}
	if err := s.engine.Start(ctx, helper); err != nil {
		return fmt.Errorf("helper container: %w", err)
	}
	return s.ended(ctx, helper, command)
}

// make creates a helper container. It first removes one of the same name that a killed keeper left behind.
func (s helperShelf) make(ctx context.Context, r engine.Request) (string, error) {
	var err error
	if r.Image, err = s.starter(ctx); err != nil {
		return "", err
	}
	helper, err := s.engine.Create(ctx, r)
	if errors.Is(err, engine.ErrConflict) {
		if err := s.engine.Remove(ctx, r.Name); err != nil {
			return "", err
		}
		return s.engine.Create(ctx, r)
	}
	return helper, err
}

// ended waits until a helper's command has ended with exit code 0.
func (s helperShelf) ended(ctx context.Context, helper, command string) error {
	for {
		c, err := s.engine.Inspect(ctx, helper)
		switch {
		case err != nil:
			return fmt.Errorf("helper container: %w", err)
		case !c.Alive() && c.ExitCode != 0:
			return fmt.Errorf("helper container: %s ended with exit code %d", command, c.ExitCode)
		case !c.Alive():
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("helper container: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
