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

// A pretense is a folder that remembers which simulated GPUs each instance was handed, as a CDI spec does for real
// ones: a ledger that is lost or old can be told what really runs on what.
type pretense string

func (p pretense) path(id model.InstanceID) string { return filepath.Join(string(p), id.String()) }

func (p pretense) write(id model.InstanceID, gpus []model.GPUID) error {
	var text strings.Builder
	for _, gpu := range gpus {
		fmt.Fprintln(&text, gpu)
	}
	const mode = 0o770 // as open as its own folder lets it be
	if err := os.MkdirAll(string(p), mode); err != nil {
		return fmt.Errorf("simulated GPUs: %w", err)
	}
	draft := p.path(id) + ".new"
	err := os.WriteFile(draft, []byte(text.String()), 0o660)
	if err == nil {
		err = os.Rename(draft, p.path(id))
	}
	if err != nil {
		_ = os.Remove(draft) // it may never have come to be
		return fmt.Errorf("simulated GPUs: %w", err)
	}
	return nil
}

func (p pretense) remove(id model.InstanceID) error {
	if err := os.Remove(p.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("simulated GPUs: %w", err)
	}
	return nil
}

func (p pretense) given(id model.InstanceID) ([]model.GPUID, bool) {
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
