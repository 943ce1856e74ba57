package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"

	"berth/model"
)

type memoryImage struct {
	Image
	files *files
}

// AddImage puts an image with no files into the engine, under its tags; id and command are made up where they
// are missing.
func (m *Memory) AddImage(img Image) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(img, newFiles())
}

func (m *Memory) add(img Image, f *files) {
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
		for _, old := range m.images { // a tag names one image
			old.Tags = slices.DeleteFunc(old.Tags, func(t string) bool { return t == img.Tags[i] })
		}
	}
	m.images[img.ID] = &memoryImage{img, f}
}

// fullRef is a reference as the engine shows it, with its tag.
func fullRef(ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ref
	}
	return reference.FamiliarString(reference.TagNameOnly(named))
}

func (m *Memory) image(ref string) (*memoryImage, error) {
	if img := m.images[ref]; img != nil {
		return img, nil
	}
	for _, img := range m.images {
		if slices.Contains(img.Tags, fullRef(ref)) {
			return img, nil
		}
	}
	return nil, &fault{kind: ErrNotFound, words: "No such image: " + fullRef(ref)}
}

// Image returns one image.
func (m *Memory) Image(ctx context.Context, ref string) (Image, error) {
	if err := m.enter(ctx, "Image"); err != nil {
		return Image{}, err
	}
	defer m.mu.Unlock()
	img, err := m.image(ref)
	if err != nil {
		return Image{}, err
	}
	seen := img.Image
	seen.Tags = slices.Clone(seen.Tags)
	return seen, nil
}

// Images returns every image, by id.
func (m *Memory) Images(ctx context.Context) ([]Image, error) {
	if err := m.enter(ctx, "Images"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	all := make([]Image, 0, len(m.images))
	for _, img := range m.images {
		all = append(all, Image{ID: img.ID, Tags: slices.Clone(img.Tags), Size: img.Size, Labels: img.Labels})
	}
	slices.SortFunc(all, func(a, b Image) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// RemoveImage takes a tag away, and with its last tag the image.
func (m *Memory) RemoveImage(ctx context.Context, ref string) error {
	if err := m.enter(ctx, "RemoveImage"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	img, _ := m.image(ref)
	if img == nil {
		return nil
	}
	for _, c := range m.containers {
		if c.ImageID == img.ID {
			return &fault{kind: ErrConflict, words: fmt.Sprintf("conflict: unable to remove repository reference %q (must force) - container %s is using its referenced image", ref, c.ID)}
		}
	}
	img.Tags = slices.DeleteFunc(img.Tags, func(t string) bool { return t == fullRef(ref) })
	if len(img.Tags) == 0 || ref == img.ID {
		delete(m.images, img.ID)
	}
	return nil
}

// Import makes an image from a tar stream. Of the Dockerfile lines it knows CMD, ENTRYPOINT, ENV, EXPOSE,
// LABEL, USER and WORKDIR.
func (m *Memory) Import(ctx context.Context, ref string, rootfs io.Reader, changes []string) error {
	if err := m.enter(ctx, "Import"); err != nil {
		return err
	}
	m.mu.Unlock() // the stream may be slow
	f := newFiles()
	if err := f.unpack("", rootfs); err != nil {
		return &fault{words: err.Error(), cause: err}
	}
	img := Image{Tags: []string{ref}, Size: model.Bytes(f.written())}
	for _, c := range changes {
		if err := img.change(c); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(img, f)
	return nil
}

// change does what one Dockerfile line says.
func (img *Image) change(text string) error {
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
		return &fault{words: fmt.Sprintf("%s is not a valid change command", verb)}
	}
	return nil
}

// words reads a command in either of the Dockerfile's forms.
func words(text string) []string {
	var list []string
	if json.Unmarshal([]byte(text), &list) == nil {
		return list
	}
	return []string{"/bin/sh", "-c", text}
}

// Pull makes an image up, with layers that come in over Pace. Registries everywhere have everything, except on
// this machine, where none listens.
func (m *Memory) Pull(ctx context.Context, ref string, _ *Auth, report func(model.Progress)) error {
	if err := m.enter(ctx, "Pull"); err != nil {
		return err
	}
	m.mu.Unlock()
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return &fault{words: err.Error(), cause: err}
	}
	if here, _, _ := net.SplitHostPort(reference.Domain(named)); here == "localhost" || net.ParseIP(here).IsLoopback() {
		words := fmt.Sprintf("Get %q: dial tcp %s: connect: connection refused", "http://"+reference.Domain(named)+"/v2/", reference.Domain(named))
		return &fault{words: words}
	}
	size, err := m.play(ctx, fullRef(ref), report)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.image(ref); err != nil {
		m.add(Image{Tags: []string{ref}, Size: size, Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"}}, newFiles())
	}
	return nil
}

// The shape of a made-up pull.
const (
	pullLayers = 5
	pullSteps  = 16
)

// play goes through a pull's steps: layers of sizes that hang on the reference, one after the other half done
// before the next begins.
func (m *Memory) play(ctx context.Context, ref string, report func(model.Progress)) (model.Bytes, error) {
	seed := sha256.Sum256([]byte(ref))
	var t tracker
	var total model.Bytes
	for step := range pullSteps {
		total = 0
		for i := range pullLayers {
			size := int64(seed[i]+16) * int64(3*model.MB) * int64(i+1)
			total += model.Bytes(size)
			t.take(pullLine(hex.EncodeToString(seed[6*i:6*i+6]), size, step-i))
		}
		last := step == pullSteps-1
		if report != nil && (last || m.Pace > 0) {
			report(t.progress(m.now()))
		}
		if last || m.Pace == 0 {
			continue
		}
		select {
		case <-time.After(m.Pace):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return total, nil
}

// pullLine is what the engine would say of a layer after so many steps of its own.
func pullLine(id string, size int64, step int) line {
	const downloading, extracting = 8, 11 // the last step of each
	l := line{ID: id}
	switch {
	case step < 0:
		l.Status = "Waiting"
	case step <= downloading:
		l.Status, l.Detail.Current, l.Detail.Total = "Downloading", size*int64(step)/downloading, size
	case step < extracting:
		l.Status, l.Detail.Current, l.Detail.Total = "Extracting", size/2, size
	default:
		l.Status = "Pull complete"
	}
	return l
}
