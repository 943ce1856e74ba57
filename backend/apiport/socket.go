package apiport

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// SocketName is the unix socket for the machine's own users, in the state folder. Only the keeper creates it, and only
// a user who may write the folder could. So unlike with a TCP port, another process can't pose as the keeper.
const SocketName = "api.sock"

// listenSocket listens for this machine's users. It opens the folder first and creates the socket through the
// descriptor: a socket's path is limited to about a hundred bytes, and a folder's path may be longer.
func (p *Port) listenSocket(ctx context.Context) (net.Listener, error) {
	folder, err := unix.Open(p.Home, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: p.Home, Err: err}
	}
	defer unix.Close(folder) //nolint:errcheck // nothing was written
	at := filepath.Join("/proc/self/fd", fmt.Sprint(folder), SocketName)
	if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) { // an earlier keeper's socket
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", at)
	if err != nil {
		return nil, err
	}
	socket := l.(*net.UnixListener)
	socket.SetUnlinkOnClose(false)     // the /proc path is invalid by then; the next keeper removes the socket
	return socket, os.Chmod(at, 0o666) // the folder's mode says who gets here, and the kernel which user connects
}
