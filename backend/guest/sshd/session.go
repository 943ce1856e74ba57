package sshd

import (
	"context"
	"os"
	"strings"
	"sync"

	"berth/backend/guest/files"
	"berth/backend/guest/session"

	"golang.org/x/crypto/ssh"
)

// The payloads of a session's requests (RFC 4254 section 6).
type (
	textPayload   struct{ Text string }
	envPayload    struct{ Name, Value string }
	windowPayload struct{ Columns, Rows, Width, Height uint32 }
	ptyPayload    struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}
	exitStatus struct{ Status uint32 }
	exitSignal struct {
		Signal   string
		Core     bool
		Message  string
		Language string
	}
)

// A channelSession is one session channel. It runs one shell, command or subsystem; requests before it prepare that.
type channelSession struct {
	on      *connection
	channel ssh.Channel
	extra   []string // this session's own variables
	pty     *terminal
	agent   *agent

	started bool
	next    func()         // runs what was just granted, after the reply was sent
	work    sync.WaitGroup // the goroutines of this session
	mu      sync.Mutex
	child   *os.Process // nil before it starts and after it ends
}

// accepted holds the variables that a client may set. Locale variables aren't accepted: the client's locales are hardly
// ever installed in the image.
var accepted = map[string]bool{"COLORTERM": true, "NO_COLOR": true}

// session serves one session channel. It returns when the client has closed the channel and the session's work has
// ended.
func (c *connection) session(ctx context.Context, asked ssh.NewChannel) {
	channel, requests, err := asked.Accept()
	if err != nil {
		return
	}
	s := &channelSession{on: c, channel: channel}
	for r := range requests {
		ok := s.handle(ctx, r)
		if r.WantReply {
			r.Reply(ok, nil)
		}
		if run := s.next; run != nil {
			s.next = nil
			s.work.Go(func() {
				defer channel.Close()
				defer c.server.recoverPanic()
				run()
			})
		}
	}
	s.hangUp()
	s.work.Wait()
}

// handle serves one channel request and reports whether it was granted.
func (s *channelSession) handle(ctx context.Context, r *ssh.Request) bool {
	switch r.Type {
	case "env":
		var v envPayload
		if ssh.Unmarshal(r.Payload, &v) != nil || !accepted[v.Name] {
			return false
		}
		s.extra = append(s.extra, v.Name+"="+v.Value)
		return true
	case "pty-req":
		return s.openTerminal(r.Payload)
	case "window-change":
		var w windowPayload
		return ssh.Unmarshal(r.Payload, &w) == nil && s.pty != nil && s.pty.resize(w) == nil
	case "auth-agent-req@openssh.com":
		return s.offerAgent(ctx)
	case "shell":
		return s.start(session.Request{PTY: s.pty != nil})
	case "exec":
		var text textPayload
		return ssh.Unmarshal(r.Payload, &text) == nil &&
			s.start(session.Request{Command: text.Text, Exec: true, PTY: s.pty != nil})
	case "subsystem":
		var name textPayload
		return ssh.Unmarshal(r.Payload, &name) == nil && name.Text == "sftp" && s.startSFTP()
	case "signal":
		var name textPayload
		return ssh.Unmarshal(r.Payload, &name) == nil && s.signal(name.Text)
	}
	return false
}

func (s *channelSession) openTerminal(payload []byte) bool {
	var asked ptyPayload
	if ssh.Unmarshal(payload, &asked) != nil || s.pty != nil || s.started || s.on.grant.NoPTY {
		return false
	}
	t, err := openTerminal(asked, int(s.on.account.UID))
	if err != nil {
		s.on.server.Log.Printf("ssh: no terminal: %v", err)
		return false
	}
	s.pty = t
	s.extra = append(s.extra, "TERM="+asked.Term, "SSH_TTY="+t.name())
	return true
}

func (s *channelSession) offerAgent(ctx context.Context) bool {
	if s.agent != nil || s.started || s.on.grant.NoAgent {
		return false
	}
	a, err := s.on.openAgent(ctx)
	if err != nil {
		s.on.server.Log.Printf("ssh: no agent: %v", err)
		return false
	}
	s.agent = a
	s.extra = append(s.extra, "SSH_AUTH_SOCK="+a.path)
	return true
}

// start prepares a shell or a command, which runs once the request is answered. A channel runs only one.
func (s *channelSession) start(ask session.Request) bool {
	if s.started {
		return false
	}
	s.started = true
	var original []string
	if g := s.on.grant; g.Forced {
		if ask.Exec {
			original = []string{"SSH_ORIGINAL_COMMAND=" + ask.Command}
		}
		ask.Command, ask.Exec = g.Command, true
	}
	environ := session.Overlay(s.on.server.Environ(s.on.account), s.on.about(), s.extra, original)
	if session.NeedsOwnSCP(ask.Command, environ) {
		ask.Command = files.Program + " " + ask.Command
	}
	choice := session.Choose(s.on.account, ask, environ)
	run := s.runPiped
	if s.pty != nil {
		run = s.runOnTerminal
	}
	s.next = func() { run(choice, environ) }
	return true
}

// about returns OpenSSH's variables that say where the client connects from.
func (c *connection) about() []string {
	host, port := split(c.ssh.RemoteAddr())
	here, herePort := split(c.ssh.LocalAddr())
	return []string{
		"SSH_CLIENT=" + strings.Join([]string{host, port, herePort}, " "),
		"SSH_CONNECTION=" + strings.Join([]string{host, port, here, herePort}, " "),
	}
}

// hangUp closes what the session holds, once the client has closed it. A process on the terminal then gets SIGHUP from
// the kernel; a process without a terminal finds its pipes closed.
func (s *channelSession) hangUp() {
	s.channel.Close()
	if s.pty != nil {
		s.pty.close()
	}
	if s.agent != nil {
		s.agent.close()
	}
}
