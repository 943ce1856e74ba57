package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// An Envelope is one request to a webhook.
type Envelope struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
}

// Post makes the request of an envelope that is read from in. It runs in a process with the rights of the user whose
// webhook it is. A redirect isn't followed: the user named one address.
func Post(ctx context.Context, in io.Reader) error {
	const mostIn, mostOut, wait = 64 << 10, 300, 10 * time.Second
	text, err := io.ReadAll(io.LimitReader(in, mostIn))
	if err != nil {
		return err
	}
	var e Envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(e.Body))
	if err != nil {
		return err
	}
	for name, value := range e.Headers {
		request.Header.Set(name, value)
	}
	client := http.Client{Timeout: wait, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	said, _ := io.ReadAll(io.LimitReader(answer.Body, mostOut))
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answers %s: %s", answer.Status, strings.TrimSpace(string(said)))
	}
	return nil
}
