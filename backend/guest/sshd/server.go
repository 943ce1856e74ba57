// Package sshd is the SSH server inside an instance: keys only. It serves shells, commands, sftp and forwarding as OpenSSH
// does, without needing anything of the image: to root by the instance's own keys, and to an account that the image made
// by the keys in that one's home. What is done for an account is done with its rights.
//
// It stands on golang.org/x/crypto/ssh itself, since the libraries above that one rewrite line ends on
// terminals, drop terminal modes and close both directions of a forwarding at once. The process it runs
// in is not the instance's first one: when it dies, that one starts it again.
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
	// loginTime is how long a client may take to log in. Half-open connections end with it.
	loginTime = 60 * time.Second
	// mostStrangers is how many connections may be logging in at once. One more, and the oldest of them is
	// dropped: a flood of half-open ones doesn't keep anybody out who is quicker than it.
	mostStrangers = 256
	// aliveEvery is how often a quiet client is asked whether it is still there; after aliveMisses unanswered
	// questions it isn't.
	aliveEvery  = 30 * time.Second
	aliveMisses = 4
	// mostAuthTries leaves room for agents that hold many keys: a key can't be guessed.
	mostAuthTries = 20
)

// A Server is what all connections share.
type Server struct {
	HostKey        ssh.Signer
	AuthorizedKeys string                         // path of root's; read anew for each login, so that changes count at once
	Banner         string                         // path of the text shown before login
	Environ        func(session.Account) []string // a new session's variables
	Log            *log.Logger
}

// Serve answers connections until the context ends or the listener fails. It closes both the listener
// and every connection before it returns.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	context.AfterFunc(ctx, func() { l.Close() })

	gate := newGate(mostStrangers)
	refused := newLimited(s.Log)
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			if !passing(err) {
				return err
			}
			refused.printf("accept: %v", err)
			time.Sleep(100 * time.Millisecond) // until a connection ends and gives its descriptor back
			continue
		}
		gate.enter(conn)
		all.Go(func() {
			defer conn.Close()
			defer s.survive()
			s.welcome(ctx, conn, gate, refused)
		})
	}
}

// passing errors of accept are about one connection, or about too many of them; the next may do.
func passing(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary()
}

// survive, deferred, keeps a fault in what serves one client from ending everybody's connection.
func (s *Server) survive() {
	if fault := recover(); fault != nil {
		s.Log.Printf("ssh: a fault of ours ended one client's work: %v\n%s", fault, debug.Stack())
	}
}

// welcome takes a stranger through the login and serves who has passed it.
func (s *Server) welcome(ctx context.Context, conn net.Conn, gate *gate, refused *limited) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	left := sync.OnceFunc(func() { gate.leave(conn) })
	defer left()                                // also where a fault of ours ends this
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
		if stranger.heard.Load() { // a probe that only wants to see our greeting is no news
			refused.printf("ssh: %v refused: %v", conn.RemoteAddr(), reason(err))
		}
		return
	}
	stranger.known.Store(true)
	conn.SetDeadline(time.Time{}) //nolint:errcheck // a connection that takes no deadline fails by itself
	newConnection(s, known).serve(ctx, channels, requests)
}

// reason is a login's failure in words; most are a client that went away.
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

// ciphers is what is offered to a client that has these. AES-GCM alone where it has that: the processor
// does it in one pass, and the client would rather take one that it must do in two.
func ciphers(theirs []string) []string {
	fast := []string{ssh.CipherAES128GCM, ssh.CipherAES256GCM}
	if slices.ContainsFunc(fast, func(c string) bool { return slices.Contains(theirs, c) }) {
		return fast
	}
	return append(fast, ssh.CipherAES128CTR, ssh.CipherAES192CTR, ssh.CipherAES256CTR, ssh.CipherChaCha20Poly1305)
}

// dsa is the old kind of keys that can only be short; the library's name for it warns of its use.
const dsa = "ssh-dss"

// current are those of some algorithms that don't rest on SHA-1.
func current(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return strings.Contains(name, "sha1") || name == ssh.KeyAlgoRSA || name == dsa
	})
}

// config is the server's half of the handshake with a client that has these ciphers.
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
				return "" // an instance needn't have one
			}
			return string(text)
		},
	}
	config.AddHostKey(s.HostKey)
	return config
}

// unfit says why a key lets nobody in, whatever file has it; empty where it may. A certificate is a key only as long
// as its authority says so and for whom, which nobody checks here.
func unfit(key ssh.PublicKey) string {
	if strings.Contains(key.Type(), "-cert-") {
		return "certificates aren't accepted, only keys"
	}
	return "" // one of an old kind isn't asked about: see current
}

// authorize asks an account's authorized_keys, as they are now, about a key.
func (s *Server) authorize(who ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	if refused := unfit(key); refused != "" {
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

// A login is who logged in, and what their key allows.
type login struct {
	account session.Account
	grant   grant
}

// loginKey is where a login waits for its connection.
type loginKey struct{}
