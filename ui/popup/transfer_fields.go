package popup

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// The lines of the copy, in the order Tab goes through them.
const (
	lineWay    = iota // out of the instance, or into it
	lineInside        // the path in the instance
	lineWith          // the other end: this machine, or another instance
	lineThere         // the path there
	lineCount
)

// ends are what a copy is asked to do, as it is typed.
type ends struct {
	into   bool
	inside kit.Line
	with   model.InstanceID // 0: this machine
	there  kit.Line
	typed  bool // there was typed: it stays when the other end changes
	at     int  // the line in focus
}

// newEnds copies what is in the instance's data folder out of it, into a folder named after it.
func newEnds(th theme.Theme, i model.Instance, dir string) ends {
	e := ends{inside: kit.NewLine(th, "", "", longestPath), there: kit.NewLine(th, "", "", longestPath)}
	return e.proposed(th, i, nil, dir, true)
}

// longestPath is the kernel's PATH_MAX.
const longestPath = 4096

// proposed fills in the paths that weren't typed: data folders of instances, and on this machine a folder named
// after the instance in the one that the program was started in. What is read ends in /, which means what is in
// the folder.
func (e ends) proposed(th theme.Theme, i model.Instance, others []model.Instance, dir string, inside bool) ends {
	if inside {
		e.inside = kit.NewLine(th, "", e.marked(i.Plan.DataDirectory(), !e.into), longestPath)
	}
	if e.typed {
		return e
	}
	there := ""
	switch at := slices.IndexFunc(others, func(o model.Instance) bool { return o.ID == e.with }); {
	case at >= 0:
		there = e.marked(others[at].Plan.DataDirectory(), e.into)
	case !e.into && dir != "":
		there = dir + "/" + i.ID.String()
		if dir == "/" {
			there = "/" + i.ID.String()
		}
	}
	e.there = kit.NewLine(th, "", there, longestPath)
	return e
}

// marked is a path as it is read, or as it is written to.
func (e ends) marked(path string, read bool) string {
	if read {
		return path + "/"
	}
	return path
}

// moved is the next line in focus, or the one before.
func (e ends) moved(by int) ends {
	e.at = (e.at + by + lineCount) % lineCount
	return e
}

// write hands a key or pasted text to the line in focus, if that is typed in.
func (e ends) write(msg tea.Msg) ends {
	switch e.at {
	case lineInside:
		e.inside = e.inside.Update(msg)
	case lineThere:
		before := e.there.Value()
		e.there = e.there.Update(msg)
		e.typed = e.typed || e.there.Value() != before
	}
	return e
}

// places are where it is copied from and to. The destination always is a folder.
func (e ends) places(id model.InstanceID) (from, to model.Place) {
	from = model.Place{Instance: id, Path: e.inside.Value()}
	to = model.Place{Instance: e.with, Path: e.there.Value()}
	if e.into {
		from, to = to, from
	}
	if !to.Contents() {
		to.Path += "/"
	}
	return from, to
}

// wrong says what prevents a copy, and in which line.
func (e ends) wrong(id model.InstanceID) (line int, reason string) {
	from, to := e.places(id)
	read, written := lineInside, lineThere
	if e.into {
		read, written = written, read
	}
	switch at := to.Clean(); {
	case e.inside.Value() == "":
		return lineInside, "type a path in the instance, such as /workspace"
	case e.there.Value() == "":
		return lineThere, "type a path, such as /home/you/results"
	case from.Check() != nil:
		return read, "a path begins with /"
	case to.Check() != nil:
		return written, "a path begins with /"
	case at == "/" || at == "/root":
		return written, at + " can't be the destination: an SSH server lets nobody in once its owner or mode has changed; " +
			"name a folder below it"
	}
	return 0, ""
}
