// Package sshd is the SSH server inside an instance. Only keys log in. Like OpenSSH it serves shells, commands, sftp
// and forwarding, but it needs nothing of the image. Root logs in with the instance's own keys. An account of the image
// logs in with the keys in its home, and everything done for that account has only the account's rights.
//
// It uses golang.org/x/crypto/ssh directly. The libraries above that package rewrite line ends on terminals, drop
// terminal modes and close both directions of a forwarding at once. The server is a process of its own, not the
// instance's first process, which starts it again when it dies.
//
// Begin reading at Server.Serve; connection.go has what a client may ask for after login.
package sshd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"berth/backend/guest/session"

	"golang.org/x/crypto/ssh"
)

const (
	// loginTime is how long a client may take to log in. It also ends half-open connections.
	loginTime = 60 * time.Second
	// mostStrangers is how many connections may be logging in at once. For each one more, the oldest of them is closed,
	// so a flood of half-open connections keeps out nobody who logs in quickly.
	mostStrangers = 256
	// keepAliveInterval is how often a client is asked whether it is still there. After keepAliveMisses more intervals
	// without an answer its connection is closed.
	keepAliveInterval = 30 * time.Second
	keepAliveMisses   = 4
	// mostAuthTries leaves room for agents that hold many keys. A high limit is safe, since a key can't be guessed.
	mostAuthTries = 20
)

// A Server holds what all connections share.
type Server struct {
	HostKey        ssh.Signer
	AuthorizedKeys string                         // path of root's file; read at each login, so that a change counts at once
	Banner         string                         // path of the text shown before login
	Environ        func(session.Account) []string // the variables of a new session
	Log            *log.Logger
}

// Serve answers connections until the context ends or the listener fails. Before it returns it closes the listener and
// every connection.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	context.AfterFunc(ctx, func() { l.Close() })

	gate := newGate(mostStrangers)
	refused := newLimitedLog(s.Log)
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			if !isTemporary(err) {
				return err
			}
			refused.printf("accept: %v", err)
			time.Sleep(100 * time.Millisecond) // until a connection ends and frees its descriptor
			continue
		}
		gate.enter(conn)
		all.Go(func() {
			defer conn.Close()
			defer s.recoverPanic()
			s.serveConn(ctx, conn, gate, refused)
		})
	}
}

// isTemporary reports whether an error of Accept concerns one connection, or too many at once. Then the next Accept may
// succeed.
func isTemporary(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary()
}

// recoverPanic is deferred. It recovers a panic in the work for one client, so that the panic doesn't end every
// connection.
func (s *Server) recoverPanic() {
	if fault := recover(); fault != nil {
		s.Log.Printf("ssh: a fault of ours ended one client's work: %v\n%s", fault, debug.Stack())
	}
}

// serveConn logs a client in and then serves its connection.
func (s *Server) serveConn(ctx context.Context, conn net.Conn, gate *gate, refused *limitedLog) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	left := sync.OnceFunc(func() { gate.leave(conn) })
	defer left()                                // also after a panic
	conn.SetDeadline(time.Now().Add(loginTime)) //nolint:errcheck // a connection that takes no deadline fails by itself
	stranger, err := greet(conn)
	var known *ssh.ServerConn
	var channels <-chan ssh.NewChannel
	var requests <-chan *ssh.Request
	if err == nil {
		known, channels, requests, err = ssh.NewServerConn(stranger, s.config(stranger.ciphers))
	}
	left()
	if err != nil {
		if stranger.heard.Load() { // a port check that closes without a word isn't logged
			refused.printf("ssh: %v refused: %v", conn.RemoteAddr(), reason(err))
		}
		return
	}
	stranger.loggedIn.Store(true)
	conn.SetDeadline(time.Time{}) //nolint:errcheck // a connection that takes no deadline fails by itself
	newConnection(s, known).serve(ctx, channels, requests)
}

// reason returns why a login failed. Most often the client went away.
func reason(err error) error {
	var denied *ssh.ServerAuthError
	if errors.As(err, &denied) && len(denied.Errors) > 0 {
		return denied.Errors[len(denied.Errors)-1]
	}
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return errors.New("it left before it logged in")
	}
	return err
}

// ciphers returns the ciphers to offer to a client that supports these. If the client has AES-GCM, only that is
// offered: the processor encrypts and authenticates in one pass, but the client's order would choose a cipher that
// takes two.
func ciphers(theirs []string) []string {
	fast := []string{ssh.CipherAES128GCM, ssh.CipherAES256GCM}
	if slices.ContainsFunc(fast, func(c string) bool { return slices.Contains(theirs, c) }) {
		return fast
	}
	return append(fast, ssh.CipherAES128CTR, ssh.CipherAES192CTR, ssh.CipherAES256CTR, ssh.CipherChaCha20Poly1305)
}

// dsa is the name of DSA keys, which can only be short. The library's constant for it is marked deprecated.
const dsa = "ssh-dss"

// current returns those of the algorithms that don't use SHA-1, without DSA.
func current(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return strings.Contains(name, "sha1") || name == ssh.KeyAlgoRSA || name == dsa
	})
}

// config makes the server's settings for the handshake with a client that has these ciphers.
func (s *Server) config(theirs []string) *ssh.ServerConfig {
	known := ssh.SupportedAlgorithms()
	config := &ssh.ServerConfig{
		Config: ssh.Config{
			Ciphers: ciphers(theirs), KeyExchanges: current(known.KeyExchanges), MACs: current(known.MACs),
		},
		PublicKeyAuthAlgorithms: current(known.PublicKeyAuths),
		ServerVersion:           ourGreeting,
		MaxAuthTries:            mostAuthTries,
		PublicKeyCallback:       s.authorize,
		BannerCallback: func(ssh.ConnMetadata) string {
			text, err := os.ReadFile(s.Banner)
			if err != nil {
				return "" // the banner is optional
			}
			return string(text)
		},
	}
	config.AddHostKey(s.HostKey)
	return config
}

// rejectReason returns why a key may not log in, whichever file lists it, or "" if it may. A certificate is valid only
// for the time and the names that its authority set, and this server doesn't check those.
func rejectReason(key ssh.PublicKey) string {
	if strings.Contains(key.Type(), "-cert-") {
		return "certificates aren't accepted, only keys"
	}
	return "" // algorithms of an old kind aren't offered: see current
}

// authorize looks a key up in the account's authorized_keys, which it reads at each call.
func (s *Server) authorize(who ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	if refused := rejectReason(key); refused != "" {
		return nil, fmt.Errorf("key %s: %s", ssh.FingerprintSHA256(key), refused)
	}
	login := login{account: session.Root()}
	text, at, err := []byte(nil), s.AuthorizedKeys, error(nil)
	if who.User() == login.account.Name {
		text, err = os.ReadFile(at)
	} else if login.account, err = session.FindAccount("/", who.User()); err == nil {
		text, at, err = keysOf(login.account)
	}
	if err != nil {
		return nil, fmt.Errorf("user %q: no key can be checked: %w", who.User(), err)
	}
	granted, ok := authorized(text, key)
	if !ok {
		return nil, fmt.Errorf("key %s isn't in %s", ssh.FingerprintSHA256(key), at)
	}
	login.grant = granted
	permissions := &ssh.Permissions{ExtraData: map[any]any{loginKey{}: login}}
	if granted.NoTouch {
		permissions.Extensions = map[string]string{"no-touch-required": ""}
	}
	return permissions, nil
}

// A login is the account that logged in and what its key allows.
type login struct {
	account session.Account
	grant   grant
}

// loginKey is the key under which authorize hands the login to newConnection.
type loginKey struct{}
