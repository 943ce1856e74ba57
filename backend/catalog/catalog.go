// Package catalog reads and writes what people keep as files: templates, orders, the configuration and logins
// to registries. All of it is TOML, read strictly: a key that doesn't exist or a value of the wrong type is a
// Mistake that names file, line and key, and the nearest key there is.
//
//	folders, err := catalog.Find(os.Getenv("BERTH_HOME"))
//	c, err := catalog.Open(folders)
//	templates, err := c.Templates() // those that can be read, and what is wrong with the others
//
// It writes in one user's own folder only: that of the process's user, or for root, with For, another's. What an order means is model's to say: a file that reads well can
// still hold an order that no machine takes.
package catalog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/moby/sys/atomicwriter"

	"berth/model"
)

// A Catalog is what one user of the machine finds in its files. Its configuration is that of the moment it was
// opened; everything else is read when it is asked for. Its methods may be called from any goroutine.
type Catalog struct {
	folders Folders
	config  Config
	others  *others
	as      *person // whose rights the user's folder is used with; nil: this process's own
}

// Open reads the configuration: the built-in one, changed by the system's, changed by the user's.
func Open(f Folders) (*Catalog, error) {
	config, err := readConfig(f)
	if err != nil {
		return nil, err
	}
	return &Catalog{folders: f, config: config, others: newOthers(f.Users)}, nil
}

// Config is the configuration.
func (c *Catalog) Config() Config { return c.config }

// Folders are where it reads and writes.
func (c *Catalog) Folders() Folders { return c.folders }

// errNoFolder says that there is nowhere to write.
var errNoFolder = errors.New("no folder to keep it in: set HOME or XDG_CONFIG_HOME")

// maxFile is more than any file of ours has. Something else was named by mistake if it has more.
const maxFile = 1 << 20

// readFile is os.ReadFile that doesn't swallow a disk.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: larger than 1 MiB: not a file of berth's", path)
	}
	return []byte(model.PlainText(text)), nil // whatever saved it
}

// writeFile replaces a file of the user's as a whole, and makes its folder, which is for nobody else.
func writeFile(path string, text []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicwriter.WriteFile(path, text, mode)
}
