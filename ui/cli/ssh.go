package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
)

func sshCommand(p *program) *cobra.Command {
	var stdio, tty bool
	c := &cobra.Command{
		Use: "ssh INSTANCE [COMMAND [ARG ...]]", Short: "log in to an instance over SSH, or run a command there",
		Long: "ssh runs this machine's SSH client against an instance; the command's exit code is ours. It needs a key that the\n" +
			"instance lets in: one of yours here, or those of your own computer, brought along by `ssh -A`.\n\n" +
			"With --stdio it connects standard input and output with the instance's SSH server and does nothing else, for the\n" +
			"ProxyCommand of an SSH client: `berth ssh-config` writes the block.",
		Example: "  berth ssh C.1001\n  berth ssh C.1001 nvidia-smi",
		Args: func(c *cobra.Command, args []string) error {
			if stdio {
				return exactly("INSTANCE")(c, args)
			}
			return atLeastOne("INSTANCE")(c, args)
		},
		ValidArgsFunction: p.completeInstances,
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(strings.TrimPrefix(args[0], model.SSHHostPrefix))
			if err != nil {
				return err
			}
			if p.globals.Cluster {
				if stdio {
					return usagef("--stdio isn't there on a cluster")
				}
				return withCluster(p, func(k Cluster) error { return loginOnCluster(c, k, id, tty, args[1:]) })
			}
			return p.with(c.Context(), func(m Backend) error {
				port, err := sshPort(c.Context(), m, id)
				switch {
				case err != nil:
					return err
				case stdio:
					return connected(c.Context(), c.InOrStdin(), raw(c.OutOrStdout()), port)
				}
				return login(c, id, port, tty, args[1:])
			})
		},
	}
	c.Flags().BoolVar(&stdio, "stdio", false, "connect standard input and output with its SSH server")
	c.Flags().BoolVarP(&tty, "tty", "t", false, "run the command on a terminal")
	c.Flags().SetInterspersed(false)
	return c
}

// sshPort returns the port of this machine that leads to an instance's SSH server. It reads only the ledger.
func sshPort(ctx context.Context, m finder, id model.InstanceID) (int, error) {
	i, there, err := instance(ctx, m, id)
	port := i.Plan.External(model.PortSSH, model.TCP)
	switch {
	case err != nil:
		return 0, err
	case !there:
		return 0, fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	case !i.Order.Mode.Launcher():
		return 0, exitError{fmt.Errorf("%s: %s mode has no SSH server; `berth exec -it %[1]s sh` gets in", id, i.Order.Mode), ExitRefused}
	case i.Phase != model.PhaseRunning && i.Phase != model.PhaseConnecting:
		return 0, fmt.Errorf("%s: log in is %w: it is %s", id, model.ErrNotAllowed, i.Status())
	}
	return port, nil
}

// connected copies in both directions until the other end closes its side.
func connected(ctx context.Context, in io.Reader, out io.Writer, port int) error {
	var d net.Dialer
	there, err := d.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	defer there.Close()
	defer context.AfterFunc(ctx, func() { _ = there.Close() })() // which ends both copies
	go func() {                                                  // a blocked read of in ends with the process
		_, _ = io.Copy(there, in)
		if half, may := there.(interface{ CloseWrite() error }); may {
			_ = half.CloseWrite()
		}
	}()
	if _, err := io.Copy(out, there); err != nil && ctx.Err() == nil {
		return err
	}
	return ctx.Err()
}

// login runs the SSH client. The connection goes over the loopback interface, so checking the host key would add
// nothing.
func login(c *cobra.Command, id model.InstanceID, port int, tty bool, command []string) error {
	args := []string{"-p", strconv.Itoa(port), "-o", "NoHostAuthenticationForLocalhost=yes", "-o", "LogLevel=ERROR"}
	if tty {
		args = append(args, "-t")
	}
	args = append(append(args, "root@localhost"), command...)
	// The client owns the terminal and ends by itself: ctrl-c is for the client, so this context must not end it.
	client := exec.CommandContext(context.WithoutCancel(c.Context()), "ssh", args...)
	client.Stdin, client.Stdout, client.Stderr = c.InOrStdin(), raw(c.OutOrStdout()), raw(c.ErrOrStderr())
	if c.Root().Annotations[spoken] != "" { // the session reads standard input itself
		client.Stdin = nil
	}
	err := client.Run()
	var ended *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("no SSH client is on this machine: install openssh-client, or get in by the engine: `berth exec -it %s sh`", id)
	case !errors.As(err, &ended):
		return err
	}
	const clientFailed = 255
	if ended.ExitCode() == clientFailed {
		return fmt.Errorf("the SSH client couldn't log in: the instance lets in `berth account ssh list --instance %s`; bring your own "+
			"computer's keys along by ssh -A, or get in by the engine: `berth exec -it %s sh`", id, id)
	}
	return exitError{errQuiet, ended.ExitCode()}
}

func sshConfigCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "ssh-config", Short: "print a block for ~/.ssh/config: ssh berth-1012 and VS Code reach instances without ports", Args: exactly(),
		Long: "ssh-config prints a block for the SSH configuration of your own computer, by which `ssh berth-1012`, scp, rsync and\n" +
			"VS Code's Remote-SSH reach every instance of this machine through its SSH server, as you came: no port of the\n" +
			"instances need be open to you. Called on the machine itself, and not over SSH, it prints the block for there.",
		Example: "  ssh gpubox berth ssh-config >> ~/.ssh/config   # on your own computer\n  ssh berth-1001",
		RunE: func(c *cobra.Command, _ []string) error {
			words, err := p.self()
			if err != nil {
				return err
			}
			return p.with(c.Context(), func(m Backend) error {
				f, err := m.Fleet(c.Context())
				if err != nil {
					return err
				}
				v := model.NewViewer(m.Screen().User, os.Getenv("SSH_CONNECTION"))
				_, err = io.WriteString(c.OutOrStdout(), v.SSHConfig(append(words, "ssh", "--stdio"), f.Host.PublicIP))
				return err
			})
		},
	}
}

// self returns the words that call this same program for the same machine.
func (p *program) self() ([]string, error) {
	path, err := os.Executable()
	words := []string{path}
	if p.globals.Home != "" {
		words = append(words, "--home", p.globals.Home)
	}
	return words, err
}
