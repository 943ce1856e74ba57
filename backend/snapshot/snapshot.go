package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// An Engine has the calls of the container engine that are used here.
type Engine interface {
	Inspect(ctx context.Context, idOrName string) (engine.Container, error)
	Export(ctx context.Context, id string) (io.ReadCloser, error)
	Import(ctx context.Context, ref string, rootfs io.Reader, changes []string) error
	Image(ctx context.Context, ref string) (engine.Image, error)
	RemoveImage(ctx context.Context, ref string) error
}

// Parts are the parts of Snapshots. All are required.
type Parts struct {
	Engine Engine
	// Instance reads an instance from the ledger.
	Instance func(ctx context.Context, id model.InstanceID) (model.Instance, error)
	// User is the user that a context acts for.
	User func(ctx context.Context) string
	// Record records in history what a user did to an instance.
	Record func(ctx context.Context, id model.InstanceID, verb, detail string)
	// Keep saves a template in the user's folder.
	Keep func(ctx context.Context, t model.Template) error
}

// Snapshots are made of instances. Its methods may be called from any goroutine.
type Snapshots struct{ Parts }

// New puts Snapshots together.
func New(p Parts) *Snapshots { return &Snapshots{p} }

// Snapshot makes an image of an instance's files as they are, and a template that launches it. It returns what was left
// out of the image. A name that is another image's is refused; a snapshot of the user's own is replaced.
func (s *Snapshots) Snapshot(ctx context.Context, id model.InstanceID, name string) (model.Snapshot, error) {
	ref, err := model.SnapshotReference(name)
	if err != nil {
		return model.Snapshot{}, err
	}
	i, err := s.Instance(ctx, id)
	if err != nil {
		return model.Snapshot{}, err
	}
	if i.Container == "" {
		return model.Snapshot{}, fmt.Errorf("%s: %w: it has no container (%s)", id, model.ErrNotAllowed, i.Status())
	}
	c, err := s.Engine.Inspect(ctx, i.Container)
	if err != nil {
		return model.Snapshot{}, err
	}
	if err := s.free(ctx, ref); err != nil {
		return model.Snapshot{}, err
	}
	from, err := s.origin(ctx, i, c)
	if err != nil {
		return model.Snapshot{}, err
	}
	taken, err := s.take(ctx, i, from, ref)
	if err != nil {
		return taken, err
	}
	s.Record(ctx, id, "snapshot", "image "+ref)
	if err := s.Keep(ctx, model.SnapshotTemplate(i, ref)); err != nil {
		return taken, fmt.Errorf("the image %s is made, and no template of it: %w", ref, err)
	}
	return taken, nil
}

// free sees that the name is nobody else's.
func (s *Snapshots) free(ctx context.Context, ref string) error {
	there, err := s.Engine.Image(ctx, ref)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return nil
	case err != nil:
		return err
	case there.Labels[label.Snapshot] != "" && there.Labels[label.Owner] == s.User(ctx):
		return nil
	}
	return model.Fault{Field: "snapshot", Value: ref, Kind: model.ErrNotAllowed, Reason: "the engine has another image of that name; take another name or tag"}
}

// origin is the image that the instance was made from. What the instance's own image says, if its files were kept as one,
// has the instance's variables in it.
func (s *Snapshots) origin(ctx context.Context, i model.Instance, c engine.Container) (engine.Image, error) {
	from, err := s.Engine.Image(ctx, i.Order.Image)
	if errors.Is(err, engine.ErrNotFound) && i.Plan.Kept == "" {
		from, err = s.Engine.Image(ctx, c.ImageID)
	}
	if err != nil {
		return from, fmt.Errorf("the image that it was made from: %w", err)
	}
	return from, nil
}

// take reads the files, filters them and has the engine make an image of them.
func (s *Snapshots) take(ctx context.Context, i model.Instance, from engine.Image, ref string) (model.Snapshot, error) {
	taken := model.Snapshot{Image: ref}
	files, err := s.Engine.Export(ctx, i.Container)
	if err != nil {
		return taken, untaken(i, err)
	}
	defer files.Close() //nolint:errcheck // it was only read
	f := newFilter(i)
	rest, filtered := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := f.copy(filtered, files)
		done <- err
		filtered.CloseWithError(err) // a pipe's: always nil
	}()
	err = s.Engine.Import(ctx, ref, rest, changes(from, i, s.User(ctx)))
	_ = rest.CloseWithError(err) // a pipe's: always nil
	if wrong := <-done; wrong != nil && !errors.Is(wrong, io.ErrClosedPipe) {
		err = wrong // the engine only saw its end
	}
	if err != nil {
		return taken, untaken(i, err)
	}
	if f.spilled != "" { // seen only once it had gone by
		return taken, errors.Join(fmt.Errorf("nothing was made: %s has a secret of the instance in it; remove it there first", f.spilled),
			s.Engine.RemoveImage(ctx, ref))
	}
	made, err := s.Engine.Image(ctx, ref)
	taken.Size, taken.LeftOut = made.Size, f.leftOut
	return taken, err
}

// changes are the lines that give the image its configuration: that of the image it comes from, without variables that
// only an instance has.
func changes(from engine.Image, i model.Instance, user string) []string {
	var lines []string
	for _, pair := range from.Env {
		if name, value, _ := strings.Cut(pair, "="); !model.InstanceVariable(name) {
			lines = append(lines, "ENV "+name+"="+quoted(value))
		}
	}
	if len(from.Entrypoint) > 0 {
		lines = append(lines, "ENTRYPOINT "+list(from.Entrypoint))
	}
	if len(from.Cmd) > 0 {
		lines = append(lines, "CMD "+list(from.Cmd))
	}
	if from.WorkDir != "" {
		lines = append(lines, "WORKDIR "+escaped(from.WorkDir))
	}
	if from.User != "" {
		lines = append(lines, "USER "+escaped(from.User))
	}
	for _, port := range from.Exposed {
		lines = append(lines, "EXPOSE "+port)
	}
	if len(from.Volumes) > 0 {
		lines = append(lines, "VOLUME "+list(from.Volumes))
	}
	for name, value := range map[string]string{label.Snapshot: i.ID.String() + " of " + i.Order.Image, label.Owner: user} {
		lines = append(lines, "LABEL "+name+"="+quoted(value))
	}
	return lines
}

// untaken says of which instance nothing was kept, and what the engine's words mean.
func untaken(i model.Instance, err error) error {
	return fmt.Errorf("nothing of %s was kept: %w", i.ID, model.Told(model.AreaStart, err, model.Subject{Image: i.Order.Image}))
}
