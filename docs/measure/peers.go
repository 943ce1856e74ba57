package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// A program is one that is measured: how it is started, and the keys that move its selection down and up again.
type program struct {
	name  string
	argv  []string
	keys  [2]string
	shows string // what is in its list; empty: a container's name
}

// screensThere are berth and those of the programs with a screen that are in PATH.
func screensThere(berth string) []program {
	down, up := "\x1b[B", "\x1b[A"
	return there([]program{
		{"berth", []string{berth}, [2]string{"j", "k"}, ""},
		{"btop", []string{"btop", "--utf-force"}, [2]string{down, up}, "root"},
		{"ctop", []string{"ctop"}, [2]string{down, up}, ""},
		{"dry", []string{"dry"}, [2]string{down, up}, ""},
		{"lazydocker", []string{"lazydocker"}, [2]string{down, up}, ""},
		{"docker stats", []string{"docker", "stats"}, [2]string{}, ""},
	})
}

// commandsThere are those that print what runs.
func commandsThere(berth string) []program {
	return there([]program{
		{name: "berth ls", argv: []string{berth, "ls"}},
		{name: "docker ps", argv: []string{"docker", "ps"}},
	})
}

func there(all []program) []program {
	var out []program
	for _, p := range all {
		if _, err := exec.LookPath(p.argv[0]); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// containers are the names of those that run: a program shows its list once it shows one of them.
func containers() ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", "ps", "--format", "{{.Names}}").Output()
	if err != nil {
		return nil, fmt.Errorf("docker ps: %w", err)
	}
	return strings.Fields(string(out)), nil
}
