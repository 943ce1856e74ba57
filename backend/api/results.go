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

// The limits of results. A client polls for its result right after the request; one that comes too late has to ask
// again.
const (
	resultLife  = 2 * time.Minute
	mostResult  = 512 << 10        // bytes of one result
	mostResults = 32               // kept at once, plus one for each caller; with mostResult, this limits the memory
	mostOfOwn   = 4                // kept for an instance's own key, even if there are few others
	mostOfOwner = 16               // kept for an account, which may ask for many instances
	resultTime  = time.Minute      // to make one result
	resultWait  = 10 * time.Second // to wait for a result before its address is given out
)

// results are texts that take a while to make. Each is kept for a short time under a URL that can't be guessed.
type results struct {
	now clock

	making workLimiter

	mu   sync.Mutex
	kept []*result // oldest first
}

// A result is one of these texts.
type result struct {
	token string
	who   caller
	until time.Time
	ready chan struct{}
	text  []byte // valid once ready is closed
}

// begin makes room for a result, or fails if too many are under way.
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

// makeRoom drops a caller's own oldest result if the caller has reached its limit, or if the total limit is reached and
// the caller has one. Results of other callers stay.
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

// finish stores a result's text and makes it readable. Its lifetime begins now.
func (r *results) finish(s share, one *result, text []byte) {
	defer r.making.leave(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	one.text, one.until = text, r.now().Add(resultLife)
	close(one.ready)
}

// find returns a result, or nil if it doesn't exist or has expired.
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

// pendingResult is the answer to a request whose result takes a while.
type pendingResult struct {
	Success bool   `json:"success"`
	Path    string `json:"writeable_path"` // clients remove it from the text; berth's has no host path in it
	URL     string `json:"result_url"`
	Msg     string `json:"msg"`
}

// startResult starts to make a result in the background. It answers with the result's URL when the result is ready, or
// after resultWait.
func (c *call) startResult(id model.InstanceID, write func(ctx context.Context, out *tailBuffer) error) (any, error) {
	mine := share{c.who, id}
	one, err := c.results.begin(mine)
	if err != nil {
		return nil, err
	}
	c.work.Go(func() {
		ctx, cancel := context.WithTimeout(c.machine.ActingFor(c.life, c.who.owner), resultTime)
		defer cancel()
		out := &tailBuffer{most: mostResult}
		if err := write(ctx, out); err != nil {
			_, _ = fmt.Fprintln(out, model.Said(err)) // a tailBuffer's Write never fails
		}
		c.results.finish(mine, one, out.bytes())
	})
	select {
	case <-one.ready:
	case <-c.r.Context().Done():
	case <-time.After(resultWait):
	}
	return pendingResult{Success: true, URL: c.origin() + "/api/v0/results/" + one.token, Msg: "fetch the result at result_url"}, nil
}

// origin returns the base URL under which the caller reached this server, also through a proxy that ends TLS.
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

// result answers GET /results/{token}: 200 with the text, or 202 while it is being made.
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
	_, _ = c.w.Write(one.text) // an error means that the caller hung up
	return nil, nil
}

// A tailBuffer keeps the end of what is written to it. It cuts at a line break if there is one.
type tailBuffer struct {
	most int
	b    bytes.Buffer
	cut  bool
}

// Write appends p and drops the oldest bytes if there are too many. It never fails.
func (c *tailBuffer) Write(p []byte) (int, error) {
	c.b.Write(p)
	if c.b.Len() > 2*c.most {
		c.trim()
	}
	return len(p), nil
}

func (c *tailBuffer) trim() {
	if extra := c.b.Len() - c.most; extra > 0 {
		c.cut = true
		c.b.Next(extra)
		rest := c.b.Bytes()
		if end := bytes.IndexByte(rest, '\n'); end >= 0 && end < len(rest)-1 {
			c.b.Next(end + 1)
		}
	}
}

// bytes returns what was kept, as valid UTF-8. If something was dropped, a line says so first.
func (c *tailBuffer) bytes() []byte {
	c.trim()
	text := bytes.ToValidUTF8(c.b.Bytes(), []byte("\uFFFD"))
	if c.cut {
		text = append([]byte("(earlier lines are left out)\n"), text...)
	}
	return bytes.Clone(text)
}
