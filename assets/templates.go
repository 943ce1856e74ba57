package assets

import (
	"embed"
	"io/fs"
)

// shipped are the templates, each a file as those that users write.
//
//go:embed templates/*.toml
var shipped embed.FS

// Templates are the shipped templates' files.
func Templates() fs.FS {
	files, err := fs.Sub(shipped, "templates")
	if err != nil {
		panic(err) // only an invalid path fails, and this one is constant
	}
	return files
}
