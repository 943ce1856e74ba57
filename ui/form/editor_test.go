package form

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// A host runs a form in a real program, so that a real editor gets the terminal. It ends after that.
type host struct{ form Form }

func (h host) Init() tea.Cmd {
	return func() tea.Msg { return tea.KeyPressMsg{Code: 'e', Mod: tea.ModCtrl} }
}

func (h host) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	h.form, cmd = h.form.Update(msg)
	if _, done := msg.(scriptEdited); done {
		return h, tea.Quit
	}
	return h, cmd
}

func (h host) View() tea.View { return tea.NewView(h.form.View(80, 24)) }

func TestEditorOfTheOnStartScript(t *testing.T) {
	tests := []struct {
		name    string
		editor  string
		script  string
		want    string
		trouble string
	}{
		{"what the editor leaves is the script", "sh -c 'printf added >> $0'", "first\n", "first\nadded", ""},
		{"the line end that editors add isn't a line of its own", "sh -c 'echo more > $0'", "first", "more", ""},
		{"tabs come back", "sh -c 'printf \"\\tx\" > $0'", "", "\tx", ""},
		{"an editor that fails leaves the script as it was", "false", "first", "first", "$EDITOR names the editor"},
		{"so does one that isn't there", "/no/such/editor", "first", "first", "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			t.Setenv("VISUAL", "")
			t.Setenv("EDITOR", tt.editor)
			in := inputs()
			order := recent()
			order.OnStart = tt.script
			in.Start = &order
			f := New(in, plainTheme(t)).goToStep(stepOnStart)

			program := tea.NewProgram(host{f}, tea.WithInput(strings.NewReader("")), tea.WithOutput(io.Discard))
			deadline := time.AfterFunc(20*time.Second, program.Kill)
			defer deadline.Stop()
			end, err := program.Run()
			if err != nil {
				t.Fatal(err)
			}
			got := end.(host).form
			if got.Order().OnStart != tt.want {
				t.Errorf("the script is %q, want %q", got.Order().OnStart, tt.want)
			}
			if trouble := got.pages.onstart.trouble; (tt.trouble == "") != (trouble == "") || !strings.Contains(trouble, tt.trouble) {
				t.Errorf("it says %q, want %q", trouble, tt.trouble)
			}
			if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
				t.Errorf("files were left behind: %v", left)
			}
		})
	}
}

// Scripts contain tokens, so no other user may read the file while the editor is open.
func TestTheEditorsFileIsPrivate(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ready, ok := writeScript("secret")().(scriptReady)
	if !ok {
		t.Fatal("the script was not written")
	}
	defer ready.discard()
	stat, err := os.Stat(ready.path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := stat.Mode().Perm(); mode != 0o600 {
		t.Errorf("the file's mode is %o", mode)
	}
}
