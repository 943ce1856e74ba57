// Command guest is the launcher inside ssh and jupyter instances: a static program that needs nothing of the image it
// runs in. Of berth it imports only the model's plain data and its own parts.
//
// The engine starts it as the container's first process (package pid1). Under other names or arguments the same file is
// the SSH server, the shell of Jupyter's terminals, and the command by which the keeper changes SSH keys. In images
// that lack them it is also the shell, the small commands and the client of the machine's API. Begin reading at run.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"berth/backend/guest/applet"
	"berth/backend/guest/client"
	"berth/backend/guest/files"
	"berth/backend/guest/layout"
	"berth/backend/guest/pid1"
	"berth/backend/guest/scp"
	"berth/backend/guest/seed"
	"berth/backend/guest/session"
	"berth/backend/guest/shell"
	"berth/backend/guest/sshd"
	"berth/model"

	"golang.org/x/crypto/ssh"
)

func main() { os.Exit(run(os.Args)) }

// run chooses the part to run: by the process ID, by the name of the call, or by the first argument.
func run(args []string) int {
	if len(args) > 2 && args[1] == "seed" { // on a cluster it is a container of its own, before the instance's
		return fillDisk(args[2], args[3:])
	}
	if os.Getpid() == 1 {
		return withOrders(pid1.Run)
	}
	name := strings.TrimPrefix(filepath.Base(args[0]), "-") // a login shell is called with a dash before its name
	if code, ok := fallback(name, args[1:]); ok {
		return code
	}
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "this is berth's launcher; as a container's first process it starts what the instance promises")
		return 2
	}
	switch args[1] {
	case "sshd":
		return withOrders(serveSSH)
	case "keys":
		return withOrders(func(g model.Guest) int { return setKeys(g, args[2:]) })
	case "shell":
		return withOrders(loginShell)
	case "follow":
		return follow(args[2:])
	case "client": // the #! line of layout's commands calls this with their path and arguments
		if len(args) > 2 {
			return ask(filepath.Base(args[2]), args[3:])
		}
	case "sftp": // runs with the rights of an account that isn't root
		return sshd.ServeFiles(os.Stdin, os.Stdout)
	case "scp":
		return scp.Main(args[2:], os.Stdin, os.Stdout, os.Stderr)
	}
	if strings.HasPrefix(args[1], "-") { // programs call $SHELL with -c
		return shell.Main(args[1:])
	}
	if slices.Contains(files.Client, args[1]) {
		return ask(args[1], args[2:])
	}
	if code, ok := fallback(args[1], args[2:]); ok {
		return code
	}
	fmt.Fprintf(os.Stderr, "%s: no such command\n", args[1])
	return 127
}

// fallback runs this program's version of a command that the image doesn't have.
func fallback(name string, args []string) (code int, ok bool) {
	switch {
	case slices.Contains(files.Shells, name):
		return shell.Main(args), true
	case applet.Has(name):
		call := applet.Call{Args: append([]string{name}, args...), In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
		return applet.Run(context.Background(), call), true
	}
	return 0, false
}

// fillDisk fills an instance's disk on a cluster.
func fillDisk(disk string, pairs []string) int {
	if err := seed.Fill(disk, pairs); err != nil {
		fmt.Fprintf(os.Stderr, "filling the disk: %v\n", err)
		return 1
	}
	return 0
}

// withOrders runs a part that needs the keeper's orders.
func withOrders(do func(model.Guest) int) int {
	orders, err := pid1.Orders()
	if err != nil {
		fmt.Fprintf(os.Stderr, "berth: no orders for this start: %v\n", err)
		return 2
	}
	return do(orders)
}

// ask runs the API's client under one of its names. Only root can read the launcher's orders; other users must pass a
// key.
func ask(name string, args []string) int {
	p := client.Place{
		Environ: os.Environ(), First: pid1.Environ(), Home: cmp.Or(os.Getenv("HOME"), "/root"),
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	}
	if orders, err := pid1.Orders(); err == nil {
		p.Own, p.Key = orders.Instance, orders.APIKey
	}
	return client.Main(p, name, args)
}

// follow runs tail for a reader outside the container. When the reader goes away, the engine doesn't end the command;
// it only closes the command's input.
func follow(args []string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // when the input ends in any way, the reader has gone
		cancel()
	}()
	return applet.Run(ctx, applet.Call{Args: append([]string{"tail"}, args...), In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}

// serveSSH is the process of the SSH server. It reads its host key from standard input.
func serveSSH(g model.Guest) int {
	logger := log.New(os.Stderr, "berth: ", log.LstdFlags|log.LUTC)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	signal.Ignore(syscall.SIGHUP)

	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		logger.Print(err)
		return 1
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		logger.Printf("host key: %v", err)
		return 1
	}
	l, err := pid1.SSHListener()
	if err != nil {
		logger.Print(err)
		return 1
	}
	server := &sshd.Server{
		HostKey: key, AuthorizedKeys: layout.AuthorizedKeys, Banner: layout.Banner, Log: logger,
		Environ: func(who session.Account) []string { return pid1.SessionOrigin(g, who, os.Environ()).Environ() },
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	select {
	case err = <-served:
	case <-ctx.Done(): // the first process kills sessions that don't end
	}
	if err != nil {
		logger.Print(err)
		return 1
	}
	return 0
}

// setKeys sets the account's keys while the instance runs.
func setKeys(g model.Guest, keys []string) int {
	if err := layout.New("/", g).Keys(keys); err != nil {
		fmt.Fprintf(os.Stderr, "keys: %v\n", err)
		return 1
	}
	return 0
}

// loginShell replaces this process by a login shell, with the variables of a new session, for a terminal that Jupyter
// opened.
func loginShell(g model.Guest) int {
	environ := pid1.SessionOrigin(g, session.Root(), os.Environ()).Environ()
	environ = session.Overlay(environ, []string{"TERM=" + os.Getenv("TERM")})
	found := session.Shell(session.Lookup(environ, "PATH"))
	err := syscall.Exec(found.Path, found.Login(), environ)
	fmt.Fprintf(os.Stderr, "%s: %v\n", found.Path, err)
	return 127
}
