package cli

import "path/filepath"

// changes are what was done to files, counted by folder.
type changes []change

type change struct {
	done, first string // the first file's path
	files       int
}

func (c *changes) add(done, at string) {
	for n := range *c {
		if one := &(*c)[n]; one.done == done && filepath.Dir(one.first) == filepath.Dir(at) {
			one.files++
			return
		}
	}
	*c = append(*c, change{done, at, 1})
}

func (c changes) tell(i *installer) {
	for _, one := range c {
		if one.files == 1 {
			i.say("%s %s", one.done, one.first)
			continue
		}
		i.say("%s %d files in %s", one.done, one.files, filepath.Dir(one.first))
	}
}
