package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"berth/assets"
	"berth/backend/strict"
	"berth/model"
)

// Errors that callers distinguish with errors.Is.
var (
	ErrNoTemplate = errors.New("no such template")
	ErrReadOnly   = errors.New("read-only")
)

// suffix is the end of the name of a template file.
const suffix = ".toml"

// Templates returns every template that can be read, sorted by name. Of templates with the same name the user's hides
// the system's, and the system's hides a shipped one. The error joins what is wrong with the others.
func (c *Catalog) Templates() ([]model.Template, error) {
	// Templates that can be read are returned together with the error about the others. If the user's whole folder is
	// out of reach, there are none.
	type list struct {
		all    []model.Template
		broken error
	}
	found, err := withRights(c, func() (list, error) {
		all, broken := c.list()
		return list{all, broken}, nil
	})
	return found.all, errors.Join(found.broken, err)
}

// list is Templates with the rights of the calling thread.
func (c *Catalog) list() ([]model.Template, error) {
	byName := map[string]model.Template{}
	var errs []error
	for _, s := range c.templateFolders() {
		found, err := s.read()
		for name, t := range found {
			byName[name] = t
		}
		errs = append(errs, err)
	}
	var all []model.Template
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, byName[name])
	}
	return all, errors.Join(errs...)
}

// Save writes a template into the user's folder and replaces the user's own template of that name. The error wraps
// ErrReadOnly if a shipped or system template has the name. It is a model.Faults if no machine would accept the order.
func (c *Catalog) Save(t model.Template) error {
	faults := t.Check()
	if t.Name == "" {
		faults = append(model.Faults{{Field: "name", Reason: "a template needs one"}}, faults...)
	}
	if err := faults.Err(); err != nil {
		return err
	}
	text, err := encode(t)
	if err == nil {
		_, err = withRights(c, func() (string, error) { return c.write(t.Name, text) })
	}
	if err != nil {
		return fmt.Errorf("template %q: %w", t.Name, err)
	}
	return nil
}

// write writes a template's text to its file and returns the path.
func (c *Catalog) write(name string, text []byte) (path string, err error) {
	if path, err = c.place(name); err != nil {
		return "", err
	}
	return path, writeFile(path, text, 0o644)
}

// Delete removes a template of the user. For a shipped or system template the error wraps ErrReadOnly.
func (c *Catalog) Delete(name string) error {
	_, err := withRights(c, func() (string, error) { return c.remove(name) })
	if err != nil {
		return fmt.Errorf("template %q: %w", name, err)
	}
	return nil
}

func (c *Catalog) remove(name string) (path string, err error) {
	t, err := c.find(name)
	if err == nil && t.Source != model.SourceUser {
		err = fmt.Errorf("a %s template is %w", t.Source, ErrReadOnly)
	}
	if err == nil {
		err = os.Remove(t.Path)
	}
	return t.Path, err
}

// find finds a template among those that can be read.
func (c *Catalog) find(name string) (model.Template, error) {
	all, err := c.list()
	for _, t := range all {
		if t.Name == name {
			return t, nil
		}
	}
	return model.Template{}, errors.Join(ErrNoTemplate, err)
}

// place returns the path for a template of the user: that of the existing file, or a new one.
func (c *Catalog) place(name string) (string, error) {
	if c.folders.User == "" {
		return "", errNoFolder
	}
	switch t, err := c.find(name); {
	case err == nil && t.Source == model.SourceUser:
		return t.Path, nil
	case err == nil:
		return "", fmt.Errorf("a %s template is %w: give yours another name", t.Source, ErrReadOnly)
	}
	folder := filepath.Join(c.folders.User, "templates")
	for n := 1; ; n++ {
		path := filepath.Join(folder, fileName(name, n))
		// A file that isn't a readable template must not be overwritten either.
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", err
		}
	}
}

// fileName returns the n-th possible file name for a template's name. Characters other than ASCII letters, digits, _
// and . become hyphens.
func fileName(name string, n int) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, name)
	const longest = 100
	plain = strings.TrimLeft(plain[:min(len(plain), longest)], ".-")
	if plain == "" {
		plain = "template"
	}
	if n > 1 {
		plain += "-" + strconv.Itoa(n)
	}
	return plain + suffix
}

// A templateFolder is one place with templates.
type templateFolder struct {
	source model.Source
	files  fs.FS
	folder string // its path; empty for the shipped templates
}

// templateFolders returns all places with templates; a later one hides templates of an earlier one.
func (c *Catalog) templateFolders() []templateFolder {
	all := []templateFolder{{source: model.SourceShipped, files: assets.Templates()}}
	for _, s := range []templateFolder{
		{source: model.SourceSystem, folder: c.folders.System}, {source: model.SourceUser, folder: c.folders.User},
	} {
		if s.folder != "" {
			s.folder = filepath.Join(s.folder, "templates")
			s.files = os.DirFS(s.folder)
			all = append(all, s)
		}
	}
	return all
}

// read returns the folder's templates by name, and what is wrong with files that can't be read. If two files have the
// same name, the one that sorts first counts.
func (s templateFolder) read() (map[string]model.Template, error) {
	entries, err := fs.ReadDir(s.files, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("templates: %w", err)
	}
	found, from := map[string]model.Template{}, map[string]string{}
	var errs []error
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		t, err := s.template(e.Name())
		if first, twice := from[t.Name]; twice && err == nil {
			err = &strict.Mistake{File: s.path(e.Name()), Key: "name", Reason: fmt.Sprintf("%q is the name of %s too", t.Name, first)}
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		found[t.Name], from[t.Name] = t, e.Name()
	}
	return found, errors.Join(errs...)
}

// template reads one file. A template without a name gets that of its file.
func (s templateFolder) template(file string) (model.Template, error) {
	t := model.Template{Source: s.source}
	if s.folder != "" {
		t.Path = s.path(file)
	}
	info, err := fs.Stat(s.files, file)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err == nil && info.Size() > strict.MaxFile {
		err = errors.New("larger than 1 MiB: not a template")
	}
	if err != nil {
		return t, fmt.Errorf("template %s: %w", s.path(file), err)
	}
	text, err := fs.ReadFile(s.files, file)
	if err != nil {
		return t, fmt.Errorf("template %s: %w", s.path(file), err)
	}
	d, err := strict.Reader{File: s.path(file)}.Decode(text, &t)
	if err != nil {
		return t, err
	}
	if t.Name == "" {
		t.Name = strings.TrimSuffix(file, suffix)
	}
	for _, key := range []string{"name", "description"} { // they appear in lists, so they must be printable
		for _, f := range t.Check().Of(key) {
			d.Fault([]string{key}, "%s", f.Reason)
		}
	}
	return t, d.Err()
}

// path returns the name of a file in messages.
func (s templateFolder) path(file string) string {
	if s.folder == "" {
		return "shipped " + file
	}
	return filepath.Join(s.folder, file)
}
