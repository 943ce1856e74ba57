package ui

import (
	"cmp"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// This file keeps what every screen looks like: a file a screen in testdata/views, with each size, look and machine.
// The files have each difference once, so that a change of the screen is a small change of them:
//
//   - A part of a row that is the main screen's, beside or under a popup, is written as ░.
//   - A view in colours has the text of the one without, and one in ASCII too, with other signs. Their sections have the
//     rows of which that isn't true, and where which style is.
//   - A view of another machine is the rows in which it differs from the one with 8 GPUs and 6 instances.
//     Machines on which a screen differs in the same way share a section.

// A viewed says which view it is: of which screen, in how many cells, in which look and of which machine.
type viewed struct {
	screen string
	size   [2]int
	look   string
	of     string // the machine's GPUs/instances, or which machines
}

// lookOrder and machines list what a view can be of. The first machine is the one with which others are compared.
var (
	lookOrder = []string{"mono", "colour", "ascii"}
	machines  = [][2]int{{8, 6}, {8, 0}, {8, 1}, {8, 200}, {16, 0}, {16, 1}, {16, 6}, {16, 200}, {0, 0}, {0, 1}, {0, 6}, {0, 200}}
)

// A view is a screen as it is kept: the text of each row, and its styles.
type view struct{ text, styles []string }

// madeOf names a machine by what it has.
func madeOf(m [2]int) string { return fmt.Sprintf("%d/%d", m[0], m[1]) }

// An album collects views: at some sizes, of some machines. Several goroutines may add to it.
type album struct {
	sizes [][2]int
	of    []string // the first is the one with which others are compared
	what  string   // of is, in words

	mu    sync.Mutex
	views map[viewed]view
}

// everyAlbum is for views at every size of a machine with many GPUs or few.
func everyAlbum() *album {
	a := &album{sizes: everySize, what: "the machines' GPUs/instances", views: map[viewed]view{}}
	for _, m := range machines {
		a.of = append(a.of, madeOf(m))
	}
	return a
}

func (a *album) add(of viewed, v view) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.views[of] = v
}

// page returns all views of a screen, as its file has them.
func (a *album) page(s screenOf) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", s.name, strings.Join(append([]string{"G"}, s.keys...), " "))
	b.WriteString("Each view has its size, its look, and " + a.what + ". What ui/keptviews_test.go leaves out is as in\n")
	b.WriteString("the first view of that size and look, or, where ░ is, as on the main screen.\n")
	for _, size := range a.sizes {
		usual := viewed{screen: s.name, size: size, look: "mono", of: a.of[0]}
		mono := a.views[usual]
		for _, look := range lookOrder {
			usual.look = look
			first := a.views[usual]
			b.WriteString(usual.title(a.of[:1]))
			if look == "mono" {
				b.WriteString(first.section(nil))
			} else {
				b.WriteString(first.section(&view{inLook(mono.text, look), make([]string, size[1])}))
			}
			a.others(&b, usual, first)
		}
	}
	return b.String()
}

// others writes the views of a screen of the other machines.
func (a *album) others(b *strings.Builder, of viewed, first view) {
	var bodies []string
	on := map[string][]string{}
	for _, m := range a.of[1:] {
		of.of = m
		v, there := a.views[of]
		if !there {
			continue
		}
		from := first
		if of.look != "mono" {
			mono := of
			mono.look = "mono"
			from.text = inLook(a.views[mono].text, of.look)
		}
		body := v.section(&from)
		if on[body] == nil {
			bodies = append(bodies, body)
		}
		on[body] = append(on[body], m)
	}
	for _, body := range bodies {
		b.WriteString(of.title(on[body]) + body)
	}
}

// signs are what ASCII has in the place of most signs.
var signs = strings.NewReplacer("─", "-", "│", "|", "╭", "+", "╮", "+", "╰", "+", "╯", "+", "▸", ">", "●", "*", "◐", "~", "○", "o",
	"◌", ".", "✗", "x", "✓", "+", "–", "-", "…", "~", "·", "|", "×", "x", "→", ">", "↑", "^", "↓", "v", "•", "*")

// inLook returns the text of a view without colours as it is in another look, as far as that is always so.
func inLook(text []string, look string) []string {
	if look != "ascii" {
		return text
	}
	out := make([]string, len(text))
	for y := range text {
		out[y] = signs.Replace(text[y])
	}
	return out
}

// title begins a section.
func (of viewed) title(machines []string) string {
	return fmt.Sprintf("\n== %d×%d %s %s\n", of.size[0], of.size[1], of.look, strings.Join(machines, " "))
}

