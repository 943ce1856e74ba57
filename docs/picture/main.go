// Command picture makes the pictures of the screen for the documentation. They show the running program: picture starts
// the demo on a terminal, types the keys that lead to each view, and draws the terminal's cells as SVG. The film
// (film.go) is a sequence of such views in one animated SVG.
//
//	make picture
//
// It uses a temporary state folder and removes it at the end.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/charmbracelet/x/vt"
)

func main() { os.Exit(run()) }

func run() int {
	berth := flag.String("berth", "./berth", "the program to show")
	out := flag.String("out", "docs", "the folder to write to")
	flag.Parse()
	if err := errors.Join(take(*berth, *out), film(*berth, *out)); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		return 1
	}
	return 0
}

// take starts a demo, makes every picture and removes everything again.
func take(berth, out string) (err error) {
	s, err := newStage(berth)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.clear()) }()
	screen, err := s.open(width, views[0].height)
	if err != nil {
		return err
	}
	for _, v := range views {
		if err := v.open(screen); err != nil {
			return fmt.Errorf("%s: %w", v.file, err)
		}
		var svg []byte
		screen.Look(func(e *vt.Emulator) { svg = draw(cellsOf(e), v.title) })
		if err := os.WriteFile(filepath.Join(out, v.file), svg, 0o644); err != nil {
			return err
		}
	}
	return nil
}
