package handover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"berth/model"
)

// A simulatedSpecs is a folder that records which simulated GPUs each instance was given, as CDI specs do for real
// ones. From it a lost or old ledger learns which GPUs the running instances use.
type simulatedSpecs string

func (p simulatedSpecs) path(id model.InstanceID) string {
	return filepath.Join(string(p), id.String())
}

func (p simulatedSpecs) write(id model.InstanceID, gpus []model.GPUID) error {
	var text strings.Builder
	for _, gpu := range gpus {
		fmt.Fprintln(&text, gpu)
	}
	const mode = 0o770 // the folder that contains it may be more restrictive
	if err := os.MkdirAll(string(p), mode); err != nil {
		return fmt.Errorf("simulated GPUs: %w", err)
	}
	draft := p.path(id) + ".new"
	err := os.WriteFile(draft, []byte(text.String()), 0o660)
	if err == nil {
		err = os.Rename(draft, p.path(id))
	}
	if err != nil {
		_ = os.Remove(draft) // the file may not exist
		return fmt.Errorf("simulated GPUs: %w", err)
	}
	return nil
}

func (p simulatedSpecs) remove(id model.InstanceID) error {
	if err := os.Remove(p.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("simulated GPUs: %w", err)
	}
	return nil
}

func (p simulatedSpecs) list() ([]model.InstanceID, error) {
	entries, err := os.ReadDir(string(p))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("simulated GPUs: %w", err)
	}
	var ids []model.InstanceID
	for _, e := range entries {
		if id, err := model.ParseInstanceID(e.Name()); err == nil && p.path(id) == filepath.Join(string(p), e.Name()) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (p simulatedSpecs) given(id model.InstanceID) ([]model.GPUID, bool) {
	text, err := os.ReadFile(p.path(id))
	if err != nil {
		return nil, false
	}
	var gpus []model.GPUID
	for line := range strings.Lines(string(text)) {
		gpus = append(gpus, model.GPUID(strings.TrimSpace(line)))
	}
	return gpus, true
}
