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

// sshSocket is the number under which the SSH server finds its listening socket.
const sshSocket = 3

// SSHListener is the socket that the first process handed to the SSH server.
func SSHListener() (net.Listener, error) {
	f := os.NewFile(sshSocket, "ssh")
	defer f.Close() //nolint:errcheck // the listener has its own; sessions must not inherit this one
	return net.FileListener(f)
}

// sshService is the SSH server: a child of this program, which reads its key from standard input, so that the
// key needn't be written to a file. Its port is taken before any script runs and is this process's, so
// that the image's own server, which scripts start, doesn't get it while ours is started again.
func (l *launcher) sshService(key []byte) service {
	socket, err := listenSSH()
	return service{
		name: "sshd", port: model.PortSSH, speaks: true,
		command: func() (*exec.Cmd, error) {
			if socket == nil { // who has it may have let go
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
			_, err = out.Write(key) // fits the pipe
			if err = errors.Join(err, out.Close()); err != nil {
				in.Close() //nolint:errcheck // the first error is told
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

// listenSSH takes the port.
func listenSSH() (*os.File, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(context.Background(), "tcp", ":"+strconv.Itoa(model.PortSSH))
	if err != nil {
		return nil, err
	}
	defer l.Close() // the file is a socket of its own
	return l.(*net.TCPListener).File()
}
