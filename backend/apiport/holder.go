package apiport

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"berth/model"
)

// refusals are what was said of addresses where listening was refused. Who has a port is found in the files of every
// process of the machine, and it is tried again each second or two.
type refusals map[string]refusal

type refusal struct {
	at        time.Time
	err, said error
}

// lookInterval is after how long it is looked anew who has a port.
const lookInterval = time.Minute

// explained says what a refusal to listen means, and who has the port where this user may see that.
func (r *refusals) explained(at string, err error, now time.Time) error {
	_, port, splits := net.SplitHostPort(at)
	if err == nil || splits != nil {
		return err
	}
	if was, there := (*r)[at]; there && now.Sub(was.at) < lookInterval && was.err.Error() == err.Error() {
		return was.said
	}
	said := model.Explained(model.AreaPort, err, model.Subject{Port: port, Holder: holderOf("/proc", port)})
	if *r == nil {
		*r = refusals{}
	}
	(*r)[at] = refusal{now, err, said}
	return said
}

// holderOf names the process that listens on a TCP port, such as "nginx (pid 812)". It is empty if there is none, or if
// this user may not read its files in /proc.
func holderOf(proc, port string) string {
	sockets := listening(proc, port)
	if len(sockets) == 0 {
		return ""
	}
	files, _ := filepath.Glob(filepath.Join(proc, "[0-9]*/fd/*")) // without the processes of other users
	for _, file := range files {
		target, err := os.Readlink(file)
		if err != nil || !sockets[target] {
			continue
		}
		pid := filepath.Base(filepath.Dir(filepath.Dir(file)))
		name, _ := os.ReadFile(filepath.Join(proc, pid, "comm")) // empty if the process has ended since
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
	}
	return ""
}

// listening returns the sockets that listen on a TCP port, named as in a process's fd folder.
func listening(proc, port string) map[string]bool {
	const local, state, inode, cells = 1, 3, 9, 10 // columns, see proc_net(5)
	const listens = "0A"
	number, _ := strconv.ParseUint(port, 10, 16)
	found := map[string]bool{}
	for _, table := range []string{"net/tcp", "net/tcp6"} {
		text, _ := os.ReadFile(filepath.Join(proc, table)) // a kernel without IPv6 has no tcp6
		for line := range strings.Lines(string(text)) {
			cell := strings.Fields(line)
			if len(cell) < cells || cell[state] != listens || !strings.HasSuffix(cell[local], fmt.Sprintf(":%04X", number)) {
				continue
			}
			found["socket:["+cell[inode]+"]"] = true
		}
	}
	return found
}
