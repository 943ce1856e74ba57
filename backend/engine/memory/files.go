package memory

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// files are a file system in memory. Names are clean paths relative to its root, which is ".".
type files struct {
	mu     sync.Mutex
	byName map[string]file // a file is a value: a change replaces it
	image  map[string]file // the files at the beginning
}

type file struct {
	head tar.Header
	data []byte
}

func newFiles() *files {
	return &files{byName: map[string]file{".": folder(".")}, image: map[string]file{}}
}

func folder(name string) file {
	return file{head: tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}}
}

// clone returns the file system of a container created from this one.
func (f *files) clone() *files {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &files{byName: maps.Clone(f.byName), image: maps.Clone(f.byName)}
}

// inside turns a path of the container into a name in files.
func inside(p string) string {
	return cleanName(strings.TrimPrefix(path.Clean("/"+p), "/"))
}

func cleanName(name string) string {
	if name == "" {
		return "."
	}
	return name
}

// look finds a file by name. If it is a symbolic link and follow is set, it finds the link's target. Links among its
// parent folders are always followed.
func (f *files) look(name string, follow bool) (file, bool) {
	for range 40 { // the kernel's own limit of links
		parent := path.Dir(name)
		if parent != "." {
			dir, ok := f.look(parent, true)
			if !ok || dir.head.Typeflag != tar.TypeDir {
				return file{}, false
			}
			name = path.Join(inside(dir.head.Name), path.Base(name))
		}
		at, ok := f.byName[name]
		if !ok || !follow || at.head.Typeflag != tar.TypeSymlink {
			return at, ok
		}
		target := at.head.Linkname
		if !path.IsAbs(target) {
			target = path.Join("/", path.Dir(name), target)
		}
		name = inside(target)
	}
	return file{}, false
}

func (f *files) open(name string) (file, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.look(inside(name), true)
	if !ok {
		return file{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return at, nil
}

func (f *files) stat(name string, follow bool) (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.look(inside(name), follow)
	if !ok {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return at.head.FileInfo(), nil
}

// list returns the entries directly in a folder, sorted.
func (f *files) list(dir string) []fs.DirEntry {
	f.mu.Lock()
	defer f.mu.Unlock()
	var rows []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(f.byName)) {
		if name != "." && path.Dir(name) == inside(dir) {
			at := f.byName[name]
			rows = append(rows, fs.FileInfoToDirEntry(at.head.FileInfo()))
		}
	}
	return rows
}

// put stores a file, following links of its parent folder, and creates missing folders above it. A folder is never
// replaced by a file, nor a file by a folder.
func (f *files) put(at file) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if parent, ok := f.look(path.Dir(at.head.Name), true); ok {
		at.head.Name = path.Join(parent.head.Name, path.Base(at.head.Name))
	}
	if old, there := f.byName[at.head.Name]; there && (old.head.Typeflag == tar.TypeDir) != (at.head.Typeflag == tar.TypeDir) {
		return fmt.Errorf("cannot overwrite %s: one is a folder", at.head.Name)
	}
	for dir := path.Dir(at.head.Name); dir != "."; dir = path.Dir(dir) {
		if _, there := f.byName[dir]; !there {
			f.byName[dir] = folder(dir)
		}
	}
	f.byName[at.head.Name] = at
	return nil
}

// unpack stores the content of a tar stream below a folder. A hard link becomes a copy.
func (f *files) unpack(dir string, r io.Reader) error {
	in := tar.NewReader(r)
	for {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("tar: %w", err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			return fmt.Errorf("tar: %s: %w", head.Name, err)
		}
		at := file{head: *head, data: data}
		at.head.Name = inside(path.Join(dir, head.Name)) //nolint:gosec // a name in memory, kept below its root by inside
		if head.Typeflag == tar.TypeLink {
			twin, err := f.open(path.Join(dir, head.Linkname)) //nolint:gosec // looked up in memory
			if err != nil {
				return fmt.Errorf("tar: %s: %w", head.Name, err)
			}
			twin.head.Name = at.head.Name
			at = twin
		}
		if err := f.put(at); err != nil {
			return err
		}
	}
}

// pack writes a file, or a folder with everything below it, as a tar stream. Names begin with the last element of root.
func (f *files) pack(root string) (io.Reader, error) {
	at, err := f.open(root)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(f.byName)) {
		rest, below := strings.CutPrefix(name, at.head.Name)
		if !below || rest != "" && at.head.Name != "." && rest[0] != '/' {
			continue
		}
		one := f.byName[name]
		one.head.Name = path.Join(path.Base(inside(root)), rest)
		one.head.Size = int64(len(one.data))
		if err := errors.Join(w.WriteHeader(&one.head), writeAll(w, one.data)); err != nil {
			return nil, fmt.Errorf("tar: %s: %w", name, err)
		}
	}
	return &out, w.Close()
}

func writeAll(w io.Writer, data []byte) error {
	_, err := w.Write(data)
	return err
}

// written counts the bytes of files that differ from the image's.
func (f *files) written() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := 0
	for name, at := range f.byName {
		if !bytes.Equal(f.image[name].data, at.data) {
			sum += len(at.data)
		}
	}
	return sum
}
