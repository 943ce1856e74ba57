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

// Docker is a Docker engine, 20.10 or later, reached over its API. Its methods may be called from any goroutine.
//
// A context without a deadline gets one for each call (see limits), and a caller's own is kept. Errors are
// the engine's own words and one of the kinds of this package.
type Docker struct {
	*connection
	containers
	images
	networks
	files
	feed
}

// The parts of Docker, one for each noun of its API. All of them call over the one connection.
type (
	containers struct{ *connection }
	images     struct{ *connection }
	files      struct{ *connection } // of containers
	feed       struct{ *connection } // of events
	networks   struct {
		*connection
		making sync.Mutex // held while a network is made
	}
)

// A connection is the way to one engine, and what is known of it.
type connection struct {
	host host
	// links are replaced when the engine was away, since it may come back as another version, and the API's
	// version is agreed on once for each client.
	links atomic.Pointer[links]
	facts atomic.Pointer[Facts] // as last asked
}

// links are two clients of one engine. They differ in a header: the archive endpoint takes a tar by its own
// media type, where the client library would call every body that isn't JSON text/plain.
type links struct{ api, tar *client.Client }

// Dial prepares to talk to the engine at host, such as unix:///run/docker.sock or tcp://10.0.0.5:2376. An empty
// host means the one that the docker command would use. It doesn't wait for an engine: the first call does,
// and says ErrUnavailable where there is none. An error means that the address itself can't be used.
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
		connection: c, containers: containers{c}, images: images{c}, networks: networks{connection: c}, files: files{c}, feed: feed{c},
	}, nil
}

// Host is the address the engine is reached at.
func (d *connection) Host() string { return d.host.url }

// Close gives up the connections that no call is using.
func (d *connection) Close() error {
	l := d.links.Load()
	return errors.Join(l.api.Close(), l.tar.Close())
}

func (d *connection) api() *client.Client { return d.links.Load().api }

// relink makes new clients. Calls under way keep theirs.
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
		_ = old.api.Close() // only drops idle connections, and never fails
		_ = old.tar.Close()
	}
	return nil
}

func newClient(h host, more ...client.Opt) (*client.Client, error) {
	proto, addr, ok := strings.Cut(h.url, "://")
	if !ok || addr == "" {
		return nil, h.unfit("want unix:///path or tcp://host:port")
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
		return nil, h.unfit("berth runs on the machine that has the GPUs; log in there first")
	default:
		return nil, h.unfit("want unix:///path or tcp://host:port")
	}
	cli, err := client.NewClientWithOpts(append(opts, more...)...)
	if err != nil {
		return nil, h.explained(fmt.Errorf("engine address %q: %w", h.url, err))
	}
	return cli, nil
}

// unfit says of an address why no engine is reached there, and who named it.
func (h host) unfit(why string) error {
	if h.named == "" {
		return fmt.Errorf("engine address %q: %s", h.url, why)
	}
	return fmt.Errorf("engine address %q, which %s says: %s", h.url, h.named, why)
}

// bound marks a context whose end must cut the connection that is made under it.
type bound struct{}

// dialer connects to a socket of this machine. For an exec the client library takes the connection over and
// waits on it without looking at the context again; under a bound context the connection closes with it.
func dialer(proto, addr string) func(context.Context, string, string) (net.Conn, error) {
	d := &net.Dialer{Timeout: 10 * time.Second} // a full backlog is the only thing to wait for
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, proto, addr)
		if err == nil && ctx.Value(bound{}) != nil {
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
}

// isLocal reports whether an engine's processes and files are those of this machine. A socket may lead
// elsewhere (a forwarded one, a virtual machine), so the host's name has to agree.
func isLocal(url, name string) bool {
	here, err := os.Hostname()
	return err == nil && here == name && strings.HasPrefix(url, "unix://")
}
