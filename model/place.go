package model

import (
	"fmt"
	"path"
	"strings"
)

// A Place is one end of a copy: a path in an instance, or on the machine itself.
type Place struct {
	Instance InstanceID // 0: the machine
	Path     string     // absolute; a folder's that ends in / means what is in the folder
}

// Check says what is wrong with a place.
func (p Place) Check() error {
	switch {
	case wrongText(p.Path, "") != "":
		return Fault{Field: "path", Reason: wrongText(p.Path, "")}
	case !strings.HasPrefix(p.Path, "/"):
		return Fault{Field: "path", Value: p.Path, Reason: "a path begins with /"}
	}
	return nil
}

// Contents reports whether the place means what is in the folder rather than the folder, as rsync reads a path.
func (p Place) Contents() bool { return strings.HasSuffix(p.Path, "/") }

// Clean is its path without what means nothing.
func (p Place) Clean() string { return path.Clean(p.Path) }

// String writes it as people do: C.1012:/workspace, or the path alone.
func (p Place) String() string {
	if p.Instance == 0 {
		return p.Path
	}
	return fmt.Sprintf("%s:%s", p.Instance, p.Path)
}

// Copied is how far a copy is.
type Copied struct {
	Files int
	Bytes Bytes
	Total Maybe[Bytes] // what it will be; unknown of a folder of an instance
}
