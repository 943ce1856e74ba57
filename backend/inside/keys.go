package inside

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"berth/backend/engine"
	"berth/backend/guest/files"
	"berth/model"
)

// PutKeys makes the keys inside a running instance the ledger's. The launcher does it, as it does at a start:
// the secret line stays first and keys that others wrote stay. A stopped one gets them when it starts.
func (a *Access) PutKeys(ctx context.Context, i model.Instance) error {
	if i.Container == "" {
		return nil
	}
	c, err := a.Engine.Inspect(ctx, i.Container)
	if errors.Is(err, engine.ErrNotFound) || err == nil && c.State != engine.Running {
		return nil
	}
	if err != nil {
		return err
	}
	said, code, err := a.said(ctx, c.ID, engine.ExecRequest{Cmd: append([]string{files.Program, "keys"}, i.Plan.Keys...), User: "0"})
	if errors.Is(err, engine.ErrConflict) { // it ended just now
		return nil
	}
	if err != nil || code != 0 {
		return fmt.Errorf("%s: its keys count from its next start on; now they couldn't be changed: %s: %w",
			i.ID, strings.TrimSpace(string(said)), errors.Join(err, exitCode(code)))
	}
	return nil
}

// exitCode is a command's end.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// KeysMD5 is the hash of an instance's authorized_keys as its launcher last saw it, hex; empty unless the
// instance's secret is in that file. It is the word of whoever is root in there, and reaches no further than
// that instance.
func (a *Access) KeysMD5(ctx context.Context, id model.InstanceID) (string, error) {
	i, err := a.made(ctx, id)
	if err != nil || !i.Order.Mode.Launcher() {
		return "", err
	}
	text, err := a.ReadFile(ctx, i.Container, files.Status)
	if err != nil {
		return "", err
	}
	s, err := files.ParseStatus(text)
	if err != nil || s.Instance != id {
		return "", err
	}
	return s.KeysMD5, nil
}
