package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"

	"berth/model"
)

// reportEvery is how often a pull reports its progress: four times a second, because each report is written to the
// ledger and drawn on every screen.
const reportEvery = 250 * time.Millisecond

// Pull fetches an image from its registry. It calls report at most four times a second and once at the end, from this
// goroutine. A nil auth means no login; the login is used for this pull only. A pull without progress for ten minutes
// is given up. The error has the registry's own message; it is ErrNotFound if the registry has no such image, or
// doesn't show it to this login.
func (d images) Pull(ctx context.Context, ref string, auth *Auth, report func(model.Progress)) error {
	login, err := loginHeader(auth)
	if err != nil {
		return err
	}
	if err := d.fit(ctx); err != nil {
		return err
	}
	ctx, w := d.watched(ctx, limitSilent)
	defer w.stop()
	body, err := d.api().ImagePull(ctx, ref, image.PullOptions{RegistryAuth: login})
	if err != nil {
		return d.explainPull(ctx, err)
	}
	defer func() { _ = body.Close() }()
	var t Tracker
	err = track(ctx, lines(ctx, download{output{body, w}}), &t, report)
	if report != nil {
		report(t.Progress(time.Now()))
	}
	return d.explainPull(ctx, err)
}

// track reads messages to the end, which is the pull's result.
func track(ctx context.Context, lines <-chan lineOrEnd, t *Tracker, report func(model.Progress)) error {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	var last model.Progress
	for {
		select {
		case l := <-lines:
			switch {
			case errors.Is(l.end, io.EOF):
				return nil
			case l.end != nil:
				return l.end
			}
			t.Take(l.PullLine)
		case now := <-tick.C:
			if p := t.Progress(now); report != nil && !reflect.DeepEqual(p, last) {
				report(p)
				last = p
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type lineOrEnd struct {
	PullLine
	end error // io.EOF if the pull succeeded
}

// lines decodes a stream in a goroutine, which ends with the stream or ctx. The last element has end set.
func lines(ctx context.Context, body io.Reader) <-chan lineOrEnd {
	out := make(chan lineOrEnd)
	go func() {
		decode := json.NewDecoder(body)
		for {
			var l lineOrEnd
			if l.end = decode.Decode(&l.PullLine); l.end == nil && l.Error != "" {
				l.end = &Error{Words: l.Error}
			}
			select {
			case out <- l:
			case <-ctx.Done():
				return
			}
			if l.end != nil {
				return
			}
		}
	}()
	return out
}

// explainPull is explain, except for the registry's own errors. If the registry answers 503, the engine itself is
// available: ErrUnavailable would make the caller wait for an engine that never went away.
func (d images) explainPull(ctx context.Context, err error) error {
	if errdefs.IsUnavailable(err) {
		return &Error{Words: engineMessage(err), Cause: err}
	}
	err = d.explain(ctx, err)
	var f *Error
	if errors.As(err, &f) && f.Kind == nil {
		return &Error{Kind: pullKind(f.Words), Words: f.Words, Cause: f}
	}
	return err
}

// pullKind recognizes a missing image by the messages of registries and the engine.
func pullKind(words string) error {
	for _, part := range []string{"manifest unknown", "not found", "repository does not exist"} {
		if strings.Contains(words, part) {
			return ErrNotFound
		}
	}
	return nil
}

func loginHeader(auth *Auth) (string, error) {
	if auth == nil {
		return "", nil
	}
	header, err := registry.EncodeAuthConfig(registry.AuthConfig{
		ServerAddress: auth.Host, Username: auth.User, Password: auth.Password,
	})
	if err != nil {
		return "", fmt.Errorf("login for %s: %w", auth.Host, err)
	}
	return header, nil
}
