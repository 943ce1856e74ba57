// Go need not read how many CPUs this process's cgroup may use: it takes two at least, and that is all we take (cores).
//
//go:debug containermaxprocs=0

// Command berth turns a GPU machine into a small cloud of exclusive-GPU Docker instances, run from a terminal over SSH.
// This file passes to the command line what it may open, and maps errors to exit codes. open.go opens this machine,
// elsewhere.go others.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"os/user"
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"berth/backend"
	"berth/backend/catalog"
	"berth/backend/config"
	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/backend/strict"
	"berth/ui/cli"
)

// version and commit are set at build time.
var (
	version = "dev"
	commit  = ""
)

func main() { os.Exit(run()) }

// cores is how many of the machine's cores this process may be busy on at once. It waits nearly always. Each further core
// would be woken at every garbage collection, and have memory of its own: a screen of 200 instances is woken 345 times a
// second with 32 of them, and 133 times with two.
const cores = 2

// shortLived is how far the heap may grow between two garbage collections, in percent of what was left by the last: most
// commands end before the first, which took a tenth of their time. A process that stays is one of many for weeks: with 50
// a screen has 9.3 MB of its own instead of 11.9, for a tenth more processor time (Run).
const shortLived, longLived = 400, 50

func run() int {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(min(runtime.NumCPU(), cores))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(shortLived)
	}
	debug.SetTraceback("none") // a crash in a goroutine shows one line; GOTRACEBACK=all brings traces back
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if len(os.Args) == 2 && os.Args[1] == backend.PostNewsCommand {
		return posted(backend.PostNews(ctx, os.Stdin))
	}
	w := cli.Wiring{Open: open, Look: look, Version: version, Commit: commit, Schema: ledger.Schema, Code: code, Shared: catalog.SharedState,
		Machines: machines, Over: over, Cluster: openCluster, CheckConfig: config.Check, Config: config.MachinePath}
	return cli.Run(ctx, w, os.Args[1:])
}

// posted ends the process that posts one piece of news. Its error goes to whoever started it.
func posted(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return cli.ExitFailed
	}
	return cli.ExitOK
}

// code returns the exit code of errors whose kinds package cli can't know.
func code(err error) int {
	var mistake *strict.Mistake
	switch {
	case errors.As(err, &mistake):
		return cli.ExitUsage
	case errors.Is(err, catalog.ErrNoTemplate), errors.Is(err, catalog.ErrNoLogin), errors.Is(err, ledger.ErrAbsent),
		errors.Is(err, engine.ErrNotFound):
		return cli.ExitAbsent
	case errors.Is(err, catalog.ErrReadOnly), errors.Is(err, ledger.ErrTaken), errors.Is(err, engine.ErrConflict):
		return cli.ExitRefused
	}
	return cli.ExitOK
}

// configured returns the folders, and the configuration that is in them.
func configured(g cli.Globals, home, owner string) (catalog.Folders, *catalog.Catalog, error) {
	f, err := catalog.Find(home)
	if err != nil {
		return f, nil, err
	}
	if g.Config != "" {
		f.Config = g.Config
	}
	c, err := catalog.Open(f)
	if err != nil {
		return f, nil, err
	}
	// Under sudo the home folder is root's, but the process acts for the user who called sudo. So use that user's
	// files, unless XDG_CONFIG_HOME names a folder.
	if os.Getenv("SUDO_USER") != "" && os.Getenv("XDG_CONFIG_HOME") == "" {
		if theirs, err := c.For(owner); err == nil { // a name that this machine doesn't know has no files
			c = theirs
		}
	}
	return f, c, nil
}

// owner returns the user that this process acts for: the one who called sudo, not root.
func owner() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "uid" + fmt.Sprint(os.Getuid())
}
