// Package applet has the small commands for looking around in a bare root file system: ls, cat, ps, df and others. In
// the starter image each of them is a link to one program. In images without a shell the launcher runs them too.
//
// ls, du and rm are those of package filecmd. Other commands are those of mvdan.cc/sh and u-root; the ones written here
// are not in any library. An applet is a function of its arguments and three streams. It may print and read, but never
// exits. Begin reading at Run.
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

// A Call is one run of an applet: the arguments, with the applet's name first, and the streams. In is a file because
// the interpreter under the library's commands reads its input from one.
type Call struct {
	Args     []string
	In       *os.File
	Out, Err io.Writer
}

// flags returns an empty flag set with the applet's name.
func (c Call) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet(c.Args[0], pflag.ContinueOnError)
	fs.SetOutput(c.Err)
	return fs
}

// A status is an exit code without a message: the applet has already printed what went wrong.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// own are the applets that are written here.
var own = map[string]func(context.Context, Call) error{
	"clear": clearScreen, "date": date, "df": df, "du": onFiles, "env": env, "free": free, "grep": grep,
	"head": head, "hostname": hostname, "id": id, "kill": kill, "ln": ln, "ls": onFiles, "nproc": nproc, "printenv": printenv,
	"ps": ps, "rm": onFiles, "sleep": sleep, "sort": sortLines, "tail": tail, "tee": tee, "top": top, "uname": uname,
	"uptime": uptime, "wc": wc, "which": which, "whoami": whoami,
}

// Has reports whether there is an applet of that name.
func Has(name string) bool { return slices.Contains(files.Applets, name) }

// Run runs the applet that the first argument names and returns its exit code, which is 127 if there is no such applet.
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

// runLibrary runs one of mvdan.cc/sh's core utilities. They are offered only as commands of its interpreter. "$@"
// passes the arguments on unchanged.
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
