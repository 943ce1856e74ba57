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

// A shelf is where spec files are put for the engine to find.
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

// A folderShelf is a folder that is ours to write.
type folderShelf struct{ folder cdi.Folder }

func (s folderShelf) Write(_ context.Context, id model.InstanceID, spec *specs.Spec) error {
	return s.folder.Write(id, spec)
}

func (s folderShelf) Remove(_ context.Context, id model.InstanceID) error { return s.folder.Remove(id) }

// A helperShelf writes a host's folder through the engine, for a user who may use the engine and not the
// folder: a container of the starter image has the folder mounted and runs one small command.
type helperShelf struct {
	engine  Engine
	starter func(context.Context) (string, error)
	dir     string
}

const (
	helperWait  = 30 * time.Second // for a container that lives some ten milliseconds
	insideShelf = "/cdi"
)

// Write puts a spec in place all at once: it is copied in under a name that engines don't read, and moved by
// the helper, for copying alone would show half a file for a moment.
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

// Remove takes a spec away. The folder can be looked into by everybody.
func (s helperShelf) Remove(ctx context.Context, id model.InstanceID) error {
	name := cdi.FileName(id)
	if _, err := os.Stat(filepath.Join(s.dir, name)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return s.run(ctx, id, nil, "rm", "-f", insideShelf+"/"+name)
}

// run copies an archive into the folder, where there is one, and runs a command of the starter image there.
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
	defer s.engine.Remove(context.WithoutCancel(ctx), helper) //nolint:errcheck // one left behind is removed by the next
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

// make creates a helper. One that a killed keeper left behind is in the way by its name.
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

// ended waits until a helper's command has ended well.
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