// section writes a view: all of it, or the rows in which it differs from another one. Where most rows differ, it writes
// the text of all.
func (v view) section(from *view) string {
	var b strings.Builder
	changed := 0
	for y := range v.text {
		if from != nil && v.text[y] != from.text[y] {
			changed++
		}
	}
	whole := from == nil || changed > len(v.text)/2
	for y, row := range v.text {
		switch {
		case whole:
			b.WriteString(row + "\n")
		case row != from.text[y]:
			fmt.Fprintf(&b, "%d| %s\n", y+1, row)
		}
	}
	before := make([]string, len(v.styles))
	if from != nil {
		before = from.styles
	}
	for y := 0; y < len(v.styles); {
		n := 1
		for y+n < len(v.styles) && v.styles[y+n] == v.styles[y] && v.styles[y+n] != before[y+n] {
			n++
		}
		if v.styles[y] != before[y] {
			fmt.Fprintf(&b, "%s: %s\n", span(y, n), cmp.Or(v.styles[y], "plain"))
		}
		y += n
	}
	return b.String()
}

// span names n things from one on, counted from 1.
func span(from, n int) string {
	if n == 1 {
		return strconv.Itoa(from + 1)
	}
	return fmt.Sprintf("%d-%d", from+1, from+n)
}

// sections returns the sections of a page by their titles, and the titles in order.
func sections(page string) (titles []string, bodies map[string][]string) {
	bodies = map[string][]string{}
	for n, section := range strings.Split(page, "\n== ") {
		title, body := "its head", section
		if n > 0 {
			title, body, _ = strings.Cut(section, "\n")
		}
		titles = append(titles, title)
		bodies[title] = strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	}
	return titles, bodies
}

// differences says in which views a page differs from the kept one, and how.
func differences(want, got string) (faults []string) {
	titles, kept := sections(want)
	now, have := sections(got)
	for _, title := range now {
		switch before, there := kept[title]; {
		case !there:
			faults = append(faults, fmt.Sprintf("%s: new\n%s", title, strings.Join(have[title], "\n")))
		case !slices.Equal(before, have[title]):
			faults = append(faults, fmt.Sprintf("%s: kept is -, seen is +\n%s", title, changedRows(before, have[title])))
		}
	}
	for _, title := range titles {
		if _, there := have[title]; !there {
			faults = append(faults, title+": not there any more")
		}
	}
	return faults
}

