// Command release makes the files for users: Debian packages, archives, checksums and bills of materials. It is a
// module of its own, so that berth itself doesn't depend on the libraries for packaging.
//
//	release deb PROGRAM FOLDER   a package of a built program, for this machine's architecture
//	release all FOLDER           everything, for all architectures, from the commit
//
// Both commands run in berth's folder. The same commit, Go and C compilers give the same bytes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	s, err := describe(ctx, ".")
	if err != nil {
		return err
	}
	switch {
	case len(args) == 3 && args[0] == "deb":
		p, err := stage(ctx, args[1], ".")
		if err != nil {
			return err
		}
		defer p.remove()
		if err := os.MkdirAll(args[2], 0o755); err != nil {
			return err
		}
		return say(p.deb(s, runtime.GOARCH, args[1], args[2]))
	case len(args) == 2 && args[0] == "all":
		return releaseAll(ctx, s, args[1])
	case len(args) == 1 && args[0] == "same":
		return checkSame(ctx, s)
	}
	return errors.New("want: deb PROGRAM FOLDER, all FOLDER, or same")
}

// say prints the path of a file that was made.
func say(path string, err error) error {
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// output returns what a command prints, without white space at both ends.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Stderr = dir, os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
