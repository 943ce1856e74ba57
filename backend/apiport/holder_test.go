package apiport

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestATakenPortIsSaidWithItsHolder(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	var s fdStore
	_, err = s.listen(t.Context(), l.Addr().String())
	port := l.Addr().(*net.TCPAddr).Port
	name, _ := os.ReadFile("/proc/self/comm")
	want := fmt.Sprintf("port %d of this machine is taken by %s (pid %d): end that, or choose another (", port, strings.TrimSpace(string(name)), os.Getpid())
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), unix.EADDRINUSE.Error()) {
		t.Errorf("got %v, want %s…", err, want)
	}
	if who := holderOf(t.TempDir(), strconv.Itoa(port)); who != "" {
		t.Errorf("where nothing can be seen, %q has it", who)
	}
}

// It is tried each second to listen, and who has the port stands in the files of every process of the machine.
func TestWhoHasAPortIsNotLookedForAtEachTry(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	at, taken, now := l.Addr().String(), unix.EADDRINUSE, time.Now()
	var r refusals
	first := r.explained(at, taken, now)
	check(t, l.Close()) // and nobody has it
	if again := r.explained(at, taken, now.Add(lookInterval/2)); again.Error() != first.Error() {
		t.Errorf("%v was looked for again: %v", first, again)
	}
	if later := r.explained(at, taken, now.Add(lookInterval)); later.Error() == first.Error() {
		t.Errorf("a minute later it still says %v", later)
	}
}