// changedRows returns the rows that only one of two texts has, in order.
func changedRows(want, got []string) string {
	common := make([][]int, len(want)+1) // the most rows that the rest of both has in common
	for i := range common {
		common[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); want[i] == got[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var b strings.Builder
	for i, j := 0, 0; i < len(want) || j < len(got); {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			b.WriteString("- " + want[i] + "\n")
			i++
		default:
			b.WriteString("+ " + got[j] + "\n")
			j++
		}
	}
	return b.String()
}

// keptAs compares a screen's page with its file, or writes it.
func keptAs(t *testing.T, s screenOf, page string) {
	t.Helper()
	path := filepath.Join("testdata", "views", strings.NewReplacer(" ", "-", "'", "").Replace(s.name)+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const most = 12 // further ones are only counted
	faults := differences(string(kept), page)
	for _, fault := range faults[:min(most, len(faults))] {
		t.Errorf("%s at %s", s.name, fault)
	}
	if more := len(faults) - most; more > 0 {
		t.Errorf("%s differs in %d more views", s.name, more)
	}
}

// cellRows reads a screen into cells.
func cellRows(screen string, w, h int) []uv.Line {
	cells := uv.NewScreenBuffer(w, h)
	rows := make([]uv.Line, h)
	for y, line := range strings.Split(screen, "\n")[:h] {
		uv.NewStyledString(line).Draw(cells, uv.Rect(0, y, w, 1))
		rows[y] = cells.Line(y)
	}
	return rows
}

// viewFrom returns a screen as it is kept. behind is the main screen on the same machine, if it is another one.
func viewFrom(rows, behind []uv.Line) view {
	v := view{make([]string, len(rows)), make([]string, len(rows))}
	over := behind != nil && liesOver(rows, behind)
	for y, row := range rows {
		from, to := 0, len(row)
		if over {
			from, to = ownPart(row, behind[y])
		}
		text := strings.Repeat("░", from) + textOf(row[from:to])
		if from == len(row) {
			text = "░"
		} else if to < len(row) {
			text += "░"
		}
		v.text[y] = strings.TrimRight(text, " ")
		v.styles[y] = stylesOf(row, from, to)
	}
	return v
}

// liesOver reports whether a part of the main screen can be seen: a screen of its own has none of it.
func liesOver(rows, behind []uv.Line) bool {
	for y, row := range rows {
		if from, to := ownPart(row, behind[y]); !blank(row[:from]) || !blank(row[to:]) {
			return true
		}
	}
	return false
}

// ownPart returns the part of a row that isn't the main screen's: what lies between the edges of a popup, nothing, or
// all of it.
func ownPart(row, behind uv.Line) (from, to int) {
	w := len(row)
	for from < w && row[from].Equal(&behind[from]) {
		from++
	}
	if from == w {
		return w, w
	}
	for to = w; row[to-1].Equal(&behind[to-1]); {
		to--
	}
	if !edges(row, from, from+1) {
		from = 0
	}
	if !edges(row, to-1, to-2) {
		to = w
	}
	return from, to
}

// edges reports whether a cell is an edge of a popup. It may be a blank before one: the rest of a wide character.
func edges(row uv.Line, at, beside int) bool {
	edge := func(x int) bool {
		return x >= 0 && x < len(row) && slices.Contains([]string{"╭", "╮", "╰", "╯", "│", "+", "|"}, row[x].Content)
	}
	return row[at].Content != "" && edge(at) || row[at].Content == " " && edge(beside)
}

func blank(cells uv.Line) bool { return strings.TrimSpace(textOf(cells)) == "" }

func textOf(cells uv.Line) string {
	var b strings.Builder
	for i := range cells {
		if cells[i].Width > 0 {
			b.WriteString(cells[i].Content)
		}
	}
	return b.String()
}

// stylesOf lists the styles of a part of a row: the columns, from 1 on, and what they look like. Blanks that look like
// nothing belong to what is around them.
func stylesOf(row uv.Line, from, to int) string {
	var spans []string
	start, end, looks := 0, 0, "" // of the style that goes on
	for x := from; x <= to; x++ {
		now := ""
		if x < to {
			if row[x].Width == 0 || row[x].Equal(&uv.EmptyCell) {
				if row[x].Width == 0 {
					end = x + 1
				}
				continue
			}
			if now = styleOf(&row[x]); now == "" && row[x].Content == " " {
				continue
			}
		}
		if x == to || now != looks {
			if looks != "" {
				spans = append(spans, span(start, end-start)+" "+looks)
			}
			start, looks = x, now
		}
		end = x + 1
	}
	return strings.Join(spans, ", ")
}

// styleOf names what a cell looks like beside its text.
func styleOf(c *uv.Cell) string {
	var words []string
	shows := strings.TrimSpace(c.Content) != ""
	for _, attr := range []struct {
		word string
		on   bool
	}{
		{"bold", shows && c.Style.Attrs&uv.AttrBold != 0},
		{"dim", shows && c.Style.Attrs&uv.AttrFaint != 0},
		{"reverse", c.Style.Attrs&uv.AttrReverse != 0},
		{"underlined", c.Style.Underline != 0},
		{colourOf(c.Style.Fg), c.Style.Fg != nil && (shows || c.Style.Attrs&uv.AttrReverse != 0)},
		{"on " + colourOf(c.Style.Bg), c.Style.Bg != nil},
		{"link " + c.Link.URL, c.Link.URL != ""},
	} {
		if attr.on {
			words = append(words, attr.word)
		}
	}
	return strings.Join(words, " ")
}

func colourOf(c color.Color) string {
	names := []string{"black", "red", "green", "amber", "blue", "magenta", "cyan", "white"}
	if basic, ok := c.(ansi.BasicColor); ok && int(basic) < len(names) {
		return names[basic]
	}
	return fmt.Sprint(c)
}

// What the kept views leave out must not hide a change.
func TestAChangedCellIsSeenInAKeptView(t *testing.T) {
	const main, over = "one two three\nfour five six\n         ", "one╭──╮ three\nfou│ab│ve six\n   ╰──╯  "
	behind := cellRows(main, 13, 3)
	page := func(screen string) string {
		a := everyAlbum()
		for _, size := range everySize {
			for _, look := range lookOrder {
				for _, m := range machines {
					a.add(viewed{"x", size, look, madeOf(m)}, viewFrom(cellRows(screen, 13, 3), behind))
				}
			}
		}
		return a.page(screenOf{name: "x"})
	}
	kept := page(over)
	for _, want := range []string{"\n░░░╭──╮░\n░░░│ab│░\n", "== 60×16 mono 8/0 8/1 8/200 16/0 16/1 16/6 16/200 0/0 0/1 0/6 0/200\n"} {
		if !strings.Contains(kept, want) {
			t.Errorf("no %q in\n%s", want, kept)
		}
	}
	for name, screen := range map[string]string{
		"a letter of it":            strings.Replace(over, "a", "A", 1),
		"a style of it":             strings.Replace(over, "a", "\x1b[31ma\x1b[m", 1),
		"an edge":                   strings.Replace(over, "╰", " ", 1),
		"where it is":               "one ╭──╮three\nfour│ab│e six\n    ╰──╯ ",
		"a letter beside it":        strings.Replace(over, "three", "threE", 1),
		"a style beside it":         strings.Replace(over, "three", "\x1b[1mthree\x1b[m", 1),
		"a letter before its edge":  strings.Replace(over, "fou", "fo!", 1),
		"a blank reversed under it": over + "\x1b[7m \x1b[m",
	} {
		faults := differences(kept, page(screen))
		if len(faults) == 0 || !strings.HasPrefix(faults[0], "60×16 mono 8/6: kept is -, seen is +\n") {
			t.Errorf("%s: %q", name, faults)
		}
	}
}
