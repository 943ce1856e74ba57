package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// A split asks which of several orders is meant, if the key would order different things for the marked instances. Each
// answer shows its number of instances. Cancel is the default.
type split struct {
	theme  theme.Theme
	title  string
	parts  []part
	left   string // names the marked instances that no order is for
	chosen int    // the focused button; 0 is Cancel
}

// A part is the instances that one of the orders is for.
type part struct {
	action  model.Action
	guard   model.Guard
	targets []model.Instance
	cmd     tea.Cmd
}

// button returns the button's text, one or two words.
func (p part) button() string {
	if p.action == model.ActionNewPorts {
		return "New ports"
	}
	return p.guard.Does
}

func (s split) Update(msg tea.Msg) (overlay, tea.Cmd) {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return s, nil
	}
	buttons := len(s.parts) + 1
	switch press.String() {
	case "esc", "n", "q":
		return nil, nil
	case "enter":
		if s.chosen == 0 {
			return nil, nil
		}
		return nil, s.parts[s.chosen-1].cmd
	case "tab", "right", "l", "down", "j":
		s.chosen = (s.chosen + 1) % buttons
	case "shift+tab", "left", "h", "up", "k":
		s.chosen = (s.chosen + buttons - 1) % buttons
	}
	return s, nil
}

func (s split) View(w, h int) string {
	w = min(w, 64)
	var lines []string
	buttons := []string{s.button(0, "Cancel")}
	for n, p := range s.parts {
		lines = append(lines, theme.Wrap(theme.Text(strings.TrimSpace(p.guard.Does+": "+p.guard.Names+". "+p.guard.Means)), w-4)...)
		buttons = append(buttons, s.button(n+1, fmt.Sprintf("%s %d", p.button(), len(p.targets))))
	}
	if s.left != "" {
		lines = append(lines, theme.Wrap(s.left+".", w-4)...)
	}
	lines = append(lines, "", strings.Join(buttons, "  "))
	return s.theme.Frame(s.title, strings.Join(lines, "\n"), w, min(len(lines)+2, h))
}

// button draws a button and highlights it if it has the focus.
func (s split) button(n int, does string) string {
	if n == s.chosen {
		return s.theme.Focus.Render("[ " + does + " ]")
	}
	return "[ " + does + " ]"
}
