package sockets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"berth/model"
)

// mostTable bounds what is read of one table: a line for each port that there is. Listening TCP sockets come first.
const mostTable = 8 << 20

// readTables returns the sockets that wait, by the kernel's tables of these names.
func readTables(pid int, tables ...string) (map[model.Socket]bool, error) {
	open := map[model.Socket]bool{}
	for _, table := range tables {
		f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if errors.Is(err, os.ErrNotExist) && strings.HasSuffix(table, "6") {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		waitingIn(f, model.Protocol(table[:3]), open)
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return open, nil
}

// waitingIn reads one table. TCP's begins with those that listen; what follows is read no further.
func waitingIn(table io.Reader, p model.Protocol, open map[model.Socket]bool) {
	waits := "0A" // the state of a listening TCP socket
	if p == model.UDP {
		waits = "07" // of one that is bound to no peer
	}
	for s := bufio.NewScanner(io.LimitReader(table, mostTable)); s.Scan(); {
		// sl local_address rem_address st …, addresses being hexadecimal ADDRESS:PORT.
		field := strings.Fields(s.Text())
		if len(field) < 4 || field[0] == "sl" {
			continue
		}
		if field[3] != waits {
			if p == model.TCP {
				return
			}
			continue
		}
		_, port, _ := strings.Cut(field[1], ":")
		if n, err := strconv.ParseUint(port, 16, 16); err == nil {
			open[model.Socket{Protocol: p, Port: int(n)}] = true
		}
	}
}
