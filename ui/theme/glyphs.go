package theme

// Glyphs are the signs that a screen is made of. Each is one cell wide and has an ASCII version, so that columns stay
// in place on a terminal that has only ASCII. In ASCII, Enter and Degree are empty.
type Glyphs struct {
	Open     string // runs and answers
	Busy     string // a step is under way
	Stopped  string // stopped or ended
	Waiting  string // waits for GPUs
	Failed   string // went wrong
	Selected string // marks the selected row
	Marked   string // marks rows for a common action
	Yes, No  string // a check that passed or failed
	Dash     string // an unknown value
	Ellipsis string // stands for text that was cut off
	Dot      string // between two facts
	Times    string // 8×
	Arrow    string // from here to there
	Up, Down string // sort order; more above or below
	Enter    string // the Enter key
	Mask     string // one character of a secret
	Degree   string // of temperatures

	Horizontal, Vertical                       string
	TopLeft, TopRight, BottomLeft, BottomRight string

	Full, Half, Trough string // of a bar: a cell of it, half a cell at its end, the empty rest
	Idle               string // a cell of a bar's part that was idle

	// levels fill a cell from below: index 0 is the least visible level, 7 the full cell.
	levels [8]string
}

var unicodeGlyphs = Glyphs{
	Open: "●", Busy: "◐", Stopped: "○", Waiting: "◌", Failed: "✗",
	Selected: "▸", Marked: "✓", Yes: "✓", No: "✗",
	Dash: "–", Ellipsis: "…", Dot: "·", Times: "×", Arrow: "→", Up: "↑", Down: "↓", Enter: "⏎", Mask: "•", Degree: "°",
	Horizontal: "─", Vertical: "│", TopLeft: "╭", TopRight: "╮", BottomLeft: "╰", BottomRight: "╯",
	Full: "━", Half: "╸", Trough: "─", Idle: "╍",
	levels: [8]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
}

var asciiGlyphs = Glyphs{
	Open: "*", Busy: "~", Stopped: "o", Waiting: ".", Failed: "x",
	Selected: ">", Marked: "+", Yes: "+", No: "x",
	Dash: "-", Ellipsis: "~", Dot: "|", Times: "x", Arrow: ">", Up: "^", Down: "v", Enter: "", Mask: "*", Degree: "",
	Horizontal: "-", Vertical: "|", TopLeft: "+", TopRight: "+", BottomLeft: "+", BottomRight: "+",
	Full: "=", Half: "-", Trough: ".", Idle: "~",
	levels: [8]string{"_", ".", ".", "-", "-", "=", "=", "#"},
}
