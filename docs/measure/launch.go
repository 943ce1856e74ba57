package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// A launcher starts something that stays, and removes it.
type launcher struct {
	name   string
	start  []string // prints the name that the engine knows it by
	remove []string // of the name that follows
}

// The network is berth's own, and each has two ports that the engine chooses or berth does. The image is the one that
// berth carries: make run once makes it.
func (p plan) launchers() []launcher {
	const image, network = "berth/starter:1", "berth"
	return []launcher{
		{"berth launch --wait", []string{p.berth, "launch", "--image", image, "--mode", "ssh", "--share", "0.01", "-p", "8081", "--wait"},
			[]string{p.berth, "destroy", "-y"}},
		{"docker run -d", []string{"docker", "run", "-d", "--network", network, "-p", "22", "-p", "8081", image}, []string{"docker", "rm", "-f"}},
	}
}

// launches has them take turns, and prints how long it took until the engine had started each, and until the command
// returned. `berth launch --wait` returns when the instance answers.
func (p plan) launches() error {
	all := p.launchers()
	started, returned := make([][]float64, len(all)), make([][]float64, len(all))
	for range p.launched {
		for n, l := range all {
			began := time.Now()
			name, err := said(l.start)
			if err != nil {
				return fmt.Errorf("%s: %w", l.name, err)
			}
			returned[n] = append(returned[n], ms(time.Since(began)))
			at, err := said([]string{"docker", "inspect", "--format", "{{.State.StartedAt}}", name})
			if err != nil {
				return err
			}
			start, err := time.Parse(time.RFC3339Nano, at)
			if err != nil {
				return err
			}
			started[n] = append(started[n], ms(start.Sub(began)))
			if _, err := said(append(l.remove, name)); err != nil {
				return err
			}
		}
	}
	fmt.Print("\n| launch | started after ms | returned after ms |\n|---|---|---|\n")
	for n, l := range all {
		fmt.Printf("| %s | %.0f | %.0f |\n", l.name, median(started[n]), median(returned[n]))
	}
	return nil
}

// said runs a command to its end and returns what it printed.
func said(argv []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
	return strings.TrimSpace(string(out)), err
}
