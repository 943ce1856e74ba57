package ui

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"berth/model"
	"berth/ui/terminal"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// A screenOf is how a screen is reached from the main one with an instance selected. shows is a text of the screen. A
// screen of an instance doesn't open where there is none. selects says that one of its rows is selected.
type screenOf struct {
	name       string
	keys       []string
	shows      string
	ofInstance bool
	selects    bool
}

// everyScreen lists all screens.
var everyScreen = []screenOf{
	{"main", nil, "", false, true},
	{"the GPUs", []string{"1"}, "", false, true},
	{"a GPU", []string{"1", "enter"}, "", false, false},
	{"an instance", []string{"enter"}, "image", true, false},
	{"messages", []string{"4"}, "", false, false},
	{"a filter", []string{"/", "text:1009"}, "", false, true},
	{"marks", []string{"A"}, "marked", true, true},
	{"help", []string{"?"}, "Help", false, true},
	{"the palette", []string{":"}, "Go to", false, true},
	{"a stop", []string{"s"}, "", false, false},
	{"a reboot", []string{"r"}, "", false, false},
	{"a recycle", []string{"R"}, "Recycle", true, false},
	{"a destroy", []string{"d"}, "Destroy", true, false},
	{"marks of mixed kinds", []string{"A", "s"}, "", false, false},
	{"all of them destroyed", []string{"A", "d"}, "Destroy", true, false},
	{"a label", []string{"e"}, "Label", true, false},
	{"ports", []string{"p"}, "IP Port Info", true, true},
	{"a QR code", []string{"p", "Q"}, "65.130.162.74:2", true, false},
	{"connect", []string{"c"}, "Connect", true, true},
	{"open", []string{"b"}, "Open", true, true},
	{"jupyter", []string{"J"}, "", true, true},
	{"logs", []string{"l"}, "Logs", true, false},
	{"a search in logs", []string{"l", "/", "text:loss 0.01", "enter"}, "Logs", true, false},
	{"copy data", []string{"f"}, "Copy data", true, true},
	{"copy into", []string{"F"}, "Copy data", true, true},
	{"a snapshot", []string{"K"}, "", true, false},
	{"account", []string{"a"}, "Account", false, true},
	{"a variable of the account", []string{"a", "a"}, "Account", false, false},
	{"a key of the account", []string{"a", "down", "down", "enter"}, "Account", false, false},
	{"a login of the account", []string{"a", "down", "down", "down", "enter"}, "Account", false, false},
	{"history", []string{"H"}, "History", false, false},
	{"usage", []string{"u"}, "Usage", false, false},
	{"volumes", []string{"V"}, "Volumes", false, false},
	{"reservations", []string{"B"}, "", false, false},
	{"templates", []string{"t"}, "Templates", false, true},
	{"a template's form", []string{"t", "n"}, "template", false, true},
	{"the form's templates", []string{"n"}, "New instance", false, true},
	{"the form's GPUs", []string{"n", "alt+2"}, "New instance", false, true},
	{"the form's launch mode", []string{"n", "alt+3"}, "New instance", false, true},
	{"the form's options", []string{"n", "alt+4"}, "New instance", false, true},
	{"the form's disk", []string{"n", "alt+5"}, "New instance", false, true},
	{"the form's data", []string{"n", "alt+6"}, "New instance", false, true},
	{"the form's script", []string{"n", "alt+7"}, "New instance", false, true},
	{"the review", []string{"n", "alt+8"}, "New instance", false, true},
	{"the form's help", []string{"n", "f1"}, "", false, false},
	{"the question about edits", []string{"n", "alt+2", "2", "esc"}, "typed is lost", false, false},
	{"one like it", []string{"N"}, "New instance", true, true},
}

// looks lists the themes in which every screen is looked at.
var looks = map[string]theme.Options{
	"mono":   {Color: "never", Env: []string{"LANG=C.UTF-8"}},
	"colour": {Color: "always", Env: []string{"LANG=C.UTF-8"}},
	"ascii":  {Color: "never", ASCII: true},
}

// everySize lists the sizes at which every screen is looked at.
var everySize = [][2]int{{60, 16}, {80, 24}, {110, 30}, {120, 40}, {160, 50}, {200, 50}}

// Every screen, at every size, in every look, with no, some and many GPUs and instances: what holds for all of them, and
// what each looks like (keptviews_test.go).
func TestEveryScreenIsWholeAndLooksAsKept(t *testing.T) {
	all := everyAlbum()
	t.Run("seen", func(t *testing.T) {
		for look, options := range looks {
			for _, m := range machines {
				t.Run(fmt.Sprintf("%s, %d GPUs, %d instances", look, m[0], m[1]), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						th, err := theme.New(options)
						if err != nil {
							t.Fatal(err)
						}
						screensOf(t, everyScreen, everySize, labelled(m[0], m[1], th.ASCII), th, func(v viewed, rows, behind []uv.Line) {
							v.look, v.of = look, madeOf(m)
							all.add(v, viewFrom(rows, behind))
						})
						time.Sleep(time.Minute) // lets ticks that nobody waits for pass
					})
				})
			}
		}
	})
	for _, s := range everyScreen {
		t.Run(s.name, func(t *testing.T) { keptAs(t, s, all.page(s)) })
	}
}

