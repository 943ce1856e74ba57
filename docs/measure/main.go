// Command measure times the screen from outside, beside whatever other programs that show containers are in PATH: each
// runs on a terminal of its own, as for somebody who sits before it, and the kernel says what it took.
//
//	make measure                              # the tables of docs/performance.md
//	go run ./docs/measure -only berth,btop -rounds 9
//	go run ./docs/measure -launches 10
//
// The programs take turns, so that a machine that slows down does so for all of them. It starts no container, unless
// launches are asked for: the engine is measured with those that it has. Of berth it measures the state folder and GPUs that
// the environment says.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

func main() { os.Exit(run()) }

func run() int {
	p := plan{width: 120, height: 40}
	flag.StringVar(&p.berth, "berth", "./berth", "the program to measure")
	flag.IntVar(&p.rounds, "rounds", 5, "how often each program is started")
	flag.DurationVar(&p.idle, "idle", 20*time.Second, "how long each is left alone")
	flag.IntVar(&p.keys, "keys", 100, "how many keys each is given")
	flag.IntVar(&p.launched, "launches", 0, "how often to launch an instance of the starter image and run a container of it, instead of all else")
	only := flag.String("only", "", "names with commas between; empty: all that are there")
	flag.Parse()
	if *only != "" {
		p.only = strings.Split(*only, ",")
	}
	measure := func() error { return errors.Join(p.screens(), p.commands()) }
	if p.launched > 0 {
		measure = p.launches
	}
	if err := measure(); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		return 1
	}
	return 0
}

// A plan is what is measured, and how often.
type plan struct {
	berth         string
	only          []string
	width, height int
	rounds, keys  int
	launched      int
	idle          time.Duration
}

// wants reports whether a program is to be measured.
func (p plan) wants(name string) bool { return len(p.only) == 0 || slices.Contains(p.only, name) }

// screens measures programs with a screen, and prints a row each.
func (p plan) screens() error {
	names, err := containers()
	if err != nil {
		return err
	}
	var all []*figures
	for _, s := range screensThere(p.berth) {
		if p.wants(s.name) {
			all = append(all, &figures{name: s.name, of: s})
		}
	}
	for range p.rounds {
		for _, f := range all {
			if err := p.begin(f, names); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	for _, f := range all {
		if err := p.live(f, names); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	fmt.Printf("%d containers on the engine, %d×%d cells, %d rounds\n\n", len(names), p.width, p.height, p.rounds)
	fmt.Println("| program | first frame ms | list ms | start CPU ms | RSS peak MB | USS MB | idle CPU % | wake-ups/s | bytes/s | key p50 ms | key p95 ms |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|")
	for _, f := range all {
		fmt.Println(f.row())
	}
	return nil
}

// commands measures commands that print a list, and prints a row each.
func (p plan) commands() error {
	var all []*figures
	for _, c := range commandsThere(p.berth) {
		if p.wants(c.name) {
			all = append(all, &figures{name: c.name, of: c})
		}
	}
	if len(all) == 0 {
		return nil
	}
	for range 4 * p.rounds {
		for _, f := range all {
			if err := f.ran(); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	fmt.Print("\n| command | wall ms | CPU ms |\n|---|---|---|\n")
	for _, f := range all {
		fmt.Printf("| %s | %.1f | %.1f |\n", f.name, median(f.list), median(f.startCPU))
	}
	return nil
}
