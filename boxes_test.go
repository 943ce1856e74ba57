package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"berth/backend/engine/enginetest"
)

// A lab is several machines as one person's computer sees them: each is a berth with a state folder and simulated GPUs
// of its own, reached through a real OpenSSH server of its own.
type lab struct {
	t       *testing.T
	dir     string
	sockets string            // folder of shared connections
	env     []string          // of the person's computer
	box     map[string]*house // by name
	server  map[string]*exec.Cmd
}

// labels of the fakes that a lab has beside its boxes: machines on whose berth something is wrong.
const fakes = `older = "box1 %[1]s/older"
newer = "box1 %[1]s/newer"
evil = "box1 %[1]s/evil"
bare = "box1 %[1]s/nothing-there"
gone = "nobody.invalid"
`

func newLab(t *testing.T, names ...string) *lab {
	t.Helper()
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		enginetest.Skip(t, "several machines are reached through OpenSSH's server: install openssh-server")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where a privileged server confines itself
			t.Fatal(err)
		}
	}
	l := &lab{t: t, dir: t.TempDir(), box: map[string]*house{}, server: map[string]*exec.Cmd{}}
	if l.sockets, err = os.MkdirTemp("", "b"); err != nil { // a short path, as sockets need
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(l.sockets) })
	for _, key := range []string{"key", "host"} {
		if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", l.path(key)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	config := "Host *\n  User " + me.Username + "\n  IdentityFile " + l.path("key") + "\n  IdentitiesOnly yes\n  StrictHostKeyChecking accept-new\n" +
		"  RemoteCommand echo this is for logins\n  RequestTTY yes\n" +
		"  UserKnownHostsFile " + l.path("known") + "\n  GlobalKnownHostsFile /dev/null\n"
	machines := "[machines]\n" + fmt.Sprintf(fakes, l.dir)
	for _, name := range names {
		h := newHouse(t)
		l.box[name] = h
		port := l.serve(sshd, name, append(h.env[len(os.Environ()):], "BERTH_ON=nowhere")) // as a start file may say
		config = fmt.Sprintf("Host %s\n  HostName 127.0.0.1\n  Port %d\n", name, port) + config
		machines += fmt.Sprintf("%s = \"%[1]s %s\"\n", name, os.Args[0])
		if name == names[0] { // the same through a jump host
			config = fmt.Sprintf("Host behind\n  HostName 127.0.0.1\n  Port %d\n  ProxyJump %s\n", port, name) + config
			machines += fmt.Sprintf("behind = \"behind %s\"\n", os.Args[0])
		}
	}
	l.write("ssh_config", config)
	l.write("xdg/berth/config.toml", machines)
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	l.program("bin/ssh", "exec "+client+" -F "+l.path("ssh_config")+` "$@"`)
	l.program("older", `echo 'berth: "fleet": no such command' >&2; exit 2`)
	l.program("newer", `echo '{"schema": 7, "berth": "v9.1", "fleet": []}'`)
	l.program("evil", `printf 'berth: \033]0;title\007 done\n' >&2
if [ "$1" = fleet ]; then printf '%s\n' '{"schema":1,"berth":"v1","account":{"owner":"\u001b[2J"},"fleet":{"Engine":{"OK":true},"Instances":[{"ID":1000,"Label":"\u001b]0;title\u0007x\u202e"}]}}'; exit; fi
printf '\033[2Jout\n'; exit 4`)
	l.env = append(os.Environ(), asProgram+"=1", "BERTH_HOME="+l.path("home"), "XDG_CONFIG_HOME="+l.path("xdg"), "LANG=C.UTF-8",
		"PATH="+l.path("bin")+":"+os.Getenv("PATH"), "TMPDIR="+l.sockets)
	return l
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

func (l *lab) write(name, text string) {
	l.t.Helper()
	err := os.MkdirAll(filepath.Dir(l.path(name)), 0o700)
	if err == nil {
		err = os.WriteFile(l.path(name), []byte(text), 0o600)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) program(name, script string) {
	l.t.Helper()
	l.write(name, "#!/bin/sh\n"+script+"\n")
	if err := os.Chmod(l.path(name), 0o700); err != nil {
		l.t.Fatal(err)
	}
}

// serve starts the SSH server of a machine whose sessions have some variables, and returns its port.
func (l *lab) serve(sshd, name string, env []string) (port int) {
	l.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.t.Fatal(err)
	}
	port = listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close() // for the server
	l.write(name+".conf", fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey %s\nPidFile none\nAuthorizedKeysFile %s\nStrictModes no\n"+
		"UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPrintMotd no\nMaxSessions 100\nSetEnv \"%s\"\n",
		port, l.path("host"), l.path("key.pub"), strings.Join(env, "\" \"")))
	c := exec.Command(sshd, "-D", "-e", "-f", l.path(name+".conf"))
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.server[name] = c
	l.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGCONT) // a test may have stopped it
		_ = c.Process.Kill()
		_ = c.Wait() // it was killed
	})
	for late := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if to, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = to.Close()
			return port
		}
		if time.Now().After(late) {
			_ = c.Process.Kill()
			_ = c.Wait()
			l.t.Fatalf("the server of %s doesn't listen: %s", name, said.String())
		}
	}
}

