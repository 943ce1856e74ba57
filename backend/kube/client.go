package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// A client speaks to the API server: JSON over HTTP, the few kinds of objects that an instance is made of.
type client struct {
	access
	http  *http.Client
	plain *http.Client // for streams of commands, which HTTP/2 hasn't got
	most  int64        // bytes of an answer that are read
}

// An object is one as the API server takes it. Those that we read have types of their own (objects.go).
type object map[string]any

// A kind is where the API server has the objects of one kind.
type kind struct{ group, plural string }

var (
	services   = kind{"/api/v1", "services"}
	secrets    = kind{"/api/v1", "secrets"}
	claims     = kind{"/api/v1", "persistentvolumeclaims"}
	configMaps = kind{"/api/v1", "configmaps"}
	pods       = kind{"/api/v1", "pods"}
	jobs       = kind{"/apis/batch/v1", "jobs"}
)

// answerTimeout is how long the API server may take to begin its answer, and callTimeout until it has ended it, unless
// the answer is a stream.
const answerTimeout, callTimeout = 30 * time.Second, 2 * time.Minute

// mostAnswer is how many bytes of an answer are read: ten times what a list of ten thousand pods has.
const mostAnswer = 512 << 20

func newClient(a access) (*client, error) {
	if _, err := url.Parse(a.server); err != nil || a.server == "" {
		return nil, fmt.Errorf("the cluster's server %q is no URL", a.server)
	}
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: a.tls, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: answerTimeout, ResponseHeaderTimeout: answerTimeout,
	}
	c := &client{access: a, most: mostAnswer, http: &http.Client{Transport: t, CheckRedirect: follows}}
	first := t.Clone()
	first.ForceAttemptHTTP2, first.Protocols = false, new(http.Protocols)
	first.Protocols.SetHTTP1(true)
	c.plain = &http.Client{Transport: first, CheckRedirect: follows}
	return c, nil
}

// follows refuses every redirect: the token is for the server that the kubeconfig names, and for nobody to whom an answer
// sends us.
func follows(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// in returns the path of the objects of a kind in our namespace, or of one of them.
func (c *client) in(k kind, name string) string {
	path := k.group + "/namespaces/" + c.namespace + "/" + k.plural
	if name != "" {
		path += "/" + name
	}
	return path
}

// A refusal is the API server's own word about why it didn't do something.
type refusal struct {
	Code    int
	Reason  string
	Message string
}

func (r *refusal) Error() string { return "the cluster says: " + r.Message }

// refused reports whether an error is a refusal for one of these reasons.
func refused(err error, reasons ...string) bool {
	var r *refusal
	if !errors.As(err, &r) {
		return false
	}
	for _, reason := range reasons {
		if r.Reason == reason {
			return true
		}
	}
	return false
}

// Reasons of refusals, in the API's words.
const (
	absent    = "NotFound"
	exists    = "AlreadyExists"
	forbidden = "Forbidden"
)

// call makes one call with a JSON body, and reads the answer into out. Either may be nil.
func (c *client) call(ctx context.Context, method, path string, body, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := c.do(ctx, method, path, "application/json", body)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer, c.most)).Decode(out); err != nil {
		return fmt.Errorf("the cluster's answer to %s: %w", path, err)
	}
	return nil
}

// patch changes what a part of an object says, and nothing else.
func (c *client) patch(ctx context.Context, path string, part object) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := c.do(ctx, http.MethodPatch, path, "application/merge-patch+json", part)
	if err != nil {
		return err
	}
	return answer.Close()
}

// stream returns an answer that is no JSON. It may have no end.
func (c *client) stream(ctx context.Context, path string) (io.ReadCloser, error) {
	return c.do(ctx, http.MethodGet, path, "", nil)
}

func (c *client) do(ctx context.Context, method, path, contentType string, body any) (io.ReadCloser, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	var sent io.Reader
	if body != nil {
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.server+path, sent)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("User-Agent", "berth")
	if c.token != nil {
		token, err := c.token(ctx)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("the cluster doesn't answer: %w", err)
	}
	if answer.StatusCode < http.StatusMultipleChoices {
		return answer.Body, nil
	}
	return nil, refusalOf(answer)
}

// refusalOf reads why the API server refuses.
func refusalOf(answer *http.Response) error {
	defer func() { _ = answer.Body.Close() }()
	const most = 64 << 10 // of an error's text
	said, _ := io.ReadAll(io.LimitReader(answer.Body, most))
	no := &refusal{Code: answer.StatusCode}
	if json.Unmarshal(said, no) != nil || no.Message == "" {
		no.Message = answer.Status
	}
	return no
}
