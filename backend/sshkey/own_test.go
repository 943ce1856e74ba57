package sshkey

import (
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/agent"
)

// put writes a file into a user's .ssh.
func put(t *testing.T, home, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".ssh", name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// agentWith starts an agent with one key of that name.
func agentWith(t *testing.T, name string) (socket string) {
	t.Helper()
	ring := agent.NewKeyring()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Add(agent.AddedKey{PrivateKey: private, Comment: name}); err != nil {
		t.Fatal(err)
	}
	return served(t, func(c net.Conn) { _ = agent.ServeAgent(ring, c) })
}

// served returns a socket on which serve handles each connection.
func served(t *testing.T, serve func(net.Conn)) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return socket
}

// Regression: a user whose keys were only on the user's own computer couldn't log in to a first SSH instance.
func TestTheKeysAtHandAreThoseTheUserLogsInWith(t *testing.T) {
	home := t.TempDir()
	login, file := line(key(t).PublicKey()), line(key(t).PublicKey())
	put(t, home, "authorized_keys", "# mine\r\n"+login+" maria@laptop\r\n\ncommand=\"backup\" "+line(key(t).PublicKey())+" robot\n"+dsaLine+" old\n")
	put(t, home, "id_ed25519.pub", file+" maria@gpubox\n")
	put(t, home, "again.pub", login+" another name\n")
	put(t, home, "id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\n")

	own := Own(t.Context(), home, agentWith(t, "maria@desk"))
	if len(own) != 3 || !slices.Equal(own[1:], []string{login + " maria@laptop", file + " maria@gpubox"}) {
		t.Errorf("the keys at hand are %q", own)
	}
	if len(own) > 0 && !strings.HasSuffix(own[0], " maria@desk") {
		t.Errorf("the agent's key is %q", own[0])
	}
}

// A forwarded agent runs on the user's own computer, which may be asleep.
func TestAnAgentThatDoesNotAnswerHoldsNobodyUp(t *testing.T) {
	home := t.TempDir()
	login := line(key(t).PublicKey())
	put(t, home, "authorized_keys", login)
	silent := served(t, func(net.Conn) {})
	begun := time.Now()
	if own := Own(t.Context(), home, silent); !slices.Equal(own, []string{login}) {
		t.Errorf("the keys at hand are %q", own)
	}
	if took := time.Since(begun); took > 10*agentTimeout {
		t.Errorf("asking took %v", took)
	}
	if own := Own(t.Context(), t.TempDir(), "/nowhere"); own != nil {
		t.Errorf("without files and agent: %q", own)
	}
}
