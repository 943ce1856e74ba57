package kube

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"berth/model"
)

// running is an API server with instance C.1, whose commands are answered by a function.
func running(t *testing.T, answer func(context.Context, *websocket.Conn, *http.Request)) *Cluster {
	t.Helper()
	what := map[string]string{
		"services": `{"items":[{"metadata":{"name":"c-1","labels":{"app.kubernetes.io/managed-by":"berth","berth.dev/id":"1"},"annotations":{"berth.dev/promise":"{}"}}}]}`,
		"jobs":     `{"items":[{"metadata":{"name":"c-1"}}]}`,
		"pods": `{"items":[{"metadata":{"name":"c-1-x","namespace":"berth","labels":{"app.kubernetes.io/managed-by":"berth","berth.dev/id":"1"}},
			"status":{"conditions":[{"type":"PodScheduled","status":"True"}],"containerStatuses":[{"name":"main","ready":true,"state":{"running":{}}}]}}]}`,
		"nodes": `{}`,
	}
	c := &Cluster{me: "maria", api: clientOf(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/pods/c-1-x/exec") {
			_, _ = io.WriteString(w, what[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]])
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol}})
		if err != nil {
			t.Error(err)
			return
		}
		answer(r.Context(), conn, r)
		_ = conn.CloseNow()
	})}
	return c
}

func TestACommandEndsAsTheServerSays(t *testing.T) {
	for name, test := range map[string]struct {
		says    []string // messages; the first byte is the stream
		code    int
		out     string
		refused string
	}{
		"well":                           {says: []string{"\x01a", "\x01b", "\x03" + `{"status":"Success"}`}, out: "ab"},
		"with a code":                    {says: []string{"\x03" + `{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}`}, code: 7},
		"never begun":                    {says: []string{"\x03" + `{"status":"Failure","message":"no such file"}`}, code: cannotBegin, refused: "no such file"},
		"with a code that is none":       {says: []string{"\x03" + `{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"x"}]}}`}, code: cannotBegin, refused: "the cluster says"},
		"with words that are none":       {says: []string{"\x03[]"}, refused: "how the command ended"},
		"streams that nobody knows":      {says: []string{"", "\x09x", "\x03" + `{"status":"Success"}`}},
		"a connection that breaks off":   {says: []string{"\x01half"}, out: "half", refused: "broke off"},
		"a message larger than any that": {says: []string{"\x01" + strings.Repeat("x", mostMessage+1)}, refused: "broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			c := running(t, func(ctx context.Context, conn *websocket.Conn, r *http.Request) {
				if got := r.URL.Query()["command"]; len(got) != 2 || got[1] != "a&b=c" || r.Header.Get("Authorization") != "Bearer abc" {
					t.Errorf("asked for %q by %q", got, r.Header.Get("Authorization"))
				}
				for _, m := range test.says {
					_ = conn.Write(ctx, websocket.MessageBinary, []byte(m))
				}
			})
			var out bytes.Buffer
			code, err := c.Exec(t.Context(), 1, []string{"echo", "a&b=c"}, nil, &out, io.Discard)
			if code != test.code || out.String() != test.out || (err != nil) != (test.refused != "") || err != nil && !strings.Contains(err.Error(), test.refused) {
				t.Errorf("exit code %d, %q, %v", code, out.String(), err)
			}
		})
	}
}

func TestWhatIsTypedReachesTheCommand(t *testing.T) {
	got := make(chan string, 1)
	c := running(t, func(ctx context.Context, conn *websocket.Conn, _ *http.Request) {
		var typed strings.Builder
		for {
			_, m, err := conn.Read(ctx)
			if err != nil || m[0] == closes {
				break
			}
			typed.Write(m[1:])
		}
		got <- typed.String()
		_ = conn.Write(ctx, websocket.MessageBinary, []byte("\x03"+`{"status":"Success"}`))
	})
	if _, err := c.Exec(t.Context(), 1, []string{"cat"}, strings.NewReader("one\ntwo"), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if typed := <-got; typed != "one\ntwo" {
		t.Errorf("it got %q", typed)
	}
	if _, err := c.Exec(t.Context(), 2, []string{"cat"}, nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), model.ErrNoInstance.Error()) {
		t.Errorf("in another: %v", err)
	}
}
