package backend

import (
	"context"
	"slices"
)

// asUser is the key of a context's user.
type asUser struct{}

// As returns a context whose orders are another user's of this machine: what is launched in it is theirs, and so
// are the account and the history's actor. It is for who acts for several, such as the API.
func (m *Machine) As(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, asUser{}, owner)
}

// user is whose orders a context's are.
func (m *Machine) user(ctx context.Context) string {
	if owner, ok := ctx.Value(asUser{}).(string); ok && owner != "" {
		return owner
	}
	return m.owner
}

// said is what every screen should say.
func (m *Machine) said() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.apiDown == "" {
		return m.notices
	}
	return append(slices.Clone(m.notices), m.apiDown)
}
