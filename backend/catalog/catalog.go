// Package catalog reads and writes what people keep as files: templates, orders and logins to registries. All of them
// are TOML and are read strictly (package strict). Begin reading at Catalog.
//
//	folders, err := catalog.Find(os.Getenv("BERTH_HOME"))
//	c, err := catalog.Open(folders)
//	templates, err := c.Templates() // those that can be read, and what is wrong with the others
//
// It writes only in one user's folder: that of the process's user, or, if root calls For, that of another user. It
// checks a file's form only. What an order means is model's business: a file without a Mistake may hold an order that
// no machine accepts.
package catalog

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/moby/sys/atomicwriter"

	"berth/backend/config"
)

// A Catalog has one user's view of these files. The configuration is the one that Open read; everything else is read at
// each call. Its methods may be called from any goroutine.
type Catalog struct {
	folders Folders
	config  config.Config
	others  *others
	as      *person // the user whose rights file access has; nil: this process's rights
}

// Open reads the configuration: the built-in one, changed by the machine's, changed by the user's.
func Open(f Folders) (*Catalog, error) {
	user := ""
	if f.User != "" {
		user = filepath.Join(f.User, config.File)
	}
	c, err := config.Read(f.Config, user)
	if err != nil {
		return nil, err
	}
	return &Catalog{folders: f, config: c, others: newOthers(f.Users)}, nil
}

// Config returns the configuration.
func (c *Catalog) Config() config.Config { return c.config }

// Folders returns the folders that the catalog reads and writes.
func (c *Catalog) Folders() Folders { return c.folders }

// errNoFolder means that there is no folder to write to.
var errNoFolder = errors.New("no folder to keep it in: set HOME or XDG_CONFIG_HOME")

// writeFile replaces a file as a whole. It makes the file's folder, which only the user may enter.
func writeFile(path string, text []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicwriter.WriteFile(path, text, mode)
}
