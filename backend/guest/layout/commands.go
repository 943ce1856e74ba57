package layout

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"berth/backend/guest/files"
)

// command is a program that is the launcher as the API's client. It is a file rather than a link: whoever installs
// the platform's own client over it must not write through to the launcher. The kernel reads the line, so no shell
// is needed.
const command = "#!" + files.Program + " client\n"

// Commands puts the client's names where each of these PATHs finds them: that of the container and that of its
// sessions. A program of the image's own, or one that was installed since, has its name to itself. What can't be
// is a fault in words.
func (s *Layout) Commands(paths ...string) (faults []string) {
	for _, name := range files.Client {
		if err := s.command(name, paths); err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", name, err))
		}
	}
	return faults
}

// command puts one name on these PATHs, or takes it off where there is another of that name.
func (s *Layout) command(name string, paths []string) error {
	everywhere := places(name, strings.Join(paths, ":"))
	if slices.ContainsFunc(everywhere, func(at string) bool { return s.disk.program(at) && !s.own(at) }) {
		return s.withdraw(everywhere)
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

// places are where a name is looked for on a PATH.
func places(name, path string) []string {
	var all []string
	for _, dir := range filepath.SplitList(path) {
		if filepath.IsAbs(dir) {
			all = append(all, filepath.Join(dir, name))
		}
	}
	return all
}

// customary is where what the image's own packages don't bring belongs, and where every login looks.
const customary = "/usr/local/bin"

// put writes the command into the customary folder if that is on the PATH, else into the first folder of it that
// takes it, one that is there before one that would have to be made.
func (s *Layout) put(name, path string) error {
	candidates := places(name, path)
	slices.SortStableFunc(candidates, func(a, b string) int { return s.rank(a) - s.rank(b) })
	errs := []error{errors.New("no folder of " + path + " takes it")}
	for _, at := range candidates {
		if s.disk.taken(at) {
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
	case dir == customary:
		return 0
	case s.disk.exists(dir):
		return 1
	}
	return 2
}

// withdraw takes back what is ours among these places.
func (s *Layout) withdraw(places []string) error {
	var errs []error
	for _, at := range places {
		if s.own(at) {
			errs = append(errs, s.disk.remove(at))
		}
	}
	return errors.Join(errs...)
}

// own reports whether a file is what put writes.
func (s *Layout) own(at string) bool {
	if s.disk.size(at) != int64(len(command)) {
		return false
	}
	text, err := s.disk.read(at)
	return err == nil && string(text) == command
}
