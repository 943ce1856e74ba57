package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"berth/model"
)

// clientOf is a client of a server that answers by a function.
func clientOf(t *testing.T, answer http.HandlerFunc) *client {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	c, err := newClient(access{server: s.URL, namespace: "berth", token: func(context.Context) (string, error) { return "abc", nil }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Once a redirect was followed, with the token where it led to the same host.
func TestTheTokenGoesToNoOtherServer(t *testing.T) {
	var visits atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer other.Close()
	c := clientOf(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	for name, ask := range map[string]func() error{
		"a call":   func() error { return c.call(t.Context(), "POST", "/api/v1/x", object{"a": 1}, nil) },
		"a patch":  func() error { return c.patch(t.Context(), "/api/v1/x", object{"a": 1}) },
		"a stream": func() error { _, err := c.stream(t.Context(), "/api/v1/x"); return err },
	} {
		var r *refusal
		if err := ask(); !errors.As(err, &r) || r.Code != http.StatusTemporaryRedirect {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := visits.Load(); n > 0 {
		t.Errorf("another server was asked %d times", n)
	}
}

// Once an answer without an end was read without one.
func TestAnAnswerIsReadWithinBounds(t *testing.T) {
	var sent atomic.Int64
	c := clientOf(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"Items":["`)
		for r.Context().Err() == nil {
			n, err := io.WriteString(w, strings.Repeat("x", 1<<16))
			if sent.Add(int64(n)); err != nil || sent.Load() > 64<<20 {
				return
			}
		}
	})
	c.most = 1 << 20
	var out list[string]
	if err := c.call(t.Context(), "GET", "/api/v1/x", nil, &out); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the error is %v", err)
	}
	if n := sent.Load(); n > 32<<20 {
		t.Errorf("%d MB were read", n>>20)
	}
}

// A node says itself what it has. Once the number of its GPUs was that of the places that were made for them.
func TestANodeHasNoMoreThanANodeHas(t *testing.T) {
	for _, said := range []string{"1e18", "-5", "NaN", "Inf", "-Inf", "9E", "1e300k", "99999999999", "0x1p60", ""} {
		n := node{}
		n.Status.Allocatable = map[string]string{gpuResource: said, "cpu": said, "memory": said}
		n.Status.Conditions = []condition{{Type: "Ready", Status: "True"}}
		s := sight{nodes: []node{n}}
		if got := len(s.slots(&s.nodes[0])); got > mostSlots {
			t.Errorf("%q is %d GPUs", said, got)
		}
		if q := quantity(said); q < 0 || math.IsNaN(q) || q > mostQuantity {
			t.Errorf("%q is the quantity %v", said, q)
		}
		_ = s.fleet()
		_, _ = s.propose(model.Order{Image: "a", GPUs: 1, Disk: 10, Mode: model.ModeSSH}, nil)
	}
}

// Once a Service of somebody's that is called c-014 was shown as C.14 too, and an order for what was shown went to c-14.
func TestAnInstanceHasOneName(t *testing.T) {
	for name, is := range map[string]bool{"c-14": true, "c-014": false, "14": false, "c-+14": false, "c-C.14": false, "c-c-14": false, "c--14": false, "c-0": false, "C-14": false} {
		if id, got := idOf(name); got != is || is && nameOf(id) != name {
			t.Errorf("%s: %d, %t", name, id, got)
		}
	}
}

func TestAnInstanceOnAClusterHasFewerRightsToo(t *testing.T) {
	d := &draft{Instance: model.Instance{ID: 1, Order: model.Order{Image: "a", Mode: model.ModeSSH}}}
	if got, want := fmt.Sprint(d.main()["securityContext"]), fmt.Sprint(object{"capabilities": object{"drop": model.DroppedCaps()}, "runAsUser": 0}); got != want {
		t.Errorf("it has %s, want %s", got, want)
	}
}

// FuzzObjects reads whatever an API server may say of a cluster.
func FuzzObjects(f *testing.F) {
	f.Add([]byte(`{"items":[{"metadata":{"name":"c-14","labels":{"app.kubernetes.io/managed-by":"berth","berth.dev/id":"14"},"annotations":{"berth.dev/owner":"maria",`+
		`"berth.dev/promise":"{\"order\":{\"image\":\"a\",\"gpus\":1,\"mode\":\"ssh\"},\"data\":\"/workspace\"}"}},"spec":{"ports":[{"name":"tcp-22","port":22,"nodePort":30022}]}}]}`),
		[]byte(`{"items":[{"metadata":{"name":"c-14"},"spec":{"suspend":true,"template":{}},"status":{"conditions":[{"type":"Failed","status":"True","message":"x"}]}}]}`),
		[]byte(`{"items":[{"metadata":{"name":"p","namespace":"berth","labels":{"app.kubernetes.io/managed-by":"berth","berth.dev/id":"14"}},"spec":{"nodeName":"n",`+
			`"containers":[{"resources":{"requests":{"nvidia.com/gpu":"1"}}}]},"status":{"phase":"Failed","containerStatuses":[{"name":"main","state":{"terminated":{"exitCode":3,"message":"a\nb"}}}]}}]}`),
		[]byte(`{"items":[{"metadata":{"name":"n","labels":{"kubernetes.io/arch":"amd64"}},"status":{"allocatable":{"nvidia.com/gpu":"8","cpu":"64","memory":"1Ti"},"conditions":[{"type":"Ready","status":"True"}]}}]}`))
	f.Add([]byte(`{}`), []byte(`{"items":[{}]}`), []byte(`{"items":[{}]}`), []byte(`{"items":[{"status":{"allocatable":{"nvidia.com/gpu":"1e30"}}}]}`))
	f.Fuzz(func(t *testing.T, services, jobs, pods, nodes []byte) {
		answers := map[string][]byte{"services": services, "jobs": jobs, "pods": pods, "nodes": nodes}
		c := &Cluster{me: "maria"}
		var err error
		if c.api, err = newClient(access{server: "http://cluster.invalid", namespace: "berth"}); err != nil {
			t.Fatal(err)
		}
		c.api.http.Transport = answering(answers)
		s, err := c.look(t.Context())
		if err != nil {
			return
		}
		for _, d := range s.fleet().Devices {
			if d.Holder.Kind == model.HeldByInstance && d.Holder.ID == "" {
				t.Errorf("an instance without a name has %s", d.ID)
			}
		}
		for _, i := range s.instances {
			if i.ID <= 0 || i.ID > model.MostInstanceID || i.service.Metadata.Name != nameOf(i.ID) {
				t.Errorf("%s is %q", i.ID, i.service.Metadata.Name)
			}
			_ = i.Status()
		}
		_, _ = s.propose(model.Order{Image: "a", GPUs: 1, Disk: 10, Mode: model.ModeSSH}, nil)
	})
}

// answering is an API server that has the lists of kinds.
type answering map[string][]byte

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	kind := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(a[kind])))}, nil
}