// labelled returns a machine of which the names that users give are in wide characters, or in ASCII.
func labelled(gpus, instances int, plain bool) *uitest.Backend {
	return fleetWith(gpus, instances, func(f *model.Fleet) { named(f, plain) })
}

// named gives the instances of a fleet names in wide characters, or in ASCII.
func named(f *model.Fleet, plain bool) {
	for n := range f.Instances {
		i := &f.Instances[n]
		if n%3 == 2 && !plain || i.Label == "" {
			continue
		}
		i.Label = "音声認識の実験" + fmt.Sprint(n)
		if n%3 == 1 {
			i.Owner = "田中"
		}
		if plain {
			i.Label, i.Owner = fmt.Sprint("speech-", n), "tanaka"
		}
		for d := range f.Devices {
			if h := &f.Devices[d].Holder; h.Kind == model.HeldByInstance && h.ID == i.ID.String() {
				h.Name, h.Owner = i.Label, i.Owner
			}
		}
	}
}

// pastOf returns the fleets of the minutes before a machine's present one.
func pastOf(m *uitest.Backend) (past []model.Fleet) {
	const seconds = 150
	before := uitest.New(m.Fleet())
	for n := range seconds {
		before.Step()
		if n%3 != 0 {
			continue
		}
		f := before.Fleet()
		f.At = f.At.Add(-(seconds + 1) * time.Second)
		for d := range f.Devices {
			f.Devices[d].At = f.At
		}
		past = append(past, f)
	}
	return past
}

