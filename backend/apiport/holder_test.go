package apiport

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestATakenPortIsSaidWithItsHolder(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	var s shelf
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
