package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/charmbracelet/x/vt"

	"berth/ui/uitest"
)

// The film's file, and its size in cells.
const (
	filmFile   = "demo.svg"
	filmTitle  = "berth from the first look to a running instance: who has the GPUs, how to get in, a launch"
	filmWidth  = 110
	filmHeight = 30
	mostFilm   = 300_000 // bytes: a README is also read over slow connections
)

// A scene is a key press, and how long the film shows the resulting screen.
type scene struct {
	press
	lasts time.Duration
}

// story is the sequence of the film's scenes.
var story = []scene{
	{press{"", "nightly"}, 3 * time.Second},
	{press{uitest.Down, "INSTANCES"}, time.Second},
	{press{uitest.Down, "INSTANCES"}, 2 * time.Second},
	{press{onlyTrain, "1 shown"}, 1500 * time.Millisecond},
	{press{"p", "WAYS IN"}, 3 * time.Second},
	{press{uitest.Escape, "1 shown"}, 700 * time.Millisecond},
	{press{uitest.Escape, "nightly"}, time.Second},
	{press{"n", "New instance"}, 1500 * time.Millisecond},
	{press{pytorch, "● pytorch"}, 1500 * time.Millisecond},
	{press{uitest.Enter, "Choose"}, time.Second},
	{press{"1", "1× H100"}, 2 * time.Second},
	{press{uitest.CtrlS, "docker run"}, 3 * time.Second},
	{press{uitest.Enter, "launched C."}, 1500 * time.Millisecond},
	{press{"", "loading"}, 1500 * time.Millisecond},
	{press{"", "is ready"}, 4 * time.Second},
}

// A frame is the terminal's content for a period.
type frame struct {
	rows  []row
	lasts time.Duration
}

// film plays the story on a stage of its own and writes it as an animated SVG.
func film(berth, out string) error {
	s, err := newStage(berth)
	if err != nil {
		return err
	}
	frames, err := played(s)
	if cleared := s.clear(); err == nil {
		err = cleared
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filmFile, err)
	}
	svg := moving(frames, filmTitle)
	if len(svg) > mostFilm {
		return fmt.Errorf("%s: %d bytes, at most %d are wanted", filmFile, len(svg), mostFilm)
	}
	return os.WriteFile(filepath.Join(out, filmFile), svg, 0o644)
}

// played plays the story and returns its frames.
func played(s *stage) ([]frame, error) {
	screen, err := s.open(filmWidth, filmHeight)
	if err != nil {
		return nil, err
	}
	var frames []frame
	for _, now := range story {
		if err := now.typed(screen); err != nil {
			return nil, err
		}
		const drawn = 500 * time.Millisecond // time for the parts that follow the selection
		time.Sleep(drawn)
		f := frame{lasts: now.lasts}
		screen.Look(func(e *vt.Emulator) { f.rows = allCells(e) })
		frames = append(frames, f)
	}
	return frames, nil
}

// A shown is a range of frames in which a line of cells is visible. to is exclusive.
type shown struct{ from, to int }

// moving makes one SVG that shows the frames in an endless loop. A line that is equal in consecutive frames is drawn
// once for all of them. Without animation, as in a viewer without style sheets, the last frame is visible.
func moving(frames []frame, title string) []byte {
	var total time.Duration
	for _, f := range frames {
		total += f.lasts
	}
	var lines bytes.Buffer
	spans := map[shown]bool{}
	for y := range frames[0].rows {
		for at := 0; at < len(frames); {
			span := shown{at, at + 1}
			drawn := frames[at].rows[y].drawn(y)
			for span.to < len(frames) && bytes.Equal(drawn, frames[span.to].rows[y].drawn(y)) {
				span.to++
			}
			at = span.to
			if len(drawn) == 0 {
				continue
			}
			spans[span] = true
			fmt.Fprintf(&lines, "<g class=\"f%d-%d\">\n%s</g>\n", span.from, span.to, drawn)
		}
	}
	var b bytes.Buffer
	begin(&b, len(frames[0].rows[0]), len(frames[0].rows), title)
	b.WriteString("<style>\n" + timing(frames, spans, total) + "</style>\n")
	b.Write(lines.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// timing returns the style sheet that shows each line during its frames.
func timing(frames []frame, spans map[shown]bool, total time.Duration) string {
	begins := make([]float64, len(frames)+1) // in percent of the total
	for i, f := range frames {
		begins[i+1] = begins[i] + 100*float64(f.lasts)/float64(total)
	}
	var b strings.Builder
	for from := range frames {
		for to := from + 1; to <= len(frames); to++ {
			if !spans[shown{from, to}] || from == 0 && to == len(frames) {
				continue
			}
			name := fmt.Sprintf("f%d-%d", from, to)
			rests := "hidden"
			if to == len(frames) {
				rests = "visible"
			}
			fmt.Fprintf(&b, ".%s{visibility:%s;animation:%s %.1fs step-end infinite}\n", name, rests, name, total.Seconds())
			fmt.Fprintf(&b, "@keyframes %s{0%%{visibility:%s}", name, visibility(from == 0))
			if from > 0 {
				fmt.Fprintf(&b, "%.2f%%{visibility:visible}", begins[from])
			}
			if to < len(frames) {
				fmt.Fprintf(&b, "%.2f%%{visibility:hidden}", begins[to])
			}
			b.WriteString("}\n")
		}
	}
	return b.String()
}

func visibility(shows bool) string {
	if shows {
		return "visible"
	}
	return "hidden"
}
