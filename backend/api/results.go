package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"berth/model"
)

// The bounds of results. A client polls for its result right after it asked; who comes later asks again.
const (
	resultLife  = 2 * time.Minute
	mostResult  = 512 << 10        // bytes of one
	mostResults = 32               // kept at once, and one for each caller beside: with mostResult, the most memory they take
	mostOfOwn   = 4                // of an instance that asks, however few others there are
	mostOfOwner = 16               // of an account, which may ask of many instances
	resultTime  = time.Minute      // for one to be made
	resultWait  = 10 * time.Second // for one to be made before its address is given out
)

// results are texts that take a while to make, each at an address that can't be guessed, for a short time.
type results struct {
	now clock

	making tally

	mu   sync.Mutex
	kept []*result // oldest first
}

// A result is one of them.
type result struct {
	token string
	who   caller
	until time.Time
	ready chan struct{}
	text  []byte // once ready
}

// begin makes room for a result, or reports that too many are under way.
func (r *results) begin(s share) (*result, error) {
	if !r.making.enter(s) {
		return nil, errBusy
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep()
	r.makeRoom(s.who)
	var token [32]byte
	_, _ = rand.Read(token[:]) // never fails: the runtime ends the program instead
	one := &result{token: hex.EncodeToString(token[:]), who: s.who, until: r.now().Add(resultLife), ready: make(chan struct{})}
	r.kept = append(r.kept, one)
	return one, nil
}

// makeRoom drops a caller's own oldest result where it has its share, or where there are many and it has one: what
// others asked for stays.
func (r *results) makeRoom(who caller) {
	oldest, own := -1, 0
	for n, one := range r.kept {
		if one.who == who {
			if own++; oldest < 0 {
				oldest = n
			}
		}
	}
	most := mostOfOwn
	if who.instance == 0 {
		most = mostOfOwner
	}
	if own >= most || own > 0 && len(r.kept) >= mostResults {
		r.kept = slices.Delete(r.kept, oldest, oldest+1)
	}
}

// finish makes a result readable, for its whole life from now on.
func (r *results) finish(s share, one *result, text []byte) {
	defer r.making.leave(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	one.text, one.until = text, r.now().Add(resultLife)
	close(one.ready)
}

// find returns a result, or nil where there is none, or none any more.
func (r *results) find(token string) *result {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep()
	for _, one := range r.kept {
		if one.token == token {
			return one
		}
	}
	return nil
}

func (r *results) sweep() {
	now := r.now()
	r.kept = slices.DeleteFunc(r.kept, func(one *result) bool { return now.After(one.until) })
}

// resulting is the answer to a request for something that takes a while.
type resulting struct {
	Success bool   `json:"success"`
	Path    string `json:"writeable_path"` // clients take it out of the text; ours has no path of the host in it
	URL     string `json:"result_url"`
	Msg     string `json:"msg"`
}

// later has a result made and answers with its address, as soon as it is made or after a while.
func (c *call) later(id model.InstanceID, write func(ctx context.Context, out *clip) error) (any, error) {
	mine := share{c.who, id}
	one, err := c.results.begin(mine)
	if err != nil {
		return nil, err
	}
	c.work.Go(func() {
		ctx, cancel := context.WithTimeout(c.machine.As(c.life, c.who.owner), resultTime)
		defer cancel()
		out := &clip{most: mostResult}
		if err := write(ctx, out); err != nil {
			_, _ = fmt.Fprintf(out, "%v\n", err) // a clip never fails
		}
		c.results.finish(mine, one, out.bytes())
	})
	select {
	case <-one.ready:
	case <-c.r.Context().Done():
	case <-time.After(resultWait):
	}
	return resulting{Success: true, URL: c.origin() + "/api/v0/results/" + one.token, Msg: "fetch the result at result_url"}, nil
}

// origin is this server as the caller reached it, a proxy with TLS before it included.
func (c *call) origin() string {
	scheme, host := "http://", c.r.Host
	if c.r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https://"
	}
	if host == "" {
		if at, ok := c.r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			host = at.String()
		}
	}
	return scheme + host
}

// result is GET /results/{token}: 200 with the text, 202 while it is being made.
func (c *call) result() (any, error) {
	one := c.results.find(c.r.PathValue("token"))
	if one == nil {
		return nil, errNoSuchPath
	}
	select {
	case <-one.ready:
	default:
		c.w.Header().Set("Retry-After", "1")
		c.write(c.w, http.StatusAccepted, success{true, "it isn't ready yet"})
		return nil, nil
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(one.text)))
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = c.w.Write(one.text) // whoever hung up doesn't hear that either
	return nil, nil
}

// A clip keeps the end of what is written to it, by whole lines where there are lines.
type clip struct {
	most int
	b    bytes.Buffer
	cut  bool
}

// Write keeps p.
func (c *clip) Write(p []byte) (int, error) {
	c.b.Write(p)
	if c.b.Len() > 2*c.most {
		c.trim()
	}
	return len(p), nil
}

func (c *clip) trim() {
	if extra := c.b.Len() - c.most; extra > 0 {
		c.cut = true
		c.b.Next(extra)
		rest := c.b.Bytes()
		if end := bytes.IndexByte(rest, '\n'); end >= 0 && end < len(rest)-1 {
			c.b.Next(end + 1)
		}
	}
}

// bytes are what was kept, as valid text, and a line before it where something wasn't.
func (c *clip) bytes() []byte {
	c.trim()
	text := bytes.ToValidUTF8(c.b.Bytes(), []byte("\uFFFD"))
	if c.cut {
		text = append([]byte("(earlier lines are left out)\n"), text...)
	}
	return bytes.Clone(text)
}
