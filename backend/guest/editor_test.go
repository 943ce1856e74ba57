package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// editorServer is the script with which an editor installs and runs its server in an instance. The server listens on
// the loopback address and on a unix socket. It answers with the input in capitals once the client has closed its half.
const editorServer = `mkdir -p ~/.editor && cd ~/.editor && rm -f port
cat > server.py <<'END'
import os, socket, threading

def answer(conn):
    text = b""
    while more := conn.recv(65536):
        text += more
    conn.sendall(text.upper())
    conn.close()

def serve(listener):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=answer, args=(conn,)).start()

tcp = socket.create_server(("127.0.0.1", 0))
local = socket.socket(socket.AF_UNIX)
local.bind("server.sock")
local.listen()
threading.Thread(target=serve, args=(local,)).start()
with open("port.new", "w") as f:
    f.write(str(tcp.getsockname()[1]))
os.rename("port.new", "port")
serve(tcp)
END
`

// An editing is an editor's connection: a shell without a terminal that gets a script as its input and stays open.
type editing struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// edit connects as editors do. words is the command after the host.
func (i *instance) edit(options []string, words ...string) *editing {
	i.t.Helper()
	args := append(append([]string{"-T", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=3"}, i.options()...), options...)
	e := &editing{t: i.t, cmd: exec.Command("ssh", append(append(args, "root@"+i.ip), words...)...)}
	var err error
	if e.in, err = e.cmd.StdinPipe(); err != nil {
		i.t.Fatal(err)
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		i.t.Fatal(err)
	}
	e.out = bufio.NewScanner(out)
	if err := e.cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() {
		e.cmd.Process.Kill()
		e.cmd.Wait()
	})
	return e
}

func (e *editing) feed(script string) {
	e.t.Helper()
	if _, err := io.WriteString(e.in, script); err != nil {
		e.t.Fatal(err)
	}
}

// line returns the next line that the script prints.
func (e *editing) line() string {
	e.t.Helper()
	late := time.AfterFunc(45*time.Second, func() { e.cmd.Process.Kill() })
	defer late.Stop()
	if !e.out.Scan() {
		e.t.Fatalf("it ended: %v", e.cmd.Wait())
	}
	return e.out.Text()
}

// leave ends the input and waits until the client ends.
func (e *editing) leave() {
	e.t.Helper()
	e.in.Close()
	late := time.AfterFunc(45*time.Second, func() { e.cmd.Process.Kill() })
	defer late.Stop()
	if err := e.cmd.Wait(); err != nil {
		e.t.Errorf("the editor's connection ended with %v", err)
	}
}

// TestAnEditorOverSSH does what VS Code's Remote-SSH does: it feeds a script to a shell, which installs and starts a
// server; it keeps that connection open and talks to the server through it.
func TestAnEditorOverSSH(t *testing.T) {
	for _, c := range []struct {
		name  string
		words []string
		start string
	}{
		{"a script fed to bash, a server by nohup", []string{"bash"}, "nohup python3 server.py > log 2>&1 < /dev/null &"},
		{"a script fed to sh, a server by setsid", []string{"sh"}, "setsid python3 server.py > log 2>&1 < /dev/null &"},
		{"a script fed to the login shell", nil, "(python3 server.py > log 2>&1 < /dev/null &)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i := launch(t, debianKind, nil)
			dynamic := freePort(t)
			e := i.edit([]string{"-D", dynamic}, c.words...)
			e.feed(strings.Repeat("# a script is as long as an editor's, which bring their own downloader\n", 3000))
			e.feed(editorServer + c.start + "\nwhile [ ! -s port ]; do sleep 0.05; done\n" +
				`echo "in [$TMUX] on $(cat port)"` + "\nread -r last && echo \"last $last\"\n")
			var port int
			if _, err := fmt.Sscanf(e.line(), "in [] on %d", &port); err != nil {
				t.Fatal(err)
			}
			at := "127.0.0.1:" + dynamic
			i.eventually(10*time.Second, "answer through the proxy", func() error { return throughProxy(at, port) })
			t.Run("many connections at once", func(t *testing.T) {
				var all sync.WaitGroup
				for range 30 {
					all.Go(func() {
						if err := throughProxy(at, port); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
			})
			time.Sleep(5 * time.Second) // longer than a client waits before it thinks the connection dead
			e.feed("word\n")
			if got := e.line(); got != "last word" {
				t.Errorf("kept open, the shell says %q", got)
			}
			e.leave()

			local, socket := freePort(t), filepath.Join(i.dir, "editor.sock")
			i.background("-L", local+":127.0.0.1:"+fmt.Sprint(port), "-L", socket+":/root/.editor/server.sock")
			t.Run("the server has survived its session, on its port", func(t *testing.T) { i.heard("tcp", "127.0.0.1:"+local) })
			t.Run("and on its socket", func(t *testing.T) { i.heard("unix", socket) })
		})
	}
}

// A script's output arrives at once, and a command in it reads the input that follows.
func TestAScriptFedToAShellRunsAsItComes(t *testing.T) {
	for _, k := range append(kinds, debianKind) {
		for _, words := range [][]string{nil, {"sh"}} {
			t.Run(fmt.Sprintf("%s, %q", k.name, words), func(t *testing.T) {
				t.Parallel()
				i := launch(t, k, nil)
				e := i.edit(nil, words...)
				for n := range 3 {
					e.feed(fmt.Sprintf("f() {\n  echo line-$((%d+1))\n}\nf\n", n))
					if got := e.line(); got != fmt.Sprintf("line-%d", n+1) {
						t.Fatalf("it says %q", got)
					}
				}
				for _, step := range [][2]string{{"echo ask; read -r word; echo \"word $word\"\n", "ask"}, {"is here\n", "word is here"}, {"cd /tmp && pwd\n", "/tmp"}} {
					e.feed(step[0])
					if got := e.line(); got != step[1] {
						t.Fatalf("it says %q, want %q", got, step[1])
					}
				}
				e.leave()
			})
		}
	}
}

// One connection carries the script, further sessions, and forwards that are requested later.
func TestAnEditorOverOneSharedConnection(t *testing.T) {
	i := launch(t, debianKind, nil)
	control := []string{"-o", "ControlPath=" + filepath.Join(i.dir, "ctl"), "-o", "ControlMaster=auto", "-o", "ControlPersist=60"}
	defer func() { i.sshWith(append(control, "-O", "exit"), nil) }()
	e := i.edit(control, "bash")
	e.feed(editorServer + "nohup python3 server.py > log 2>&1 < /dev/null &\nwhile [ ! -s port ]; do sleep 0.05; done; echo $(cat port); read -r last || true\n")
	port := e.line()
	local, dynamic, socket := freePort(t), freePort(t), filepath.Join(i.dir, "editor.sock")
	for _, forward := range [][]string{{"-L", local + ":localhost:" + port}, {"-L", socket + ":/root/.editor/server.sock"}, {"-D", dynamic}} {
		if out, code := i.sshWith(append(append(control, "-O", "forward"), forward...), nil); code != 0 {
			t.Fatalf("%q: %d %s", forward, code, out)
		}
	}
	heard := func() {
		i.heard("tcp", "127.0.0.1:"+local)
		i.heard("unix", socket)
		var number int
		fmt.Sscan(port, &number)
		i.eventually(10*time.Second, "answer through the proxy", func() error { return throughProxy("127.0.0.1:"+dynamic, number) })
	}
	heard()
	if out, code := i.sshWith(control, nil, "cat ~/.editor/port"); out != port || code != 0 {
		t.Errorf("a session beside it says %q with code %d, want %q", out, code, port)
	}
	e.leave()
	heard() // the connection stays open after the session that opened it
	if out, code := i.sshWith(append(control, "-O", "cancel", "-L", local+":localhost:"+port), nil); code != 0 {
		t.Errorf("taking a forward back: %d %s", code, out)
	}
}

func TestWhatIsLeftRunningSurvivesItsSession(t *testing.T) {
	i := launch(t, debianKind, nil)
	i.says("touch ~/.no_auto_tmux")
	for n, c := range []struct {
		name, start string
		terminal    bool
	}{
		{"nohup", "nohup sleep %d > /dev/null 2>&1 &", false},
		{"setsid", "setsid sleep %d > /dev/null 2>&1 &", false},
		{"a plain child in the background", "sleep %d > /dev/null 2>&1 &", false},
		{"nohup on a terminal", "nohup sleep %d > /dev/null 2>&1 &", true},
		{"setsid on a terminal", "setsid sleep %d > /dev/null 2>&1 &", true},
		{"disown on a terminal", "sleep %d > /dev/null 2>&1 & disown -h", true},
	} {
		for m, rude := range []bool{false, true} {
			mark := 1000000 + 10*n + m
			t.Run(fmt.Sprintf("%s, cut off %v", c.name, rude), func(t *testing.T) {
				// What hasn't left the session yet when that is cut off is ended with it, with any server.
				start := fmt.Sprintf(c.start+"\nuntil pgrep -x -f 'sleep %[1]d' > /dev/null; do sleep 0.1; done", mark)
				if c.terminal {
					at := i.sit()
					at.types(start + "\necho begun-$((40+2))\n")
					at.sees("begun-42")
					if rude {
						at.cmd.Process.Kill()
					} else {
						at.types("exit\n")
					}
					at.cmd.Wait()
				} else {
					e := i.edit(nil, "bash")
					e.feed(start + "\necho begun\nread -r last || true\n")
					e.line()
					if rude {
						e.cmd.Process.Kill()
						e.cmd.Wait()
					} else {
						e.leave()
					}
				}
				time.Sleep(500 * time.Millisecond) // time in which it would be ended
				if out := i.says(fmt.Sprintf("pgrep -cx -f 'sleep %d' || true", mark)); out != "1" {
					t.Errorf("%s of it are left", out)
				}
			})
		}
	}
}
