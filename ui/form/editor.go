package form

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// The on-start script is edited in three moves, so that no file is touched while the screen waits: a command
// writes it to a file of its own, the terminal is lent to the editor, and what comes back is read.

// scriptReady says that the script's file is written.
type scriptReady struct {
	path   string
	editor []string
}

// scriptEdited says that the editor has ended.
type scriptEdited struct {
	text string
	err  error
}

// writeScript puts the script into a file that only its owner can read: scripts hold tokens.
func writeScript(script string) tea.Cmd {
	return func() tea.Msg {
		file, err := os.CreateTemp("", "onstart-*.sh")
		if err != nil {
			return scriptEdited{err: fmt.Errorf("the editor needs a temporary file: %w", err)}
		}
		_, err = file.WriteString(script)
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			_ = os.Remove(file.Name()) // the first error is the one to tell
			return scriptEdited{err: fmt.Errorf("the editor needs a temporary file: %w", err)}
		}
		return scriptReady{path: file.Name(), editor: editor()}
	}
}

// open lends the terminal to the editor, for as long as its user likes.
func (s scriptReady) open() tea.Cmd {
	program := s.editor[0]
	cmd := exec.Command(program, append(s.editor[1:], s.path)...) //nolint:noctx // its user ends it
	return tea.ExecProcess(cmd, func(err error) tea.Msg {
		defer s.discard()
		if err != nil {
			return scriptEdited{err: fmt.Errorf("%s: %w; $EDITOR names the editor to use", program, err)}
		}
		text, err := os.ReadFile(s.path)
		if err != nil {
			return scriptEdited{err: fmt.Errorf("the edited script can't be read: %w", err)}
		}
		return scriptEdited{text: string(text)}
	})
}

// discard removes the file.
// It is in the folder for temporary files: one that can't be removed now is swept later.
func (s scriptReady) discard() { _ = os.Remove(s.path) }

// editor is the user's editor as words, by the same two variables as everywhere.
func editor() []string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if words, err := model.SplitWords(os.Getenv(name)); err == nil && len(words) > 0 {
			return words
		}
	}
	return []string{"vi"}
}

// edited takes over what the editor left.
func (f Form) edited(e scriptEdited) Form {
	if e.err != nil {
		f.pages.onstart.trouble = e.err.Error()
		return f
	}
	f.pages.onstart.trouble = ""
	script := &f.pages.onstart.script
	if !strings.HasSuffix(script.value(), "\n") {
		// Editors end a file with a line break of their own; the field would show one more, empty line.
		e.text = strings.TrimSuffix(e.text, "\n")
	}
	script.set(e.text)
	f.draft = f.replanned()
	return f
}
