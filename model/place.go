package model

import (
	"fmt"
	"path"
	"strings"
)

// A Place is one end of a copy: a path in an instance or on the machine.
type Place struct {
	Instance InstanceID // 0 means the machine
	Path     string     // absolute; if a folder's path ends in /, only the folder's contents are meant
}

// Check returns a Fault if the path is invalid.
func (p Place) Check() error {
	switch {
	case wrongText(p.Path, "") != "":
		return Fault{Field: "path", Reason: wrongText(p.Path, "")}
	case !strings.HasPrefix(p.Path, "/"):
		return Fault{Field: "path", Value: p.Path, Reason: "a path begins with /"}
	}
	return nil
}

// Contents reports whether the place means the folder's contents and not the folder itself. rsync reads paths in this
// way too.
func (p Place) Contents() bool { return strings.HasSuffix(p.Path, "/") }

// Clean returns the path without redundant parts such as a trailing slash.
func (p Place) Clean() string { return path.Clean(p.Path) }

// String formats the place: C.1012:/workspace, or only the path for the machine.
func (p Place) String() string {
	if p.Instance == 0 {
		return p.Path
	}
	return fmt.Sprintf("%s:%s", p.Instance, p.Path)
}

// Copied is the progress of a copy.
type Copied struct {
	Files int
	Bytes Bytes
	Total Maybe[Bytes] // size of the whole copy; unknown for a folder of an instance
}
