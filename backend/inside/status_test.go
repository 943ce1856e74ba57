package inside

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Opening a device or a pipe can have an effect, so nothing but a regular file may be opened. A watch on the pipe shows
// whether it was.
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

// watchOpens returns a function that reports whether the file was opened since.
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
	// This process's root is the machine's, so the path is the same there.
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

// With hidepid a process that runs isn't in /proc at all. Its status is asked of the engine then, as where it is there
// and may not be read.
func TestAHiddenProcessIsOneThatMayNotBeRead(t *testing.T) {
	const hidden = 1 << 30 // larger than the kernel's largest pid
	if _, err := readInside(hidden, "/file"); !errors.Is(err, os.ErrPermission) {
		t.Errorf("it says %v", err)
	}
	if _, err := readInside(os.Getpid(), filepath.Join(t.TempDir(), "none")); errors.Is(err, os.ErrPermission) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a file that isn't there it says %v", err)
	}
}