// berth runs a command on the person's computer.
func (l *lab) berth(in string, args ...string) (stdout, stderr string, code int) {
	l.t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env, c.Stdin = l.env, strings.NewReader(in)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		l.t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// says runs a command that must end with a code and say something: on standard output, or after "!" on standard error.
func (l *lab) says(code int, want string, args ...string) string {
	l.t.Helper()
	out, errs, got := l.berth("", args...)
	where := out
	want, isError := strings.CutPrefix(want, "!")
	if isError {
		where = errs
	}
	if got != code || !strings.Contains(where, want) {
		l.t.Errorf("%v ends with %d, not %d, or doesn't say %q:\n%s%s", args, got, code, want, out, errs)
	}
	for _, r := range out + errs {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Cf, r) {
			l.t.Errorf("%v: %U gets through: %q", args, r, out+errs)
			break
		}
	}
	return out
}

// One person's commands on two machines, each with its own instances and rules.
func TestTwoMachinesAreUsedAsOne(t *testing.T) {
	l := newLab(t, "box1", "box2")
	both := []string{"--on", "box1,box2"}
	on := func(args ...string) []string { return append(both[:2:2], args...) }

	id := func(machine string, args ...string) string { // ids differ from engine to engine
		t.Helper()
		printed := strings.TrimSpace(l.says(0, machine+"C.", args...))
		if strings.Contains(printed, "\n") || !strings.HasPrefix(printed, machine) {
			t.Fatalf("%v prints %q", args, printed)
		}
		return strings.TrimPrefix(printed, machine)
	}
	launch := []string{"launch", "-t", "starter", "--wait"}

	one := id("", append([]string{"--on", "box1"}, append(launch, "--gpus", "3", "--label", "one")...)...)
	// The fullest that has room: box1 has five GPUs left and box2 eight, then box1 one.
	two := id("box1/", on(append(launch, "--gpus", "4", "--label", "two")...)...)
	three := id("box2/", on(append(launch, "--gpus", "2", "--label", "three")...)...)
	l.says(4, "!box2: --gpus", on("launch", "-t", "starter", "--gpus", "7")...)
	l.says(4, "!box1: --gpus", on("launch", "-t", "starter", "--gpus", "7", "--queue")...)
	l.says(3, "!box2: --template", on("launch", "-t", "nope")...)

	list := l.says(0, "box2/"+three, on("ls")...)
	for _, want := range []string{"box1/" + one, "box1/" + two, " three "} {
		if !strings.Contains(list, want) {
			t.Errorf("it lacks %q:\n%s", want, list)
		}
	}
	var instances []struct {
		Machine string `json:"machine"`
		ID      int    `json:"id"`
		Label   string `json:"label"`
	}
	if err := json.Unmarshal([]byte(l.says(0, "", on("ls", "--json")...)), &instances); err != nil || len(instances) != 3 ||
		instances[2].Machine != "box2" || "C."+strconv.Itoa(instances[2].ID) != three || instances[2].Label != "three" {
		t.Errorf("%+v, %v", instances, err)
	}
	l.says(0, "box2/0", on("gpus")...)
	if out := l.says(0, "box1/"+one, on("ls", "-q", "--filter", "label=one")...); out != "box1/"+one+"\n" {
		t.Errorf("it prints %q", out)
	}

	l.says(0, " one", on("show", "box1/"+one)...)
	l.says(0, " three", on("show", "box2/"+three)...)
	l.says(3, "!no such instance", on("show", "box2/"+one)...)
	l.says(0, "8081", on("ports", "box2/"+three)...)
	inside := on("exec", "box2/"+three, "--", "sh", "-c", `cat; echo " $CONTAINER_ID"; exit 7`)
	if out, errs, code := l.berth("some words", inside...); "C."+strings.TrimPrefix(out, "some words ") != three+"\n" || code != 7 {
		t.Errorf("exec ends with %d: %q%s", code, out, errs)
	}
	l.says(0, "--on it's its own\n", on("exec", "box2/"+three, "--", "sh", "-c", `echo --on "it's" its own`)...)
	l.says(0, "", on("logs", "box1/"+one)...)
	l.says(0, "!is now called box1/"+one, on("label", "box1/"+one, "box1/"+one)...) // a label isn't taken for a name

	// A file is this computer's.
	l.write("order.toml", "image = \"none/such\"\nmode = \"ssh\"\nshare = 0.1\n")
	l.says(0, "none/such", "--on", "box2", "launch", "-f", l.path("order.toml"), "--dry-run")
	l.says(0, "none/such", on("launch", "--file="+l.path("order.toml"), "--dry-run")...)
	l.says(2, "!--file: open "+l.path("other.toml"), on("launch", "-f", l.path("other.toml"))...)
	l.write(".env", "SEEN=from-a-file\n")
	seen := id("", append([]string{"--on", "box2"}, append(launch, "--env-file", l.path(".env"))...)...)
	if out, errs, _ := l.berth("", "--on", "box2", "exec", seen, "--", "sh", "-c", "echo $SEEN"); out != "from-a-file\n" {
		t.Errorf("it prints %q%s", out, errs)
	}

	// What ends something, on both at once. Nobody can be asked.
	l.says(2, "!--yes", on("destroy", "box1/"+one, "box2/"+three)...)
	l.says(0, "!box2: "+three+" three: stopped", on("stop", "box1/"+one, "box2/"+three)...)
	l.says(3, "!berth: box2: C.7: no such instance", on("destroy", "--yes", "box1/"+one, "box2/C.7")...)
	if out := l.says(0, "box2/"+three, on("ls", "-q")...); strings.Contains(out, one) {
		t.Errorf("it is destroyed, and there are\n%s", out)
	}
}

