package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/coder/websocket"

	"berth/backend/attach"
	"berth/model"
)

// The streams of a command are messages of a WebSocket, whose first byte says which stream it is: the API server's
// protocol v5.channel.k8s.io.
const (
	protocol                                        = "v5.channel.k8s.io"
	toStdin, fromStdout, fromStderr, isOver, isSize = 0, 1, 2, 3, 4
	closes                                          = 255 // followed by the stream
)

// mostMessage is how large a message of a command's output may be: the API server sends at most 32 KiB in one.
const mostMessage = 1 << 20

// A command runs in an instance.
type command struct {
	conn *websocket.Conn
	ctx  context.Context //nolint:containedctx // of the connection, which lasts as long as the command
	once sync.Once
}

// Exec runs a command in a running instance with the given streams and returns its exit code. in may be nil.
func (c *Cluster) Exec(ctx context.Context, id model.InstanceID, words []string, in io.Reader, out, errs io.Writer) (int, error) {
	r, err := c.begin(ctx, id, words, url.Values{"stdin": {strconv.FormatBool(in != nil)}, "stderr": {"true"}})
	if err != nil {
		return 0, err
	}
	defer r.close() //nolint:errcheck // the command's exit code is what counts
	if in != nil {
		go func() { // ends with the command: close ends a blocked write; the end of this process ends a blocked read
			_, _ = io.Copy(r, in)
			_ = r.send(closes, []byte{toStdin})
		}()
	}
	return r.copy(out, errs)
}

// Terminal is like Exec, but on a terminal, which is in raw mode while the command runs.
func (c *Cluster) Terminal(ctx context.Context, id model.InstanceID, words []string, in io.Reader, out io.Writer) (int, error) {
	words = append([]string{"env", "TERM=" + os.Getenv("TERM")}, words...)
	r, err := c.begin(ctx, id, words, url.Values{"stdin": {"true"}, "tty": {"true"}})
	if err != nil {
		return 0, err
	}
	defer r.close() //nolint:errcheck // the command's exit code is what counts
	stop, err := attach.Terminal(ctx, attach.Command{Stdin: r, Resize: r.resize, Close: r.close}, in)
	if err != nil {
		return 0, err
	}
	defer stop()
	return r.copy(out, out)
}

// begin starts a command in an instance's main container.
func (c *Cluster) begin(ctx context.Context, id model.InstanceID, words []string, q url.Values) (*command, error) {
	s, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	i, there := s.find(id)
	switch {
	case !there:
		return nil, fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	case i.pod == nil || i.Phase != model.PhaseRunning && i.Phase != model.PhaseConnecting:
		return nil, fmt.Errorf("%s: a command inside is %w: it is %s", id, model.ErrNotAllowed, i.Status())
	}
	q.Set("container", mainContainer)
	q.Set("stdout", "true")
	q["command"] = words
	header := http.Header{"User-Agent": {"berth"}}
	if c.api.token != nil {
		token, err := c.api.token(ctx)
		if err != nil {
			return nil, err
		}
		header.Set("Authorization", "Bearer "+token)
	}
	path := c.api.in(pods, i.pod.Metadata.Name) + "/exec?" + q.Encode()
	o := &websocket.DialOptions{HTTPClient: c.api.plain, HTTPHeader: header, Subprotocols: []string{protocol}}
	conn, answer, err := websocket.Dial(ctx, c.api.server+path, o) //nolint:bodyclose // refusalOf closes it; else it is the connection
	switch {
	case err == nil && conn.Subprotocol() == protocol:
		conn.SetReadLimit(mostMessage)
		return &command{conn: conn, ctx: ctx}, nil
	case err == nil:
		_ = conn.CloseNow()
		return nil, errors.New("the cluster is too old for commands inside: it must be Kubernetes 1.31 or later")
	case answer != nil && answer.StatusCode >= http.StatusMultipleChoices:
		return nil, refusalOf(answer)
	}
	return nil, fmt.Errorf("the cluster doesn't answer: %w", err)
}

func (r *command) send(stream byte, content []byte) error {
	return r.conn.Write(r.ctx, websocket.MessageBinary, append([]byte{stream}, content...))
}

// Write passes input to the command.
func (r *command) Write(content []byte) (int, error) { return len(content), r.send(toStdin, content) }

func (r *command) resize(_ context.Context, width, height int) error {
	text, err := json.Marshal(struct{ Width, Height int }{width, height})
	if err != nil {
		return err
	}
	return r.send(isSize, text)
}

func (r *command) close() (err error) {
	r.once.Do(func() { err = r.conn.CloseNow() })
	return err
}

// copy copies the command's output until it ends, and returns its exit code.
func (r *command) copy(out, errs io.Writer) (int, error) {
	for {
		_, message, err := r.conn.Read(r.ctx)
		if err != nil {
			return 0, fmt.Errorf("the connection to the command broke off: %w", err)
		}
		if len(message) == 0 {
			continue
		}
		switch content := message[1:]; message[0] {
		case fromStdout:
			_, err = out.Write(content)
		case fromStderr:
			_, err = errs.Write(content)
		case isOver:
			return exitCode(content)
		}
		if err != nil {
			return 0, err
		}
	}
}

// cannotBegin is the exit code of a command that couldn't be started, as shells have it.
const cannotBegin = 126

// exitCode reads how a command ended.
func exitCode(text []byte) (int, error) {
	var s struct {
		Status, Reason, Message string
		Details                 struct {
			Causes []struct{ Reason, Message string }
		}
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return 0, fmt.Errorf("how the command ended: %w", err)
	}
	if s.Status == "Success" {
		return 0, nil
	}
	for _, cause := range s.Details.Causes {
		if code, err := strconv.Atoi(cause.Message); s.Reason == "NonZeroExitCode" && cause.Reason == "ExitCode" && err == nil {
			return code, nil
		}
	}
	return cannotBegin, errors.New("the cluster says: " + strings.TrimSpace(s.Message))
}
