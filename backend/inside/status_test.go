package inside

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Opening a device or pipe can do something, so what isn't a file must not even be opened. A pipe with a writer that
// waits shows whether somebody did.
func TestWhatIsNoFileIsNeverOpened(t *testing.T) {
	folder := t.TempDir()
	check(t, unix.Mkfifo(filepath.Join(folder, "pipe"), 0o600))
	check(t, os.Symlink("pipe", filepath.Join(folder, "link")))
	check(t, os.Symlink("/etc/passwd", filepath.Join(folder, "out")))
	check(t, os.WriteFile(filepath.Join(folder, "file"), []byte("x"), 0o600))
	fd, err := unix.Open(folder, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	check(t, err)
	defer unix.Close(fd)
	opened := watchOpens(t, filepath.Join(folder, "pipe"))
	for _, name := range []string{"pipe", "link"} {
		if _, err := openOrdinary(fd, name, unix.RESOLVE_IN_ROOT); !errors.Is(err, errNotOrdinary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if opened() {
		t.Error("the pipe was opened")
	}
	if _, err := openOrdinary(fd, "out", unix.RESOLVE_IN_ROOT); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a link out of the root: %v", err)
	}
	f, err := openOrdinary(fd, "file", unix.RESOLVE_IN_ROOT)
	check(t, err)
	check(t, f.Close())
}

// watchOpens tells whether a file has been opened since.
func watchOpens(t *testing.T, path string) func() bool {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	check(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	_, err = unix.InotifyAddWatch(fd, path, unix.IN_OPEN)
	check(t, err)
	return func() bool {
		var events [4096]byte
		n, _ := unix.Read(fd, events[:])
		return n > 0
	}
}

func TestTheStatusIsReadFromAProcessesOwnRoot(t *testing.T) {
	folder := t.TempDir()
	check(t, unix.Mkfifo(filepath.Join(folder, "pipe"), 0o600))
	opened := watchOpens(t, filepath.Join(folder, "pipe"))
	// This process's root is the machine's: its path is the same there.
	if _, err := readInside(os.Getpid(), filepath.Join(folder, "pipe")); !errors.Is(err, errNotOrdinary) {
		t.Errorf("it says %v", err)
	}
	if opened() {
		t.Error("the pipe was opened before its kind was looked at")
	}
	big := filepath.Join(folder, "big")
	check(t, os.WriteFile(big, nil, 0o600))
	check(t, os.Truncate(big, 1<<40))
	text, err := readInside(os.Getpid(), big)
	if err != nil || len(text) > mostStatus {
		t.Errorf("%d bytes of it were read, %v", len(text), err)
	}
}
