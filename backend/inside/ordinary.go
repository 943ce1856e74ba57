package inside

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// errNotOrdinary says that a device, a pipe or the like stands where a file was to be read.
var errNotOrdinary = errors.New("not an ordinary file")

// openOrdinary opens a file below a folder for reading. What it is is looked at before it is opened: opening a
// device or a pipe can do something (a watchdog reboots the machine), so one that a stranger made is never opened.
// resolve says how the path is followed, in openat2's words.
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
	// The same file again, by its descriptor: its name may mean another by now.
	fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", seen), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}
