// Command starter is the only program of the starter image, which berth carries with it for machines that reach no
// registry. Called by the name of a shell or of a core utility, it acts as that. As "starter serve", the image's entry
// point, it serves the instance's files over HTTP on port 8081. Begin reading at run.
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

// run chooses what to run by the name of the call, then by the first argument, as BusyBox does.
func run(args []string) int {
	name := filepath.Base(args[0])
	if len(name) > 1 && name[0] == '-' {
		name = name[1:] // a login shell is called with a dash before its name
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
