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

// agentFor bounds what an agent may take to answer: a forwarded one is where its user sits, across the network.
const agentFor = 300 * time.Millisecond

// Own are the public keys that a user has at hand: those of the agent that listens on a socket, which is this session's,
// those that log in as them (authorized_keys), and their own (*.pub). Each comes once. One that can't be read, or that
// nobody should be let in by, such as one with options, is left out.
func Own(ctx context.Context, home, socket string) []string {
	texts := []string{}
	texts = append(texts, fromAgent(ctx, socket)...)
	folder := filepath.Join(home, ".ssh")
	files, _ := filepath.Glob(filepath.Join(folder, "*.pub")) // its only error is of the pattern
	for _, file := range append([]string{filepath.Join(folder, "authorized_keys")}, files...) {
		text, err := os.ReadFile(file)
		if err == nil { // else it isn't there, or not this process's to read
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

// fromAgent asks an agent which keys it holds.
func fromAgent(ctx context.Context, socket string) []string {
	if socket == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, agentFor)
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
