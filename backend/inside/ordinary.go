package inside

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// errNotOrdinary means that the path leads to a device, a pipe or the like and not to a regular file.
var errNotOrdinary = errors.New("not an ordinary file")

// openOrdinary opens a regular file below a folder for reading. It checks the kind before it opens the file, since
// opening a device or a pipe can have an effect: opening a watchdog may reboot the machine. So nothing else that an
// instance made is ever opened. resolve holds openat2's RESOLVE_ flags.
func openOrdinary(folder int, path string, resolve uint64) (*os.File, error) {
	seen, err := unix.Openat2(folder, path, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: resolve})
	if err != nil {
		return nil, err
	}
	defer unix.Close(seen) //nolint:errcheck // nothing was written
	var kind unix.Stat_t
	if err := unix.Fstat(seen, &kind); err != nil {
		return nil, err
	}
	if kind.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, fmt.Errorf("%s: %w", path, errNotOrdinary)
	}
	// Open the same file by its descriptor: its name may belong to another file by now.
	fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", seen), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}
