package form

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// A number is a numeric field. It can be typed, or changed with Left and Right by a step, with shift by a leap.
type number struct {
	field
	typed string
	// fresh says that the next digit replaces the value: a user who comes to a field with 2 and types 4 means 4, not
	// 24.
	fresh      bool
	low, high  float64 // ends of the slider; a typed value outside them is a fault with an explanation
	step, leap float64
	fractions  bool // a decimal point may be typed
	unit       string
	note       string // shown after the number: how much there is
	example    string // the value that counts while nothing is typed
	refused    string // why the last input was refused
}

func (n number) value() float64 {
	v, err := strconv.ParseFloat(n.typed, 64)
	if err != nil {
		return 0
	}
	return v
}

// zero reports whether a 0 is typed in a field where an empty value means something else.
func (n number) zero() bool { return n.example != "" && n.typed != "" && n.value() == 0 }

func (n *number) set(v float64) {
	n.typed, n.fresh = plain(v), true
	if v == 0 && n.example != "" {
		n.typed = ""
	}
}

// longestNumber is in characters.
const longestNumber = 9

// plain formats a figure as a person would type it.
func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (n *number) update(msg tea.Msg) (tea.Cmd, bool) {
	n.refused = ""
	switch m := msg.(type) {
	case tea.PasteMsg:
		n.paste(strings.TrimSpace(m.Content))
		return nil, true
	case tea.KeyPressMsg:
		if n.press(m) {
			return nil, true
		}
	}
	n.fresh = true
	return nil, false
}

// accepts says which characters a number has, and its range.
func (n *number) accepts() string {
	signs := "digits"
	if n.fractions {
		signs = "digits and a point"
	}
	if n.high <= n.low {
		return "a number: " + signs
	}
	return strings.TrimSpace(fmt.Sprintf("a number: %s, %s to %s %s", signs, plain(n.low), plain(n.high), n.unit))
}

// paste takes a pasted number, with or without its unit. Other text is refused and changes nothing.
func (n *number) paste(text string) {
	figure := strings.TrimSpace(strings.TrimSuffix(text, n.unit))
	_, err := strconv.ParseFloat(figure, 64)
	digits := strings.Trim(figure, "0123456789")
	if err != nil || len(figure) > longestNumber || digits != "" && (digits != "." || !n.fractions) {
		n.refused = fmt.Sprintf("%q isn't taken: %s", text, n.accepts())
		return
	}
	n.typed, n.fresh = figure, false
}

// press handles one key.
func (n *number) press(k tea.KeyPressMsg) bool {
	if prints(k) && len([]rune(k.Text)) == 1 && n.typeRune([]rune(k.Text)[0]) {
		return true
	}
	switch k.String() {
	case "left", "-":
		n.stepBy(-n.step)
	case "right", "+":
		n.stepBy(n.step)
	case "shift+left":
		n.stepBy(-n.leap)
	case "shift+right":
		n.stepBy(n.leap)
	case "home":
		n.set(n.low)
	case "end":
		n.set(n.high)
	case "backspace", "ctrl+h":
		n.fresh = false
		n.typed = n.typed[:max(len(n.typed)-1, 0)]
	case "ctrl+u":
		n.typed, n.fresh = "", false
	default:
		return false
	}
	return true
}

// typeRune appends a digit or the decimal point. It returns false for other characters.
func (n *number) typeRune(r rune) bool {
	point := r == '.' && n.fractions
	if (r < '0' || r > '9') && !point {
		return false
	}
	if n.fresh {
		n.typed, n.fresh = "", false
	}
	switch {
	case len(n.typed) >= longestNumber:
		n.refused = fmt.Sprintf("at most %d digits: %s", longestNumber, n.accepts())
	case point && strings.Contains(n.typed, "."):
		n.refused = "one point: " + n.accepts()
	default:
		n.typed += string(r)
	}
	return true
}

// stepBy moves to the next multiple of the step in a direction, so that 37 goes to 40 and not to 47.
func (n *number) stepBy(by float64) {
	unit := math.Abs(by)
	if unit == 0 {
		return
	}
	v := n.value() / unit
	if by > 0 {
		v = math.Floor(v+1e-9) + 1
	} else {
		v = math.Ceil(v-1e-9) - 1
	}
	n.set(math.Max(n.low, math.Min(v*unit, math.Max(n.high, n.low))))
}

func (n number) view(p pen) block {
	line := p.Dim.Render("- ") + n.drawn(p) + p.Dim.Render(" +")
	if n.unit != "" {
		line += " " + n.unit
	}
	lines := []string{line}
	if bar := min(p.width, 40); n.high > n.low && bar >= 10 {
		fill := (n.value() - n.low) / (n.high - n.low) * 100
		lines = append(lines, p.Bar(p.Own, bar, fill))
	}
	if n.note != "" {
		lines = append(lines, wrapped(p.Dim, n.note, p.width)...)
	}
	return block{lines: lines}
}

// drawn draws the number, with room for the next digit if it would be appended.
func (n number) drawn(p pen) string {
	switch {
	case n.typed == "" && p.focused:
		return p.Focus.Render(" ") + p.Dim.Render(n.example+" ")
	case n.typed == "":
		return p.Dim.Render(" " + n.example + " ")
	case p.focused && !n.fresh:
		return p.Strong.Render(" "+n.typed) + p.Focus.Render(" ")
	}
	return p.value(" " + n.typed + " ")
}

// percent returns a share of the machine in percent as it is typed, rounded to a hundredth.
func percent(share float64) float64 { return math.Round(share*10000) / 100 }
