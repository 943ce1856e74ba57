package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"berth/backend/engine"
	"berth/backend/guest/files"
	"berth/model"
)

// AttachKey lets an SSH key into an instance: at once where it runs, and at every start from now on.
func (m *Machine) AttachKey(ctx context.Context, id model.InstanceID, line string) error {
	line, err := checkKey(line)
	if err != nil {
		return err
	}
	return m.changeKeys(ctx, id, "attach key", func(keys []string) []string {
		if slices.ContainsFunc(keys, func(k string) bool { return sameKey(k, line) }) {
			return keys
		}
		return append(keys, line)
	})
}

// DetachKey lets an SSH key into an instance no more. One that isn't let in is no error.
func (m *Machine) DetachKey(ctx context.Context, id model.InstanceID, line string) error {
	return m.changeKeys(ctx, id, "detach key", func(keys []string) []string {
		return slices.DeleteFunc(keys, func(k string) bool { return sameKey(k, line) })
	})
}

// changeKeys changes an instance's keys in the ledger and then inside.
func (m *Machine) changeKeys(ctx context.Context, id model.InstanceID, verb string, change func([]string) []string) error {
	m.changingKeys.Lock() // what is put inside last must be what the ledger has last
	defer m.changingKeys.Unlock()
	i, err := m.ledger.Update(ctx, id, func(i *model.Instance) error {
		if !i.Order.Mode.Launcher() {
			return fmt.Errorf("%s: %w: in entrypoint mode nothing reads its keys", id, model.ErrNotAllowed)
		}
		i.Plan.Keys = change(i.Plan.Keys)
		return nil
	})
	if err != nil {
		return err
	}
	m.wrote(ctx, id, verb, "")
	return m.putKeys(ctx, i)
}

// putKeys makes the keys inside a running instance the ledger's. The launcher does it, as it does at a start:
// the secret line stays first and keys that others wrote stay. A stopped one gets them when it starts.
func (m *Machine) putKeys(ctx context.Context, i model.Instance) error {
	if i.Container == "" {
		return nil
	}
	c, err := m.engine.Inspect(ctx, i.Container)
	if errors.Is(err, engine.ErrNotFound) || err == nil && c.State != engine.Running {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := m.engine.Exec(ctx, c.ID, engine.ExecRequest{Cmd: append([]string{files.Program, "keys"}, i.Plan.Keys...), User: "0"})
	if errors.Is(err, engine.ErrConflict) { // it ended just now
		return nil
	}
	if err != nil {
		return err
	}
	defer e.Close() //nolint:errcheck // its exit code is what counts
	var said bytes.Buffer
	if err := e.Copy(&said, &said); err != nil {
		return err
	}
	if code, err := e.Wait(ctx); err != nil || code != 0 {
		return fmt.Errorf("%s: its keys count from its next start on; now they couldn't be changed: %s: %w",
			i.ID, strings.TrimSpace(said.String()), errors.Join(err, exitCode(code)))
	}
	return nil
}

// exitCode is a command's end that isn't a good one.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// sameKey compares two lines of authorized_keys by what makes a key: its type and its own part.
func sameKey(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	return len(x) > 1 && len(y) > 1 && x[0] == y[0] && x[1] == y[1]
}

// KeysMD5 is the hash of an instance's authorized_keys as its launcher last saw it, hex; empty unless the
// instance's secret is in that file. It is the word of whoever is root in there, and reaches no further than
// that instance.
func (m *Machine) KeysMD5(ctx context.Context, id model.InstanceID) (string, error) {
	i, err := m.made(ctx, id)
	if err != nil || !i.Order.Mode.Launcher() {
		return "", err
	}
	archive, err := m.engine.CopyFrom(ctx, i.Container, files.Status)
	if err != nil {
		return "", err
	}
	file, err := unpackOne(archive)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // opened to read
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return "", err
	}
	s, err := files.ParseStatus(text)
	if err != nil || s.Instance != id {
		return "", err
	}
	return s.KeysMD5, nil
}
