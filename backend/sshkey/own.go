package sshkey

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/crypto/ssh/agent"

	"berth/model"
)

// agentTimeout is the timeout of an SSH agent. A forwarded agent runs on the user's own computer, across the network.
const agentTimeout = 300 * time.Millisecond

// Own returns the public keys of a user: those of the SSH agent at this socket, which is this session's, those that log
// in as the user (authorized_keys), and the user's own (*.pub). Each key is listed once. Keys that can't be read or
// must not log in, such as one with options, are left out.
func Own(ctx context.Context, home, socket string) []string {
	texts := []string{}
	texts = append(texts, fromAgent(ctx, socket)...)
	folder := filepath.Join(home, ".ssh")
	files, _ := filepath.Glob(filepath.Join(folder, "*.pub")) // it fails only for a malformed pattern
	for _, file := range append([]string{filepath.Join(folder, "authorized_keys")}, files...) {
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			continue // a pipe would be waited for
		}
		text, err := os.ReadFile(file)
		if err == nil { // otherwise it doesn't exist or this process may not read it
			texts = append(texts, model.KeyLines(string(text))...)
		}
	}
	var own []string
	for _, text := range texts {
		line, err := Check(text)
		known := func(k string) bool { return model.SamePublicKey(k, line) }
		if err == nil && !slices.ContainsFunc(own, known) {
			own = append(own, line)
		}
	}
	return own
}

// fromAgent asks an agent for its keys.
func fromAgent(ctx context.Context, socket string) []string {
	if socket == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, agentTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil
	}
	defer conn.Close()
	until, _ := ctx.Deadline()
	if conn.SetDeadline(until) != nil {
		return nil
	}
	keys, err := agent.NewClient(conn).List()
	if err != nil {
		return nil
	}
	var lines []string
	for _, k := range keys {
		lines = append(lines, k.String())
	}
	return lines
}
