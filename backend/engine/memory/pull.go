package memory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"time"

	"github.com/distribution/reference"

	"berth/backend/engine"
	"berth/model"
)

// Pull makes an image up, with layers that arrive at the speed of Pace. Every registry has every image, except
// registries on this machine, where nothing listens.
func (m images) Pull(ctx context.Context, ref string, _ *engine.Auth, report func(model.Progress)) error {
	if err := m.enter(ctx, "Pull"); err != nil {
		return err
	}
	m.mu.Unlock()
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return &engine.Error{Words: err.Error(), Cause: err}
	}
	if here, _, _ := net.SplitHostPort(reference.Domain(named)); here == "localhost" || net.ParseIP(here).IsLoopback() {
		address := reference.Domain(named)
		return &engine.Error{Words: fmt.Sprintf("Get %q: dial tcp %s: connect: connection refused", "http://"+address+"/v2/", address)}
	}
	size, err := m.play(ctx, fullRef(ref), report)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.image(ref); err != nil {
		m.add(engine.Image{Tags: []string{ref}, Size: size, Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"}}, newFiles())
	}
	return nil
}

// The shape of a made-up pull.
const (
	pullLayers = 5
	pullSteps  = 16
)

// play plays a pull's steps. The sizes of the layers depend on the reference. Each layer starts one step after the one
// before it.
func (m images) play(ctx context.Context, ref string, report func(model.Progress)) (model.Bytes, error) {
	seed := sha256.Sum256([]byte(ref))
	var t engine.Tracker
	var total model.Bytes
	for step := range pullSteps {
		total = 0
		for i := range pullLayers {
			size := int64(seed[i]+16) * int64(3*model.MB) * int64(i+1)
			total += model.Bytes(size)
			t.Take(pullLine(hex.EncodeToString(seed[6*i:6*i+6]), size, step-i))
		}
		last, pace := step == pullSteps-1, m.Pace
		if m.PaceOf != nil {
			pace = m.PaceOf(ref)
		}
		if report != nil && (last || pace > 0) {
			report(t.Progress(m.now()))
		}
		if last || pace == 0 {
			continue
		}
		select {
		case <-time.After(pace):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return total, nil
}

// pullLine returns what the engine would say of a layer after that many of its steps.
func pullLine(id string, size int64, step int) engine.PullLine {
	const downloading, extracting = 8, 11 // the last step of each
	l := engine.PullLine{ID: id}
	switch {
	case step < 0:
		l.Status = "Waiting"
	case step <= downloading:
		l.Status, l.Detail.Current, l.Detail.Total = "Downloading", size*int64(step)/downloading, size
	case step < extracting:
		l.Status, l.Detail.Current, l.Detail.Total = "Extracting", size/2, size
	default:
		l.Status = "Pull complete"
	}
	return l
}
