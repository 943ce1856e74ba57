package apiport

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"berth/model"
)

// explained says what a refusal to listen means, and who has the port where this user may see that.
func explained(at string, err error) error {
	_, port, splits := net.SplitHostPort(at)
	if err == nil || splits != nil {
		return err
	}
	return model.Explained(model.AreaPort, err, model.Subject{Port: port, Holder: holderOf("/proc", port)})
}

// holderOf names the process that listens on a TCP port, such as "nginx (pid 812)"; empty where there is none, or where
// its files aren't this user's to read.
func holderOf(proc, port string) string {
	sockets := listening(proc, port)
	if len(sockets) == 0 {
		return ""
	}
	files, _ := filepath.Glob(filepath.Join(proc, "[0-9]*/fd/*")) // those of others are left out
	for _, file := range files {
		target, err := os.Readlink(file)
		if err != nil || !sockets[target] {
			continue
		}
		pid := filepath.Base(filepath.Dir(filepath.Dir(file)))
		name, _ := os.ReadFile(filepath.Join(proc, pid, "comm")) // it may have ended since
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
	}
	return ""
}

// listening are the sockets, as a file of a process names them, that listen on a TCP port.
func listening(proc, port string) map[string]bool {
	const local, state, inode, cells = 1, 3, 9, 10 // proc_net(5)
	const listens = "0A"
	number, _ := strconv.ParseUint(port, 10, 16)
	found := map[string]bool{}
	for _, table := range []string{"net/tcp", "net/tcp6"} {
		text, _ := os.ReadFile(filepath.Join(proc, table)) // a kernel without IPv6 lacks one
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
