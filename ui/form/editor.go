package form

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// Editing the on-start script takes three steps, so that Update does no file I/O: a command writes the script to a
// temporary file, the editor gets the terminal, and the result is read.

// scriptReady says that the temporary file is written.
type scriptReady struct {
	path   string
	editor []string
}

// scriptEdited says that the editor has ended.
type scriptEdited struct {
	text string
	err  error
}

// writeScript writes the script to a file that only its owner can read, because scripts may contain tokens.
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
			_ = os.Remove(file.Name()) // the first error is the important one
			return scriptEdited{err: fmt.Errorf("the editor needs a temporary file: %w", err)}
		}
		return scriptReady{path: file.Name(), editor: editor()}
	}
}

// open gives the terminal to the editor until it ends.
func (s scriptReady) open() tea.Cmd {
	program := s.editor[0]
	cmd := exec.Command(program, append(s.editor[1:], s.path)...) //nolint:noctx // the user ends it
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

// discard removes the file. It is in the folder for temporary files, so if that fails the system removes it later.
func (s scriptReady) discard() { _ = os.Remove(s.path) }

// editor returns the user's editor as words, from VISUAL or EDITOR.
func editor() []string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if words, err := model.SplitWords(os.Getenv(name)); err == nil && len(words) > 0 {
			return words
		}
	}
	return []string{"vi"}
}

// edited takes over the result of the editor.
func (f Form) edited(e scriptEdited) Form {
	if e.err != nil {
		f.pages.onstart.trouble = model.Said(e.err)
		return f
	}
	f.pages.onstart.trouble = ""
	script := &f.pages.onstart.script
	if !strings.HasSuffix(script.value(), "\n") {
		// Editors end a file with a newline, which the field would show as an additional empty line.
		e.text = strings.TrimSuffix(e.text, "\n")
	}
	script.set(e.text)
	f.draft = f.replan()
	return f
}