// What a command says when it doesn't say which machine, and when it can't be sent to several.
func TestWhichMachineIsMeantIsSaid(t *testing.T) {
	l := newLab(t, "box1", "box2")
	l.says(2, "!C.1000: on which machine? write box1/C.1000 or box2/C.1000", "--on", "box1,box2", "stop", "C.1000")
	l.says(2, "!box3 is none of the machines of --on: box1, box2", "--on", "box1,box2", "show", "box3/C.1000")
	l.says(2, "!doctor is about one machine", "--on", "box1,box2", "doctor")
	l.says(2, "!cp: between instances of one machine alone", "--on", "box1,box2", "cp", "a", "box1/C.1000:")
	l.says(2, "!`tar c . | berth --on box1 exec", "--on", "box1,box2", "cp", "box2/C.1000:", "box1/C.1000:")
	l.says(3, "!no such instance", "--on", "box1,box2", "cp", "box2/C.1000:", "box2/C.1001:")
	l.says(1, "!`berth --on box1,box2 ls` lists the instances of all", "--on", "box1,box2")
	l.says(2, "!--simulate and --on", "--on", "box1", "--simulate", "h100x8", "ls")
	l.says(2, "!want names with commas between", "--on", "-oProxyCommand=x", "ls")
	l.says(2, "!box1 is named twice", "--on", "box1,box1", "ls")
	l.says(0, "NAME", "--on", "box2", "templates")
	l.env = append(l.env, "BERTH_ON=box1,box2")
	l.says(2, "!on which machine?", "stop", "C.1000")
	l.says(0, "", "ls", "-q")
}

// A machine that is away, or speaks another language, is said to be, and the others are shown. Nothing hangs.
func TestAMachineThatIsAwayHidesNoOther(t *testing.T) {
	l := newLab(t, "box1", "box2")
	one := strings.TrimSpace(l.says(0, "C.", "--on", "box1", "launch", "-t", "starter", "--label", "one", "--wait"))
	for name, want := range map[string]string{
		"gone":  "!gone: it is away",
		"older": "!older: its berth is too old",
		"newer": "!newer: it has berth v9.1, which speaks another version (7) than berth dev here (1)",
		"bare":  "!bare: it has no " + l.dir + "/nothing-there",
	} {
		if out := l.says(1, want, "--on", name+",box1", "ls"); !strings.Contains(out, "box1/"+one) {
			t.Errorf("%s hides box1:\n%s", name, out)
		}
		l.says(0, "box1/C.", "--on", name+",box1", "launch", "-t", "starter")
	}
	l.says(0, one, "--on", "behind", "ls")
	l.says(0, "behind/"+one, "--on", "box2,behind", "ls")

	l.says(0, "evil/C.1000", "--on", "box1,evil", "ls")
	l.says(4, "out", "--on", "evil", "show", "C.1000")
	l.says(4, "out", "--on", "box1,evil", "stop", "evil/C.1000")
	l.says(4, "!title", "--on", "box1,evil", "label", "evil/C.1000", "x")

	// It neither answers nor closes the connection.
	if err := l.server["box2"].Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if out := l.says(1, "!box2: it is away", "--on", "box1,box2", "ls"); !strings.Contains(out, "box1/"+one) {
		t.Errorf("box2 hides box1:\n%s", out)
	}
	if left, err := filepath.Glob(l.sockets + "/berth-ssh-*"); err != nil || len(left) > 0 {
		t.Errorf("there are %v, %v", left, err)
	}
}
