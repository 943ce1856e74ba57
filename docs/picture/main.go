// Command picture takes the pictures of the screen that the documentation shows. They are of the running
// program: it starts berth on a terminal, with simulated GPUs on the real engine (or the demo, where no engine
// answers), launches a few instances, types its way to each view and draws the terminal's cells as SVG.
//
//	make picture
//
// It keeps a state folder of its own, destroys every instance that it launched and leaves no keeper behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/charmbracelet/x/vt"
)

func main() { os.Exit(run()) }

func run() int {
	berth := flag.String("berth", "./berth", "the program to show")
	out := flag.String("out", "docs", "the folder to write to")
	demo := flag.Bool("demo", false, "show the demo even where an engine answers")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := take(ctx, *berth, *out, *demo); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		return 1
	}
	return 0
}

// take sets the stage, takes every picture and clears the stage again.
func take(ctx context.Context, berth, out string, demo bool) (err error) {
	berth, err = filepath.Abs(berth)
	if err != nil {
		return err
	}
	s, err := newStage(ctx, berth, demo)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.clear()) }()
	if err := s.fill(ctx); err != nil {
		return err
	}
	screen, err := s.open()
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
