package ui_test

import (
	"errors"
	"os"
	"testing"

	"berth/ui"
	"berth/ui/terminal"
	"berth/ui/uitest"
)

func TestWithoutATerminalRunSaysSo(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	err = ui.Run(t.Context(), uitest.New(uitest.Fleet(1, 1)), ui.Options{In: file, Out: file})
	if closeErr := file.Close(); !errors.Is(err, terminal.ErrNoTerminal) || closeErr != nil {
		t.Errorf("got %v, and %v", err, closeErr)
	}
}
