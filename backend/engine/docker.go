package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/docker/client"
)

// Docker is a Docker engine, 20.10 or later, reached over its API. Methods may be called from any goroutine.
//
// A context without a deadline gets a timeout for each call (see limit); a deadline of the caller's is kept. Errors
// have the engine's own message and one of this package's kinds.
type Docker struct {
	*connection
	containers
	images
	networks
	volumes
	files
	feed
}

// The parts of Docker, one for each noun of its API. They share one connection.
type (
	containers struct{ *connection }
	images     struct{ *connection }
	volumes    struct{ *connection }
	files      struct{ *connection } // of containers
	feed       struct{ *connection } // of events
	networks   struct {
		*connection
		making sync.Mutex // held while a network is created
	}
)

// A connection is the access to one engine, and what is known of the engine.
type connection struct {
	host host
	// links are replaced after the engine was away. It may come back as another version, and a client negotiates the
	// API version only once.
	links atomic.Pointer[links]
	facts atomic.Pointer[Facts]  // from the last request
	early atomic.Pointer[answer] // what AskEarly asked for, until Facts takes it
}

// links are two clients of one engine. They differ in one header: the archive endpoint expects a tar's media type, but
// the client library labels every body that isn't JSON as text/plain.
type links struct{ api, tar *client.Client }

// Dial prepares a connection to the engine at a URL such as unix:///run/docker.sock or tcp://10.0.0.5:2376. An empty
// URL means the engine that the docker command would use. Dial doesn't contact the engine: the first call does, and
// fails with ErrUnavailable if there is none. An error of Dial means that the address itself is unusable.
func Dial(ctx context.Context, url string) (*Docker, error) {
	h := host{url: url}
	if url == "" {
		h = findHost(ctx)
	}
	c := &connection{host: h}
	if err := c.relink(); err != nil {
		return nil, err
	}
	return &Docker{
		connection: c, containers: containers{c}, images: images{c}, volumes: volumes{c}, networks: networks{connection: c}, files: files{c}, feed: feed{c},
	}, nil
}

// Host returns the engine's address.
func (d *connection) Host() string { return d.host.url }

// Close closes idle connections.
func (d *connection) Close() error {
	l := d.links.Load()
	return errors.Join(l.api.Close(), l.tar.Close())
}

func (d *connection) api() *client.Client { return d.links.Load().api }

// relink makes new clients. Calls under way keep the old ones.
func (d *connection) relink() error {
	api, err := newClient(d.host)
	if err != nil {
		return err
	}
	tar, err := newClient(d.host, client.WithHTTPHeaders(map[string]string{"Content-Type": "application/x-tar"}))
	if err != nil {
		return err
	}
	if old := d.links.Swap(&links{api, tar}); old != nil {
		_ = old.api.Close() // only closes idle connections, and never fails
		_ = old.tar.Close()
	}
	return nil
}

func newClient(h host, more ...client.Opt) (*client.Client, error) {
	proto, addr, ok := strings.Cut(h.url, "://")
	if !ok || addr == "" {
		return nil, h.invalid("want unix:///path or tcp://host:port")
	}
	opts := []client.Opt{client.WithHost(h.url), client.WithVersionFromEnv(), client.WithAPIVersionNegotiation()}
	switch proto {
	case "unix":
		opts = append(opts, client.WithDialContext(dialer(proto, addr)))
	case "tcp":
		if h.certs != "" {
			opts = append(opts, client.WithTLSClientConfig(filepath.Join(h.certs, "ca.pem"),
				filepath.Join(h.certs, "cert.pem"), filepath.Join(h.certs, "key.pem")))
		}
	case "ssh":
		return nil, h.invalid("berth runs on the machine that has the GPUs; log in there first")
	default:
		return nil, h.invalid("want unix:///path or tcp://host:port")
	}
	cli, err := client.NewClientWithOpts(append(opts, more...)...)
	if err != nil {
		return nil, h.withAdvice(fmt.Errorf("engine address %q: %w", h.url, err))
	}
	return cli, nil
}

// invalid says why an address can't be an engine's, and who named the address.
func (h host) invalid(why string) error {
	if h.named == "" {
		return fmt.Errorf("engine address %q: %s", h.url, why)
	}
	return fmt.Errorf("engine address %q, which %s says: %s", h.url, h.named, why)
}

// closeWithContext marks a context: when it ends, a connection made under it is closed.
type closeWithContext struct{}

// dialer connects to a socket of this machine. For an exec the client library takes the connection over and ignores the
// context from then on; under a bound context the connection is closed when the context ends.
func dialer(proto, addr string) func(context.Context, string, string) (net.Conn, error) {
	d := &net.Dialer{Timeout: 10 * time.Second} // the only thing to wait for is a full backlog
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, proto, addr)
		if err == nil && ctx.Value(closeWithContext{}) != nil {
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
}

// isLocal reports whether an engine's processes and files are on this machine. A socket may lead elsewhere (a forwarded
// socket, a virtual machine), so the host name has to agree too.
func isLocal(url, name string) bool {
	here, err := os.Hostname()
	return err == nil && here == name && strings.HasPrefix(url, "unix://")
}
