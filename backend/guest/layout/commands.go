package layout

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"berth/backend/guest/files"
)

// command is the text of a file that runs the launcher as the API's client. It is a script and not a link: if somebody
// installs the platform's own client over the file, the launcher must not be overwritten. The kernel reads the #! line,
// so no shell is needed.
const command = "#!" + files.Program + " client\n"

// Commands makes the client's names available on each of these PATHs: the container's and its sessions'. It doesn't
// hide a program of that name that the image has or that was installed later. It returns what failed, in words.
func (s *Layout) Commands(paths ...string) (faults []string) {
	for _, name := range files.Client {
		if err := s.command(name, paths); err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", name, err))
		}
	}
	return faults
}

// command puts one name on these PATHs. If another program of that name is on them, it removes the name instead.
func (s *Layout) command(name string, paths []string) error {
	everywhere := places(name, strings.Join(paths, ":"))
	if slices.ContainsFunc(everywhere, func(at string) bool { return s.disk.program(at) && !s.own(at) }) {
		return s.removeOwn(everywhere)
	}
	for _, path := range paths {
		if path == "" || slices.ContainsFunc(places(name, path), s.disk.program) {
			continue
		}
		if err := s.put(name, path); err != nil {
			return err
		}
	}
	return nil
}

// places returns the paths at which a name is looked for on a PATH.
func places(name, path string) []string {
	var all []string
	for _, dir := range filepath.SplitList(path) {
		if filepath.IsAbs(dir) {
			all = append(all, filepath.Join(dir, name))
		}
	}
	return all
}

// localBin is the usual folder for programs that aren't of the image's packages. Every login's PATH has it.
const localBin = "/usr/local/bin"

// put writes the command into the customary folder if that is on the PATH, else into the first folder of the PATH where
// that works. Folders that exist come before folders that would have to be made.
func (s *Layout) put(name, path string) error {
	candidates := places(name, path)
	slices.SortStableFunc(candidates, func(a, b string) int { return s.rank(a) - s.rank(b) })
	errs := []error{errors.New("no folder of " + path + " takes it")}
	for _, at := range candidates {
		if s.disk.nameInUse(at) {
			continue
		}
		err := s.disk.write(at, []byte(command), 0o755)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (s *Layout) rank(at string) int {
	switch dir := filepath.Dir(at); {
	case dir == localBin:
		return 0
	case s.disk.exists(dir):
		return 1
	}
	return 2
}

// removeOwn removes the files among these that put wrote.
func (s *Layout) removeOwn(places []string) error {
	var errs []error
	for _, at := range places {
		if s.own(at) {
			errs = append(errs, s.disk.remove(at))
		}
	}
	return errors.Join(errs...)
}

// own reports whether a file's content is what put writes.
func (s *Layout) own(at string) bool {
	if s.disk.size(at) != int64(len(command)) {
		return false
	}
	text, err := s.disk.read(at)
	return err == nil && string(text) == command
}
