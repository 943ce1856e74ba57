// Command starter is the only program of the starter image, the image berth carries with it for machines
// that reach no registry. Under the names of a shell or of a core utility it is that; as "starter serve",
// the image's entry point, it serves the instance's files on port 8081.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"berth/backend/guest/applet"
	"berth/backend/guest/files"
	"berth/backend/guest/shell"
)

func main() { os.Exit(run(os.Args)) }

// run picks by the name it was called by, then by the first argument, as busybox does.
func run(args []string) int {
	name := filepath.Base(args[0])
	if len(name) > 1 && name[0] == '-' {
		name = name[1:] // a login shell's name begins with a dash
	}
	if name == "starter" && len(args) > 1 {
		args = args[1:]
		name = filepath.Base(args[0])
	}
	switch {
	case slices.Contains(files.Shells, name):
		return shell.Main(args[1:])
	case name == "serve":
		return serve()
	case applet.Has(name):
		call := applet.Call{Args: append([]string{name}, args[1:]...), In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
		return applet.Run(context.Background(), call)
	}
	fmt.Fprintf(os.Stderr, "starter: no command %q; there are serve, sh and %v\n", name, files.Applets)
	return 127
}
