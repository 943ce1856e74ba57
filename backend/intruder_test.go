package backend

import (
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// Another user took the API's port while there was no keeper. Every screen and the doctor must say so.
func TestWhoTakesTheAPIsPortIsSaid(t *testing.T) {
	if os.Geteuid() != 0 {
		enginetest.Skip(t, "only root can be another user")
	}
	const nobody = 65534
	listening := make(chan net.Listener, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread has another user id and must end with this goroutine
		_, err := unix.SetfsuidRetUid(nobody)
		l, failed := net.Listen("tcp", "127.0.0.1:0")
		if err != nil || failed != nil {
			t.Error(err, failed)
		}
		listening <- l
	}()
	l := <-listening
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	b := newBench(t, t.TempDir(), inMemory(t))
	check(t, b.parts.Ledger.Note(t.Context(), "api.port", strconv.Itoa(port)))
	b.run()
	said := func(text string) bool {
		return strings.Contains(text, "user 65534 listens at 127.0.0.1:"+strconv.Itoa(port))
	}
	if !slices.ContainsFunc(b.Doctor(t.Context()), func(f model.Finding) bool { return f.Verdict == model.VerdictFail && said(f.Detail) }) {
		t.Errorf("the doctor finds %+v", b.Doctor(t.Context()))
	}
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(100 * time.Millisecond) {
		if slices.ContainsFunc(b.mustFleet().Notices, said) {
			return
		}
	}
	t.Errorf("what screens say is %q", b.mustFleet().Notices)
}
