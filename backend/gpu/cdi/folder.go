package cdi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tags.cncf.io/container-device-interface/pkg/cdi"
	"tags.cncf.io/container-device-interface/specs-go"

	"berth/model"
)

// A Folder is a folder that an engine reads CDI specs from.
type Folder string

// Write puts an instance's spec in place atomically, replacing that of its last start. It returns when the file is safe
// on disk. The file is first written in the same folder, under a name that engines ignore, and then renamed: engines'
// watchers nearly always miss a file that is moved in from another folder.
func (f Folder) Write(id model.InstanceID, spec *specs.Spec) error {
	content, err := Encode(spec)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		return fmt.Errorf("CDI folder: %w", err)
	}
	if err := replace(f.path(id), content); err != nil {
		return fmt.Errorf("CDI spec of %s: %w", id, err)
	}
	return f.sync()
}

// Remove removes an instance's spec, so that its container can't be started any more. A missing spec is no error.
func (f Folder) Remove(id model.InstanceID) error {
	if err := os.Remove(f.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("CDI spec of %s: %w", id, err)
	}
	return nil
}

// Handed returns the GPUs that an instance's spec gives it; false if there is no spec or it can't be read.
func (f Folder) Handed(id model.InstanceID) ([]model.GPUID, bool) {
	spec, err := cdi.ReadSpec(f.path(id), 0)
	if err != nil || spec == nil || len(spec.Devices) != 1 {
		return nil, false
	}
	return gpusOf(spec.Devices[0].ContainerEdits.Env)
}

// Nonce returns the nonce of an instance's spec; empty if there is no spec or it can't be read.
func (f Folder) Nonce(id model.InstanceID) string {
	spec, err := cdi.ReadSpec(f.path(id), 0)
	if err != nil || spec == nil || len(spec.Devices) != 1 {
		return ""
	}
	nonce, _ := valueOf(NonceName, spec.Devices[0].ContainerEdits.Env)
	return nonce
}

// List returns the instances whose specs are in place, by id. A missing folder counts as empty.
func (f Folder) List() ([]model.InstanceID, error) {
	entries, err := os.ReadDir(string(f))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("CDI folder: %w", err)
	}
	var ids []model.InstanceID
	for _, e := range entries {
		if id, ours := instanceOf(e.Name()); ours {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (f Folder) path(id model.InstanceID) string { return filepath.Join(string(f), FileName(id)) }

// sync makes a rename survive a power cut.
func (f Folder) sync() error {
	dir, err := os.Open(string(f))
	if err != nil {
		return fmt.Errorf("CDI folder: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// replace writes a file by a rename, so that nobody ever reads half of it.
func replace(path string, content []byte) error {
	next := path + ".next"
	err := writeSynced(next, content)
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		_ = os.Remove(next) // the file may not exist
	}
	return err
}

func writeSynced(path string, content []byte) error {
	const mode = 0o644 // whatever the umask: the reader may be another user
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
}
