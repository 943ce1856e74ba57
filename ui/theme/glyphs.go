package theme

// Glyphs are the signs a screen is made of. Each is one cell wide and has an ASCII twin, so that columns
// stand where they stood on a terminal that has nothing else.
type Glyphs struct {
	Open     string // runs and answers
	Busy     string // on its way
	Stopped  string // at rest
	Waiting  string // for GPUs
	Failed   string // went wrong
	Selected string // marks the selected row
	Marked   string // marks a row that is marked for a common action
	Yes, No  string // a check that passed, one that didn't
	Dash     string // a figure that is unknown
	Ellipsis string // what was cut off
	Dot      string // between two facts
	Times    string // 8×
	Arrow    string // from here to there
	Up, Down string // sort order, more above, more below
	Enter    string // the Enter key
	Mask     string // one character of a secret
	Degree   string // of temperatures

	Horizontal, Vertical                       string
	TopLeft, TopRight, BottomLeft, BottomRight string

	Full, Half, Trough string // of a bar: a cell of it, half a cell at its end, what is left

	// levels fill a cell from the bottom; index 0 is the least that can be seen, 7 the full cell.
	levels [8]string
}

var unicodeGlyphs = Glyphs{
	Open: "●", Busy: "◐", Stopped: "○", Waiting: "◌", Failed: "✗",
	Selected: "▸", Marked: "✓", Yes: "✓", No: "✗",
	Dash: "–", Ellipsis: "…", Dot: "·", Times: "×", Arrow: "→", Up: "↑", Down: "↓", Enter: "⏎", Mask: "•", Degree: "°",
	Horizontal: "─", Vertical: "│", TopLeft: "╭", TopRight: "╮", BottomLeft: "╰", BottomRight: "╯",
	Full: "━", Half: "╸", Trough: "─",
	levels: [8]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
}

var asciiGlyphs = Glyphs{
	Open: "*", Busy: "~", Stopped: "o", Waiting: ".", Failed: "x",
	Selected: ">", Marked: "+", Yes: "+", No: "x",
	Dash: "-", Ellipsis: "~", Dot: "|", Times: "x", Arrow: ">", Up: "^", Down: "v", Enter: "", Mask: "*", Degree: "",
	Horizontal: "-", Vertical: "|", TopLeft: "+", TopRight: "+", BottomLeft: "+", BottomRight: "+",
	Full: "=", Half: "-", Trough: ".",
	levels: [8]string{"_", ".", ".", "-", "-", "=", "=", "#"},
}
