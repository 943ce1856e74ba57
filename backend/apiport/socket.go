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

// SocketName is the socket of the machine's own users, in the state folder. Only the keeper makes it, and only who
// may write the folder: a process that isn't the keeper can't be taken for it, as with a port.
const SocketName = "api.sock"

// listenSocket is for this machine's users. The folder is opened first and the socket made below it: a socket's path
// may have a hundred characters, a folder's more.
func (p *Port) listenSocket(ctx context.Context) (net.Listener, error) {
	folder, err := unix.Open(p.Home, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: p.Home, Err: err}
	}
	defer unix.Close(folder) //nolint:errcheck // nothing was written
	at := filepath.Join("/proc/self/fd", fmt.Sprint(folder), SocketName)
	if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) { // an earlier keeper's
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", at)
	if err != nil {
		return nil, err
	}
	socket := l.(*net.UnixListener)
	socket.SetUnlinkOnClose(false)     // its path won't be that then; the next keeper removes it
	return socket, os.Chmod(at, 0o666) // the folder says who gets here, and the kernel who that is
}