// screensOf looks at screens of a machine at some sizes, and tells what the rows of each are, and those of the main screen,
// which is the first.
func screensOf(t *testing.T, screens []screenOf, sizes [][2]int, m *uitest.Backend, th theme.Theme, tell func(v viewed, rows, behind []uv.Line)) {
	past := pastOf(m)
	behind := map[[2]int][]uv.Line{}
	empty, bare := len(m.Fleet().Instances) == 0, len(m.Fleet().Devices) == 0
	painted := map[[2]int]*canvas{}
	for _, size := range sizes {
		painted[size] = newCanvas(th, size[0], size[1])
	}
	for _, s := range screens {
		if s.ofInstance && empty {
			continue
		}
		p := played(t, m, 80, 24, func(o *Options) { o.Theme, o.Past = th, past })
		p.press("G").press(s.keys...)
		for _, size := range sizes {
			p.tell(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			p.settle()
			screen := p.app.View().Content
			rows := cellRows(screen, size[0], size[1])
			tell(viewed{screen: s.name, size: size}, rows, behind[size])
			if s.name == screens[0].name {
				behind[size] = rows
			}
			about := fmt.Sprintf("%s at %d×%d", s.name, size[0], size[1])
			if !strings.Contains(ansi.Strip(screen), s.shows) {
				t.Errorf("%s doesn't show %q:\n%s", about, s.shows, ansi.Strip(screen))
			}
			if s.selects && !empty && !bare && !strings.Contains(ansi.Strip(screen), th.Selected) {
				t.Errorf("%s has no selected row in sight:\n%s", about, ansi.Strip(screen))
			}
			for _, fault := range append(faultsOf(screen, th, size[0], size[1]), painted[size].faultsOf(screen)...) {
				t.Errorf("%s: %s:\n%s", about, fault, ansi.Strip(screen))
			}
		}
	}
}

// faultsOf says what is wrong with a screen whatever it shows.
func faultsOf(screen string, th theme.Theme, w, h int) (faults []string) {
	lines := strings.Split(screen, "\n")
	if len(lines) != h {
		faults = append(faults, fmt.Sprintf("%d lines", len(lines)))
	}
	grid := make([][]rune, len(lines))
	for y, line := range lines {
		if grid[y] = cellsOf(line); len(grid[y]) > w {
			faults = append(faults, fmt.Sprintf("line %d has %d cells", y, len(grid[y])))
		}
		for _, r := range ansi.Strip(line) {
			if th.ASCII && (r < ' ' || r > '~') {
				faults = append(faults, fmt.Sprintf("%q in line %d", r, y))
			}
		}
	}
	faults = append(faults, strayColours(screen, th)...)
	if !th.ASCII {
		faults = append(faults, openBoxes(grid, th)...)
	}
	return faults
}

// A canvas is a terminal on which one screen is painted after the other, each as the difference from the one before.
type canvas struct {
	painter *terminal.Painter
	emu     *vt.Emulator
	sent    bytes.Buffer
	plain   bool // the terminal knows what a VT100 knows
}

func newCanvas(th theme.Theme, w, h int) *canvas {
	c := &canvas{emu: vt.NewEmulator(w, h), plain: th.ASCII}
	env := []string{"TERM=screen"}
	if c.plain {
		env = []string{"TERM=vt100"}
	}
	c.painter = terminal.NewPainter(io.MultiWriter(c.emu, &c.sent), env, th.Color, w, h)
	return c
}

// vt100 is what a VT100 understands: text, attributes, and movements of the cursor, rows and margins.
var vt100 = regexp.MustCompile(`^([ -~\r\n\x08]|\x1b\[[0-9;]*[mHCKJr]|\x1bM)*$`)

// faultsOf paints a screen and says what is wrong with what the terminal then shows.
func (c *canvas) faultsOf(screen string) (faults []string) {
	c.sent.Reset()
	if err := c.painter.Paint(screen); err != nil {
		return []string{err.Error()}
	}
	if got := withoutBlanks(c.emu.String()); got != withoutBlanks(ansi.Strip(screen)) {
		faults = append(faults, "a terminal shows\n"+got+"\nand was given")
	}
	if c.plain && !vt100.Match(c.sent.Bytes()) {
		faults = append(faults, fmt.Sprintf("a VT100 doesn't understand %q", c.sent.String()))
	}
	return faults
}

// withoutBlanks returns a screen without the blanks at the ends of its lines.
func withoutBlanks(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for n := range lines {
		lines[n] = strings.TrimRight(lines[n], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// cellsOf returns what is in each cell of a line: 0 is the second half of a wide character.
func cellsOf(line string) (cells []rune) {
	for _, r := range ansi.Strip(line) {
		cells = append(cells, r)
		for range theme.Width(string(r)) - 1 {
			cells = append(cells, 0)
		}
	}
	return cells
}

var (
	colouring = regexp.MustCompile(`\x1b\[([0-9;]*)m`)
	cyan      = regexp.MustCompile(`\x1b\[(?:[0-9]+;)*36m([^\x1b]*)`)
	aKey      = regexp.MustCompile(`^(.|F[0-9]+|Enter|Esc|Tab|Space|Home|End|PgUp|PgDn|left|right|↑↓|type|to|(shift|ctrl|alt)-.*)$`)
)

// strayColours returns the colours that a theme doesn't have: all without colours, and those beyond the sixteen. It also
// returns what is cyan and isn't a key.
func strayColours(screen string, th theme.Theme) (faults []string) {
	for _, found := range colouring.FindAllStringSubmatch(screen, -1) {
		for _, word := range strings.Split(found[1], ";") {
			n, _ := strconv.Atoi(word) // "" is 0, which resets
			if n == 38 || n == 48 || n >= 30 && !th.Color {
				faults = append(faults, fmt.Sprintf("the colour %q", found[0]))
			}
		}
	}
	for _, found := range cyan.FindAllStringSubmatch(screen, -1) {
		for _, word := range strings.Fields(strings.ReplaceAll(found[1], ",", " ")) {
			if !aKey.MatchString(word) {
				faults = append(faults, fmt.Sprintf("%q is cyan, which is for keys", word))
			}
		}
	}
	return faults
}

// openBoxes returns the corners of boxes that aren't closed: each upper left corner needs the three others, and edges
// in the same columns all the way.
func openBoxes(grid [][]rune, th theme.Theme) (faults []string) {
	at := func(x, y int) string {
		if y < len(grid) && x >= 0 && x < len(grid[y]) {
			return string(grid[y][x])
		}
		return ""
	}
	find := func(corner string, x, y int) int {
		for ; x < len(grid[y]) && at(x, y) != corner; x++ {
		}
		return x
	}
	corners := 0
	for y := range grid {
		for x := range grid[y] {
			if at(x, y) == th.BottomLeft || at(x, y) == th.BottomRight {
				corners--
			}
			if at(x, y) != th.TopLeft {
				continue
			}
			corners += 2
			right, bottom := find(th.TopRight, x, y), y+1
			for at(x, bottom) == th.Vertical && at(right, bottom) == th.Vertical {
				bottom++
			}
			if at(x, bottom) != th.BottomLeft || at(right, bottom) != th.BottomRight {
				faults = append(faults, fmt.Sprintf("the box at %d,%d isn't closed at %d,%d", x, y, right, bottom))
			}
		}
	}
	if corners != 0 {
		faults = append(faults, "a corner without a box")
	}
	return faults
}
