package memory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"berth/backend/engine"
	"berth/model"
)

type image struct {
	engine.Image
	files *files
}

// AddImage adds an image without files to the engine, under its tags. A missing id or command is made up.
func (m images) AddImage(img engine.Image) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(img, newFiles())
}

func (m *state) add(img engine.Image, f *files) {
	if img.ID == "" {
		sum := sha256.Sum256([]byte(strings.Join(img.Tags, " ") + m.now().String()))
		img.ID = "sha256:" + hex.EncodeToString(sum[:])
	}
	if len(img.Entrypoint)+len(img.Cmd) == 0 {
		img.Cmd = []string{"bash"}
	}
	img.Arch = cmp.Or(img.Arch, "amd64")
	for i, tag := range img.Tags {
		img.Tags[i] = fullRef(tag)
		for _, old := range m.byImageID { // a tag names only one image
			old.Tags = slices.DeleteFunc(old.Tags, func(t string) bool { return t == img.Tags[i] })
		}
	}
	m.byImageID[img.ID] = &image{img, f}
}

// fullRef returns a reference as the engine shows it, with its tag.
func fullRef(ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ref
	}
	return reference.FamiliarString(reference.TagNameOnly(named))
}

func (m *state) image(ref string) (*image, error) {
	if img := m.byImageID[ref]; img != nil {
		return img, nil
	}
	for _, img := range m.byImageID {
		if slices.Contains(img.Tags, fullRef(ref)) {
			return img, nil
		}
	}
	return nil, &engine.Error{Kind: engine.ErrNotFound, Words: "No such image: " + fullRef(ref)}
}

// Image returns one image.
func (m images) Image(ctx context.Context, ref string) (engine.Image, error) {
	if err := m.enter(ctx, "Image"); err != nil {
		return engine.Image{}, err
	}
	defer m.mu.Unlock()
	img, err := m.image(ref)
	if err != nil {
		return engine.Image{}, err
	}
	seen := img.Image
	seen.Tags = slices.Clone(seen.Tags)
	return seen, nil
}

// Images returns every image, by id.
func (m images) Images(ctx context.Context) ([]engine.Image, error) {
	if err := m.enter(ctx, "Images"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	all := make([]engine.Image, 0, len(m.byImageID))
	for _, img := range m.byImageID {
		all = append(all, engine.Image{ID: img.ID, Tags: slices.Clone(img.Tags), Size: img.Size, Labels: img.Labels})
	}
	slices.SortFunc(all, func(a, b engine.Image) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// Commit makes an image of a container's files.
func (m images) Commit(ctx context.Context, id, ref string) error {
	if err := m.enter(ctx, "Commit"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	c, err := m.find(id)
	if err != nil {
		return err
	}
	made := engine.Image{Tags: []string{ref}, Env: c.Env, Labels: c.Labels, Cmd: c.command}
	if from := m.byImageID[c.ImageID]; from != nil {
		made.Exposed, made.WorkDir, made.User = from.Exposed, from.WorkDir, from.User
	}
	m.add(made, c.files.clone())
	return nil
}

// RemoveImage removes a tag, and with the last tag the image.
func (m images) RemoveImage(ctx context.Context, ref string) error {
	if err := m.enter(ctx, "RemoveImage"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	img, _ := m.image(ref)
	if img == nil {
		return nil
	}
	for _, c := range m.byID {
		if c.ImageID == img.ID {
			return &engine.Error{Kind: engine.ErrConflict, Words: fmt.Sprintf(
				"conflict: unable to remove repository reference %q (must force) - container %s is using its referenced image", ref, c.ID)}
		}
	}
	img.Tags = slices.DeleteFunc(img.Tags, func(t string) bool { return t == fullRef(ref) })
	if len(img.Tags) == 0 || ref == img.ID {
		delete(m.byImageID, img.ID)
	}
	return nil
}

// Import makes an image from a tar stream. Of the Dockerfile lines it knows CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER
// and WORKDIR.
func (m images) Import(ctx context.Context, ref string, rootfs io.Reader, changes []string) error {
	if err := m.enter(ctx, "Import"); err != nil {
		return err
	}
	m.mu.Unlock() // the stream may be slow
	f := newFiles()
	if err := f.unpack("", rootfs); err != nil {
		return &engine.Error{Words: err.Error(), Cause: err}
	}
	img := engine.Image{Tags: []string{ref}, Size: model.Bytes(f.written())}
	for _, c := range changes {
		if err := change(&img, c); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(img, f)
	return nil
}

// change applies one Dockerfile line.
func change(img *engine.Image, text string) error {
	verb, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToUpper(verb) {
	case "CMD":
		img.Cmd = words(rest)
	case "ENTRYPOINT":
		img.Entrypoint = words(rest)
	case "ENV":
		img.Env = append(img.Env, rest)
	case "EXPOSE":
		if !strings.Contains(rest, "/") {
			rest += "/tcp"
		}
		img.Exposed = append(img.Exposed, rest)
	case "LABEL":
		name, value, _ := strings.Cut(rest, "=")
		img.Labels = mergeLabels(img.Labels, map[string]string{name: strings.Trim(value, `"`)})
	case "USER":
		img.User = rest
	case "WORKDIR":
		img.WorkDir = rest
	default:
		return &engine.Error{Words: fmt.Sprintf("%s is not a valid change command", verb)}
	}
	return nil
}

// words reads a command in either of a Dockerfile's forms.
func words(text string) []string {
	var list []string
	if json.Unmarshal([]byte(text), &list) == nil {
		return list
	}
	return []string{"/bin/sh", "-c", text}
}
