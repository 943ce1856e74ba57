// Command picture takes the pictures of the screen that the documentation shows. They are of the running program: it
// starts the demo on a terminal, types its way to each view and draws the terminal's cells as SVG. The film (film.go) is a
// row of such views in one SVG that moves by itself.
//
//	make picture
//
// It keeps a state folder of its own and leaves nothing behind.
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

// take sets the stage, takes every picture and clears the stage again.
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
