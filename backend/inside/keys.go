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

// PutKeys replaces the account's keys in a running instance by those of the ledger. The launcher writes them, as at a
// start: the secret line stays first, and keys that others wrote stay. A stopped instance gets them when it starts.
func (a *Access) PutKeys(ctx context.Context, i model.Instance) error {
	if i.Container == "" {
		return nil
	}
	c, err := a.Engine.Inspect(ctx, i.Container)
	if errors.Is(err, engine.ErrNotFound) || err == nil && c.State != engine.Running {
		return nil
	}
	if err != nil {
		return refused(i, err)
	}
	said, code, err := a.combinedOutput(ctx, c.ID, engine.ExecRequest{Cmd: append([]string{files.Program, "keys"}, i.Plan.Keys...), User: "0"})
	if errors.Is(err, engine.ErrConflict) { // the container has just ended
		return nil
	}
	if err != nil || code != 0 {
		return fmt.Errorf("%s: its keys count from its next start on; now they couldn't be changed: %s: %w",
			i.ID, strings.TrimSpace(string(said)), errors.Join(refusedAt(i, err), exitCode(code)))
	}
	return nil
}

// exitCode is a command's exit code as an error.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// KeysMD5 returns the MD5 of an instance's authorized_keys in hex, as its launcher last read the file. It is "" unless
// the instance's secret is in that file. The instance's root can forge the value, so it must count only for that
// instance.
func (a *Access) KeysMD5(ctx context.Context, id model.InstanceID) (string, error) {
	i, err := a.withContainer(ctx, id)
	if err != nil || !i.Order.Mode.Launcher() {
		return "", err
	}
	text, err := a.ReadFile(ctx, i.Container, files.Status)
	if err != nil {
		return "", refused(i, err)
	}
	s, err := files.ParseStatus(text)
	if err != nil || s.Instance != id {
		return "", err
	}
	return s.KeysMD5, nil
}
