package popup

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// The lines of the copy, in the order of Tab.
const (
	lineWay    = iota // out of the instance, or into it
	lineInside        // the path in the instance
	lineWith          // the other end: this machine, or another instance
	lineThere         // the path at the other end
	lineCount
)

// ends is what a copy is asked to do, as far as it is typed.
type ends struct {
	into   bool
	inside kit.Line
	with   model.InstanceID // 0: this machine
	there  kit.Line
	typed  bool // the user typed there, so it stays when the other end changes
	at     int  // the line with the focus
}

// newEnds returns a copy out of the instance's data folder, into a folder named after the instance.
func newEnds(th theme.Theme, i model.Instance, dir string) ends {
	e := ends{inside: kit.NewLine(th, "", "", longestPath), there: kit.NewLine(th, "", "", longestPath)}
	return e.proposed(th, i, nil, dir, true)
}

// longestPath is the kernel's PATH_MAX.
const longestPath = 4096

// proposed fills in the paths that weren't typed: the data folder of an instance, and on this machine a folder named
// after the instance, in the folder in which the program was started. The source path ends in /, which means the
// folder's content.
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

// marked returns a path in the form of a source or of a destination.
func (e ends) marked(path string, read bool) string {
	if read {
		return path + "/"
	}
	return path
}

// moved moves the focus to the next line, or to the previous one.
func (e ends) moved(by int) ends {
	e.at = (e.at + by + lineCount) % lineCount
	return e
}

// write passes a key or pasted text to the line with the focus, if that is a text.
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

// places returns the source and the destination of the copy. The destination is always a folder.
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

// wrong returns what prevents a copy, and in which line.
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
