package memory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"berth/backend/engine"
	"berth/model"
)

// The exit codes of a command that a signal ended (128 plus the signal's number), and the one that Docker gives a
// container whose end it didn't see.
const (
	exitTerm = 143
	exitKill = 137
	exitLost = 255
)

// firstPID is larger than any pid of a kernel, so that a made-up process is never mistaken for a real one.
const firstPID = 5_000_000

type container struct {
	engine.Container
	command []string
	devices engine.DeviceRequest
	network string
	files   *files
	log     *journal

	cancel context.CancelFunc // nil unless it runs
	ended  chan struct{}      // closed when its command has ended
	by     int                // the exit code that a signal gave it
	silent bool               // no event at its end: the engine wasn't there to see it
}

// signal ends a container's command with an exit code.
func (c *container) signal(code int) {
	if c.cancel != nil {
		c.by = code
		c.cancel()
	}
}

// find looks a container up by id, name or the beginning of an id.
func (m *state) find(ref string) (*container, error) {
	if c := m.byID[ref]; c != nil {
		return c, nil
	}
	for _, c := range m.byID {
		if c.Name == ref || len(ref) > 3 && strings.HasPrefix(c.ID, ref) {
			return c, nil
		}
	}
	return nil, &engine.Error{Kind: engine.ErrNotFound, Words: "No such container: " + ref}
}

