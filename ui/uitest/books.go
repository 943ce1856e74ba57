package uitest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"berth/model"
)

// This file has the parts of the fake beside its fleet: templates, account, output, history.

// Templates returns two shipped templates and the saved ones.
func (m *Backend) Templates(ctx context.Context) ([]model.Template, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	starter := model.Template{Order: model.Order{Name: "starter", Image: "berth/starter", Mode: model.ModeEntrypoint,
		GPUs: 1, Disk: 10, Options: "-p 8081:8081"}, Description: "a file server on 8081", Source: model.SourceShipped}
	pytorch := model.Template{Order: model.Order{Name: "pytorch", Image: "pytorch/pytorch:2.6.0-cuda12.6", Mode: model.ModeJupyter,
		GPUs: 1, Disk: 40}, Description: "PyTorch with Jupyter", Source: model.SourceShipped}
	return append([]model.Template{starter, pytorch}, m.saved...), ctx.Err()
}

// SaveTemplate saves a template.
func (m *Backend) SaveTemplate(_ context.Context, t model.Template) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t.Source = model.SourceUser
	m.saved = append(slices.DeleteFunc(m.saved, func(o model.Template) bool { return o.Name == t.Name }), t)
	return nil
}

// DeleteTemplate deletes a template.
func (m *Backend) DeleteTemplate(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved = slices.DeleteFunc(m.saved, func(o model.Template) bool { return o.Name == name })
	return nil
}

// Images returns the starter image and those of the instances.
func (m *Backend) Images(context.Context) ([]string, error) {
	out := []string{"berth/starter"}
	for _, i := range m.Fleet().Instances {
		out = append(out, i.Order.Image)
	}
	return slices.Compact(slices.Sorted(slices.Values(out))), nil
}

// LastOrder returns what was launched last.
func (m *Backend) LastOrder(context.Context) (model.Order, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		return model.Order{}, false
	}
	return *m.last, true
}

// Listening reports that something listens on every TCP port and on no UDP port.
func (m *Backend) Listening(_ context.Context, id model.InstanceID) (map[model.Port]bool, error) {
	i, ok := m.Fleet().Instance(id)
	if !ok {
		return nil, model.ErrNoInstance
	}
	out := map[model.Port]bool{}
	for _, p := range i.Plan.Ports {
		out[p] = p.Protocol == model.TCP
	}
	return out, nil
}

// Logs returns two hundred lines, or the last of them.
func (m *Backend) Logs(_ context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error) {
	const lines = 200
	var b strings.Builder
	for n := range lines {
		if r.Tail > 0 && n < lines-r.Tail {
			continue
		}
		if r.Timestamps {
			fmt.Fprintf(&b, "2026-11-23T18:%02d:%02d.000000000Z ", n/60, n%60)
		}
		fmt.Fprintf(&b, "step %d loss %.4f of %s\n", n, 2.5/float64(n+1), id)
	}
	return io.NopCloser(strings.NewReader(b.String())), nil
}

// CopyWatched pretends to copy two files at once.
func (m *Backend) CopyWatched(ctx context.Context, from, to model.Place, watch func(model.Copied)) error {
	if err := waits(ctx, m.Hang); err != nil {
		return err
	}
	for n := range 2 {
		watch(model.Copied{Files: n + 1, Bytes: model.Bytes(n+1) * model.MB, Total: model.Known(2 * model.MB)})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, model.Event{At: m.fleet.At, Actor: m.account.Owner, Verb: "copy", Detail: from.String() + " to " + to.String()})
	return nil
}

// Shell prints a greeting, reads a line and ends.
func (m *Backend) Shell(_ context.Context, id model.InstanceID, in io.Reader, out io.Writer) error {
	if _, err := fmt.Fprintf(out, "shell of %s, Enter ends it\n", id); err != nil {
		return err
	}
	one := make([]byte, 1)
	for {
		if _, err := in.Read(one); err != nil || one[0] == '\n' || one[0] == '\r' {
			return err
		}
	}
}

// Account returns what the user has saved.
func (m *Backend) Account(context.Context) (model.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.account, nil
}

// SetVar saves a variable.
func (m *Backend) SetVar(_ context.Context, v model.Var) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Env = append(slices.DeleteFunc(slices.Clone(m.account.Env), func(o model.Var) bool { return o.Name == v.Name }), v)
	return nil
}

// UnsetVar deletes a variable.
func (m *Backend) UnsetVar(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Env = slices.DeleteFunc(slices.Clone(m.account.Env), func(o model.Var) bool { return o.Name == name })
	return nil
}

// AddKey saves an SSH key.
func (m *Backend) AddKey(_ context.Context, line string) error {
	if !strings.HasPrefix(line, "ssh-") {
		return errors.New("an SSH public key begins with ssh-")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Keys = append(slices.Clone(m.account.Keys), line)
	return nil
}

// RemoveKey deletes an SSH key.
func (m *Backend) RemoveKey(_ context.Context, line string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Keys = slices.DeleteFunc(slices.Clone(m.account.Keys), func(k string) bool { return k == line })
	return nil
}

// PutLogin saves a login to a registry.
func (m *Backend) PutLogin(_ context.Context, l model.Login, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Registries = append(slices.Clone(m.account.Registries), l.Host)
	return nil
}

// RemoveLogin deletes a login.
func (m *Backend) RemoveLogin(_ context.Context, host string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Registries = slices.DeleteFunc(slices.Clone(m.account.Registries), func(h string) bool { return h == host })
	return nil
}

// History returns what was ordered.
func (m *Backend) History(_ context.Context, limit int) ([]model.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.events[max(len(m.events)-limit, 0):]), nil
}

// Tenures returns those of the instances that hold GPUs now.
func (m *Backend) Tenures(_ context.Context, _ time.Time) ([]model.Tenure, error) {
	var out []model.Tenure
	for _, i := range m.Fleet().Instances {
		for _, g := range i.GPUs {
			out = append(out, model.Tenure{GPU: g, Instance: i.ID, Owner: i.Owner, Label: i.Label, From: i.StartedAt})
		}
	}
	return out, nil
}
