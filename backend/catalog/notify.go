package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"

	"berth/backend/strict"
	"berth/model"
)

// notifyFile says how a user wants to be told of news. It is the user's own file, since a command in it is run with the
// user's rights: nobody else may say what that is.
const notifyFile = "notify.toml"

// Notify returns how the user wants to be told; a zero one if not at all.
func (c *Catalog) Notify() (model.Notify, error) {
	return withRights(c, func() (n model.Notify, err error) {
		if c.folders.User == "" {
			return n, nil
		}
		path := filepath.Join(c.folders.User, notifyFile)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return n, nil
		}
		text, err := strict.ReadOrdinary(path)
		if err != nil {
			return n, fmt.Errorf("notify: %w", err)
		}
		if _, err = (strict.Reader{File: path}).Decode(text, &n); err != nil {
			return model.Notify{}, err
		}
		return n, n.Check()
	})
}

// PutNotify stores how the user wants to be told. A zero one deletes the file.
func (c *Catalog) PutNotify(n model.Notify) error {
	if c.folders.User == "" {
		return fmt.Errorf("notify: %w", errNoFolder)
	}
	path := filepath.Join(c.folders.User, notifyFile)
	_, err := withRights(c, func() (struct{}, error) {
		if n.Command == "" && n.URL == "" {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return struct{}{}, fmt.Errorf("notify: %w", err)
			}
			return struct{}{}, nil
		}
		if err := n.Check(); err != nil {
			return struct{}{}, err
		}
		var b bytes.Buffer
		if err := toml.NewEncoder(&b).Encode(n); err != nil {
			return struct{}{}, fmt.Errorf("notify: %w", err)
		}
		return struct{}{}, writeFile(path, b.Bytes(), 0o600) // a webhook's address is a secret
	})
	return err
}