// List returns every container, with the fields that Docker's list has.
func (m containers) List(ctx context.Context) ([]engine.Container, error) {
	if err := m.enter(ctx, "List"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	all := make([]engine.Container, 0, len(m.byID))
	for _, c := range m.byID {
		row := engine.Container{
			ID: c.ID, Name: c.Name, Image: c.Image, ImageID: c.ImageID, State: c.State,
			Labels: maps.Clone(c.Labels), CreatedAt: c.CreatedAt, IPs: slices.Clone(c.IPs),
		}
		if c.State == engine.Running {
			row.Ports = slices.Clone(c.Ports)
		} else {
			row.ExitCode = c.ExitCode
		}
		all = append(all, row)
	}
	slices.SortFunc(all, func(a, b engine.Container) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// Inspect returns everything about one container.
func (m containers) Inspect(ctx context.Context, idOrName string) (engine.Container, error) {
	c, err := m.enterAt(ctx, "Inspect", idOrName)
	if err != nil {
		return engine.Container{}, err
	}
	defer m.mu.Unlock()
	return c.snapshot(), nil
}

// snapshot returns a copy that nobody else writes to.
func (c *container) snapshot() engine.Container {
	seen := c.Container
	seen.Labels, seen.Env = maps.Clone(c.Labels), slices.Clone(c.Env)
	seen.Ports, seen.IPs, seen.Mounts = slices.Clone(c.Ports), slices.Clone(c.IPs), slices.Clone(c.Mounts)
	if c.network != "" {
		seen.Networks = []string{c.network}
	}
	return seen
}

// Create makes a container from an image that exists.
func (m containers) Create(ctx context.Context, r engine.Request) (string, error) {
	if err := m.enter(ctx, "Create"); err != nil {
		return "", err
	}
	defer m.mu.Unlock()
	img, err := m.image(r.Image)
	if err != nil {
		return "", err
	}
	for _, c := range m.byID {
		if r.Name != "" && c.Name == r.Name {
			return "", nameTaken(r.Name, c.ID)
		}
	}
	command := commandOf(r, img.Image)
	if len(command) == 0 {
		return "", &engine.Error{Words: "No command specified"}
	}
	for _, t := range r.Mounts { // as Docker does, which makes what isn't there
		if _, there := m.volumes[t.Source]; t.Volume && !there {
			m.volumes[t.Source] = map[string]string{}
		}
	}
	m.serial++
	c := &container{
		Container: m.container(r, img), command: command, devices: r.Devices, network: cmp.Or(r.Network, "bridge"),
		files: img.files.clone(), log: newJournal(),
	}
	m.byID[c.ID] = c
	m.sendEvent(c, "create")
	return c.ID, nil
}

func nameTaken(name, by string) error {
	return &engine.Error{Kind: engine.ErrConflict, Words: fmt.Sprintf(
		"Conflict. The container name %q is already in use by container %q.", "/"+name, by)}
}

// container returns what the engine reports of a container that was just created.
func (m containers) container(r engine.Request, img *image) engine.Container {
	sum := sha256.Sum256(fmt.Appendf(nil, "container %d", m.serial))
	id := hex.EncodeToString(sum[:])
	c := r.ReadBack(mergeEnv(img.Env, r.Env))
	c.ID, c.Name, c.Image, c.ImageID, c.State = id, cmp.Or(r.Name, "memory_"+id[:12]), r.Image, img.ID, engine.Created
	c.Labels, c.CreatedAt = mergeLabels(img.Labels, r.Labels), m.now()
	return c
}

// commandOf follows Docker's rule: an entrypoint in the request also removes the image's command.
func commandOf(r engine.Request, img engine.Image) []string {
	entry, cmd := r.Entrypoint, r.Cmd
	if len(entry) == 0 {
		entry = img.Entrypoint
		if len(cmd) == 0 {
			cmd = img.Cmd
		}
	}
	return slices.Concat(entry, cmd)
}

func mergeEnv(image, own []string) []string {
	name := func(v string) string { n, _, _ := strings.Cut(v, "="); return n }
	env := slices.Clone(own)
	for _, v := range image {
		if !slices.ContainsFunc(own, func(o string) bool { return name(o) == name(v) }) {
			env = append(env, v)
		}
	}
	return env
}

func mergeLabels(image, own map[string]string) map[string]string {
	labels := map[string]string{}
	maps.Copy(labels, image)
	maps.Copy(labels, own)
	return labels
}

// Rename gives a container another name.
func (m containers) Rename(ctx context.Context, id, name string) error {
	c, err := m.enterAt(ctx, "Rename", id)
	if err != nil {
		return err
	}
	defer m.mu.Unlock()
	for _, other := range m.byID {
		if other != c && other.Name == name {
			return nameTaken(name, other.ID)
		}
	}
	c.Name = name
	m.sendEvent(c, "rename")
	return nil
}

// Update sets the resources that aren't zero.
func (m containers) Update(ctx context.Context, id string, r engine.Resources) error {
	c, err := m.enterAt(ctx, "Update", id)
	if err != nil {
		return err
	}
	defer m.mu.Unlock()
	have := &c.Resources
	have.CPUShares = cmp.Or(r.CPUShares, have.CPUShares)
	have.Memory = cmp.Or(r.Memory, have.Memory)
	have.MemoryReservation = cmp.Or(r.MemoryReservation, have.MemoryReservation)
	have.Pids = cmp.Or(r.Pids, have.Pids)
	m.sendEvent(c, "update")
	return nil
}

// Restore sets the limits of a container as a new container with these resources would have them.
func (m containers) Restore(ctx context.Context, id string, r engine.Resources, _ int) error {
	c, err := m.enterAt(ctx, "Restore", id)
	if err != nil {
		return err
	}
	defer m.mu.Unlock()
	have := &c.Resources
	have.CPUShares, have.Memory, have.MemoryReservation, have.Pids = r.CPUShares, r.Memory, r.MemoryReservation, r.Pids
	c.ByHand = nil
	m.sendEvent(c, "update")
	return nil
}

// Disk counts the bytes of all files that aren't the image's.
func (m containers) Disk(ctx context.Context, id string) (engine.DiskUse, error) {
	c, err := m.enterAt(ctx, "Disk", id)
	if err != nil {
		return engine.DiskUse{}, err
	}
	defer m.mu.Unlock()
	return engine.DiskUse{Layer: model.Bytes(c.files.written())}, nil
}

// sendEvent sends a container's event, with the labels that Docker adds.
func (m *state) sendEvent(c *container, action string) {
	labels := maps.Clone(c.Labels)
	labels["name"], labels["image"] = c.Name, c.Image
	if action == "die" {
		labels["exitCode"] = fmt.Sprint(c.ExitCode)
	}
	m.tell(engine.Event{Action: action, ContainerID: c.ID, Labels: labels})
}
