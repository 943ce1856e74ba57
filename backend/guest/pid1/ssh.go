package pid1

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strconv"

	"berth/model"
)

// sshSocket is the descriptor number of the SSH server's listening socket.
const sshSocket = 3

// SSHListener returns the listening socket that the first process passed to the SSH server.
func SSHListener() (net.Listener, error) {
	f := os.NewFile(sshSocket, "ssh")
	defer f.Close() //nolint:errcheck // the listener has a copy; sessions must not inherit this descriptor
	return net.FileListener(f)
}

// sshService is the SSH server: a child process that runs this program. It reads its host key from standard input, so
// that the key needn't be in a file. The launcher opens the listening socket before any script runs and keeps it. So
// the image's own SSH server, which scripts may start, can't take the port while this one restarts.
func (l *launcher) sshService(key []byte) service {
	socket, err := listenSSH()
	return service{
		name: "sshd", port: model.PortSSH, sendsFirst: true,
		command: func() (*exec.Cmd, error) {
			if socket == nil { // the process that had the port may have closed it
				if socket, err = listenSSH(); err != nil {
					return nil, err
				}
			}
			program, err := os.Executable()
			if err != nil {
				return nil, err
			}
			in, out, err := os.Pipe()
			if err != nil {
				return nil, err
			}
			_, err = out.Write(key) // a pipe's buffer has room for a key
			if err = errors.Join(err, out.Close()); err != nil {
				in.Close() //nolint:errcheck // the first error is returned
				return nil, err
			}
			return &exec.Cmd{
				Path: program, Args: []string{"berth", "sshd"}, Env: l.environ, Dir: "/",
				Stdin: in, Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: []*os.File{socket},
			}, nil
		},
		tell: func(now model.ServiceStatus) { l.report.change(func(s *model.GuestStatus) { s.SSH = now }) },
	}
}

// listenSSH opens the SSH port.
func listenSSH() (*os.File, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(context.Background(), "tcp", ":"+strconv.Itoa(model.PortSSH))
	if err != nil {
		return nil, err
	}
	defer l.Close() // the file is a copy of the descriptor
	return l.(*net.TCPListener).File()
}
