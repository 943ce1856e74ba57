// Package applet holds the small commands that make a bare root file system good enough to look
// around in: ls, cat, ps, df and their kind. The starter image has each as a link to one program, and
// the launcher falls back to them in images that have no shell of their own.
//
// Of the file commands ls, du and rm are package filecmd's, the others mvdan.cc/sh's and u-root's; those here are only
// the ones that no library has.
// An applet is a function of its arguments and three streams; it may print and read, never exit.
package applet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"berth/backend/guest/files"

	"github.com/spf13/pflag"
	"mvdan.cc/sh/moreinterp/coreutils"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// A Call is one run of an applet: its name and arguments, and its streams. In is a file because the
// interpreter under the file commands insists on one.
type Call struct {
	Args     []string
	In       *os.File
	Out, Err io.Writer
}

// flags is an empty flag set that speaks the call's name.
func (c Call) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet(c.Args[0], pflag.ContinueOnError)
	fs.SetOutput(c.Err)
	return fs
}

// A status is an exit code without words: what was to be said has been said.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// own are the applets written here.
var own = map[string]func(context.Context, Call) error{
	"clear": clearScreen, "date": date, "df": df, "du": onFiles, "env": env, "free": free, "grep": grep,
	"head": head, "hostname": hostname, "id": id, "kill": kill, "ln": ln, "ls": onFiles, "nproc": nproc, "printenv": printenv,
	"ps": ps, "rm": onFiles, "sleep": sleep, "sort": sortLines, "tail": tail, "tee": tee, "top": top, "uname": uname,
	"uptime": uptime, "wc": wc, "which": which, "whoami": whoami,
}

// Has reports whether there is an applet of that name.
func Has(name string) bool { return slices.Contains(files.Applets, name) }

// Run runs the applet named by the first argument and returns its exit code: 127 where there is none.
func Run(ctx context.Context, c Call) int {
	name := c.Args[0]
	var err error
	switch {
	case own[name] != nil:
		err = own[name](ctx, c)
	case Has(name):
		return runLibrary(ctx, c)
	default:
		fmt.Fprintf(c.Err, "%s: no such command here\n", name)
		return 127
	}
	var code status
	switch {
	case err == nil, errors.Is(err, pflag.ErrHelp):
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(c.Err, "%s: %v\n", name, err)
	return 1
}

// runLibrary reaches one of mvdan.cc/sh's core utilities the only way they are offered: as commands of
// its interpreter. "$@" hands the arguments on as they are.
func runLibrary(ctx context.Context, c Call) int {
	script, err := syntax.NewParser().Parse(strings.NewReader(`"$@"`), c.Args[0])
	if err != nil {
		fmt.Fprintln(c.Err, err)
		return 2
	}
	r, err := interp.New(
		interp.StdIO(c.In, c.Out, c.Err),
		interp.Params(append([]string{"--"}, c.Args...)...),
		interp.ExecHandlers(coreutils.ExecHandler),
	)
	if err != nil {
		fmt.Fprintln(c.Err, err)
		return 2
	}
	err = r.Run(ctx, script)
	var code interp.ExitStatus
	if errors.As(err, &code) {
		return int(code)
	}
	if err != nil {
		fmt.Fprintf(c.Err, "%s: %v\n", c.Args[0], err)
		return 1
	}
	return 0
}
