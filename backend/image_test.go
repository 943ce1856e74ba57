package backend

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"berth/backend/catalog"
	"berth/backend/engine/enginetest"
	"berth/model"
)

// A keeper of root pulls with the login of the instance's owner. If it can't read that login, the error names the
// owner.
func TestAnImageIsPulledWithItsOwnersLogin(t *testing.T) {
	if os.Getuid() != 0 {
		enginetest.Skip(t, "other users' files are made by root: run the tests as root")
	}
	e := enginetest.Docker(t)
	closed := enginetest.NewRegistry(t, enginetest.RegistryOptions{User: "u", Password: "right"})
	open := enginetest.NewRegistry(t, enginetest.RegistryOptions{})
	b := newBench(t, t.TempDir(), e)
	homes, err := os.MkdirTemp("", "berth-test-homes-") // only root can enter the test's own folder
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(homes)) })
	check(t, os.Chmod(homes, 0o711))
	const jonas, ben = 21002, 21003
	keepLogin(t, filepath.Join(homes, "jonas"), jonas, closed.Host, "right")
	keepLogin(t, filepath.Join(homes, "ben"), ben, closed.Host, "wrong")
	c, err := catalog.Open(catalog.Folders{User: t.TempDir(), Users: func(name string) (*user.User, error) {
		uid, known := map[string]int{"jonas": jonas, "ben": ben}[name]
		if !known {
			return nil, user.UnknownUserError(name)
		}
		return &user.User{Uid: fmt.Sprint(uid), Gid: fmt.Sprint(uid), HomeDir: filepath.Join(homes, name)}, nil
	}})
	check(t, err)
	b.remake(func(p *Parts) { p.Catalog = c })
	b.run()

	for name, tt := range map[string]struct {
		owner string
		from  *enginetest.Registry
		says  []string // parts of the error; nil if the pull succeeds
	}{
		"the owner's login serves":               {"jonas", closed, nil},
		"it is the owner's, not another's":       {"ben", closed, []string{"nauthorized"}},
		"the keeper's own user has none":         {"maria", closed, []string{"the account has no login there"}},
		"out of reach, and the registry denies":  {"nina", closed, []string{"without nina's login for " + closed.Host, "user: unknown user nina"}},
		"out of reach, and the registry is open": {"nina", open, nil},
	} {
		ref := tt.from.Push(t, "some/image-"+enginetest.Unique(), 1, 100)
		o := service(1)
		o.Image, o.Registry = ref, tt.from.Host
		i, err := b.Launch(b.ActingFor(t.Context(), tt.owner), o)
		if err == nil {
			i = b.untilPhase(i.ID, model.PhaseFailed) // the image has no program, so the start fails
			err = errors.New(i.Message)
			check(t, b.Act(t.Context(), i.ID, model.ActionDestroy))
			b.untilGone(i.ID)
		}
		_, there := e.Image(t.Context(), ref)
		if there == nil {
			check(t, e.RemoveImage(t.Context(), ref))
		}
		if (there == nil) != (tt.says == nil) {
			t.Errorf("%s: the image is there: %v; %v", name, there == nil, err)
		}
		for _, words := range tt.says {
			if err != nil && !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %q isn't in: %v", name, words, err)
			}
		}
	}
}

// keepLogin creates a user's home folder with a registry login in it.
func keepLogin(t *testing.T, home string, uid int, host, password string) {
	t.Helper()
	folder := filepath.Join(home, ".config", "berth")
	check(t, os.MkdirAll(folder, 0o700))
	file := filepath.Join(folder, "registries.toml")
	check(t, os.WriteFile(file, fmt.Appendf(nil, "[%q]\nuser = 'u'\npassword = %q\n", host, password), 0o600))
	for p := file; p != filepath.Dir(home); p = filepath.Dir(p) {
		check(t, os.Chown(p, uid, uid))
	}
}
