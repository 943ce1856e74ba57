package sshd

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/backend/guest/session"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

func newKey(t *testing.T, seed byte) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func TestAuthorized(t *testing.T) {
	key := newKey(t, 1).PublicKey()
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	other := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(newKey(t, 2).PublicKey())))
	for _, c := range []struct {
		name, file string
		ok         bool
		want       grant
	}{
		{"its line", "# berth secret\n" + other + "\n" + line + " me@here\n", true, grant{}},
		{"not its line", other + "\n", false, grant{}},
		{"an empty file", "", false, grant{}},
		{"rubbish before its line", "rubbish\nssh-ed25519 !!!\n" + line, true, grant{}},
		{"a forced command", `command="echo \"hi\"" ` + line, true, grant{Command: `echo "hi"`, Forced: true}},
		{"restricted but for the terminal", "restrict,pty " + line, true, grant{NoForward: true, NoAgent: true}},
		{"single refusals", "no-pty,no-port-forwarding,no-agent-forwarding,no-X11-forwarding " + line, true, grant{NoPTY: true, NoForward: true, NoAgent: true}},
		{"an option that isn't understood", `from="10.0.0.1" ` + line, false, grant{}},
		{"an authority's line", "cert-authority " + line, false, grant{}},
		{"a line that isn't understood, then a plain one", `from="10.0.0.1" ` + line + "\n" + line, true, grant{}},
		{"commented out", "# " + line, false, grant{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := authorized([]byte(c.file), key); got != c.want || ok != c.ok {
				t.Errorf("got %+v, %v, want %+v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestTheGateDropsWhoWaitedLongest(t *testing.T) {
	g := newGate(2)
	var ends []net.Conn
	for range 3 {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		ends = append(ends, ours)
	}
	g.enter(ends[0])
	g.enter(ends[1])
	g.leave(ends[0])
	g.enter(ends[0]) // now ends[1] waits longest
	g.enter(ends[2])
	for n, wantOpen := range []bool{true, false, true} {
		err := ends[n].SetDeadline(time.Now().Add(time.Minute))
		if open := err == nil; open != wantOpen {
			t.Errorf("connection %d open: %v, want %v", n, open, wantOpen)
		}
	}
}

func TestTheLogOfStrangersIsLimited(t *testing.T) {
	var text strings.Builder
	l := newLimitedLog(log.New(&text, "", 0))
	for n := range 10000 {
		l.printf("refused %d", n)
	}
	if lines := strings.Count(text.String(), "\n"); lines < 5 || lines > 20 {
		t.Errorf("%d lines for 10,000 refusals", lines)
	}
}

func TestCiphers(t *testing.T) {
	for _, c := range []struct {
		name   string
		theirs []string
		want   string // is offered
		not    string
	}{
		{"who has GCM gets that alone", []string{"chacha20-poly1305@openssh.com", "aes128-ctr", "aes128-gcm@openssh.com"}, "aes128-gcm@openssh.com", "aes128-ctr"},
		{"who hasn't gets the rest", []string{"aes256-ctr"}, "aes256-ctr", ""},
		{"who couldn't be asked is offered everything", nil, "chacha20-poly1305@openssh.com", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ciphers(c.theirs)
			if !slices.Contains(got, c.want) || slices.Contains(got, c.not) {
				t.Errorf("offered %q", got)
			}
		})
	}
}

func TestApplyMode(t *testing.T) {
	var tio unix.Termios
	tio.Lflag = unix.ECHO
	for _, m := range []struct {
		opcode byte
		value  uint32
	}{{53, 0}, {42, 1}, {3, 8}, {1, 255}, {91, 1}, {200, 1}} {
		applyMode(&tio, m.opcode, m.value)
	}
	if tio.Lflag&unix.ECHO != 0 || tio.Iflag&unix.IUTF8 == 0 || tio.Cc[unix.VERASE] != 8 || tio.Cc[unix.VINTR] != 0 || tio.Cflag&unix.CSIZE != unix.CS8 {
		t.Errorf("got %+v", tio)
	}
}

// serve starts a server that lets key 1 in, and returns the server's address.
func serve(t *testing.T) string {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "authorized_keys")
	if err := os.WriteFile(keys, ssh.MarshalAuthorizedKey(newKey(t, 1).PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &Server{
		HostKey: newKey(t, 9), AuthorizedKeys: keys, Log: log.New(io.Discard, "", 0),
		Environ: func(session.Account) []string { return []string{"PATH=/usr/bin:/bin", "HERE=yes"} },
	}
	done := make(chan error, 1)
	ctx := t.Context()
	go func() { done <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("the server doesn't end")
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string, seed byte) (*ssh.Client, error) {
	t.Helper()
	return ssh.Dial("tcp", address, &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(newKey(t, seed))}, Timeout: 5 * time.Second,
		HostKeyCallback: ssh.FixedHostKey(newKey(t, 9).PublicKey()),
	})
}

func TestAClientOfAnotherMake(t *testing.T) {
	address := serve(t)
	client, err := dial(t, address, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.Output("echo $HERE")
	if err != nil || string(out) != "yes\n" {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := dial(t, address, 2); err == nil {
		t.Error("a stranger's key logs in")
	}
}

func TestAClientThatLeavesAtAnyPoint(t *testing.T) {
	address := serve(t)
	// hello is the beginning of what a client sends: its identification line, then a packet's head that announces more
	// bytes than follow.
	hello := append([]byte("SSH-2.0-OpenSSH_9.2\r\n"), binary.BigEndian.AppendUint32(nil, 1000)...)
	hello = append(hello, make([]byte, 300)...)
	for n := range hello {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(hello[:n])
		conn.Close()
	}
	client, err := dial(t, address, 1)
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
}

func FuzzGreet(f *testing.F) {
	f.Add([]byte("SSH-2.0-OpenSSH_9.2\r\n\x00\x00\x00\x10\x04\x14aaaaaaaaaaaaaaaaaaaaaaaa"))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		go func() {
			io.ReadFull(theirs, make([]byte, len(ourGreeting)+2))
			theirs.Write(said)
			theirs.Close()
		}()
		g, err := greet(ours)
		if err != nil {
			return
		}
		line, _, _ := bytes.Cut(said, []byte("\n"))
		again := make([]byte, len(line))
		if _, err := io.ReadFull(g, again); err != nil || !bytes.Equal(again, line) {
			t.Errorf("the greeting reads again as %q, %v, want %q", again, err, line)
		}
	})
}
