package catalog

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth/model"
)

func login(password string) string {
	return fmt.Sprintf("['ghcr.io']\nuser = 'u'\npassword = %q\n", password)
}

func TestRootFindsEachUsersOwnLogin(t *testing.T) {
	h := newTown(t)
	check(t, h.PutLogin(Login{Host: "ghcr.io", User: "u", Password: "root's"}))
	for name := range uids {
		h.put(name, loginFile, login(name+"'s"))
	}
	for name, c := range map[string]*Catalog{"root": h.Catalog, "maria": h.of("maria"), "jonas": h.of("jonas")} {
		if l, err := c.Login("ghcr.io"); err != nil || l.Password != name+"'s" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := h.of("maria").Login("quay.io")
	says(t, err, "quay.io", h.home("maria")+"/.config/berth/registries.toml")
	if !errors.Is(err, ErrNoLogin) {
		t.Errorf("it is no ErrNoLogin: %v", err)
	}
	if own, err := h.of("maria").For("root"); err != nil || own.as != nil {
		t.Errorf("back at root: %v, %+v", err, own)
	}
}

func TestAnothersLoginsAreReadWithTheirOwnRights(t *testing.T) {
	jonas := func(h *town) string { return h.put("jonas", loginFile, login("jonas's")) }
	for name, tt := range map[string]struct {
		lay  func(h *town, at string) error
		says string
	}{
		"a link to another's": {func(h *town, at string) error { return os.Symlink(jonas(h), at) }, "permission denied"},
		"a link to root's": {func(h *town, at string) error {
			write(h.t, filepath.Join(h.homes, "secret"), login("root's"))
			return os.Symlink(filepath.Join(h.homes, "secret"), at)
		}, "permission denied"},
		"a second name of another's": {func(h *town, at string) error { return os.Link(jonas(h), at) }, "permission denied"},
		"one that others may read":   {func(_ *town, at string) error { return os.WriteFile(at, []byte(login("x")), 0o644) }, "chmod 600"},
		"a pipe":                     {func(_ *town, at string) error { return syscall.Mkfifo(at, 0o600) }, "not a regular file"},
		"one of root's in their home": {func(_ *town, at string) error {
			return os.WriteFile(at, []byte(login("root's")), 0o600)
		}, "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newTown(t)
			at := h.put("maria", loginFile, "")
			check(t, os.Remove(at))
			check(t, tt.lay(h, at))
			if tt.says != "permission denied" {
				check(t, os.Lchown(at, uids["maria"], uids["maria"]))
			}
			l, err := h.of("maria").Login("ghcr.io")
			says(t, err, tt.says)
			if l.Password != "" {
				t.Errorf("maria was given %q", l.Password)
			}
		})
	}
	h := newTown(t)
	kept := h.put("maria", "../dotfiles/logins", login("maria's"))
	check(t, os.Symlink(kept, h.put("maria", "x", "")+"y"))
	check(t, os.Rename(filepath.Join(filepath.Dir(kept), "../berth/xy"), filepath.Join(h.home("maria"), ".config/berth", loginFile)))
	if l, err := h.of("maria").Login("ghcr.io"); err != nil || l.Password != "maria's" {
		t.Errorf("through a link of her own to a file of her own: %v", err)
	}
}

func mine(name string) model.Template {
	return model.Template{Order: model.Order{Name: name, Image: "ubuntu:24.04", Mode: model.ModeSSH, Share: 0.1, Disk: 10}}
}

func hasHers(t *testing.T, c *Catalog) bool {
	t.Helper()
	all, err := c.Templates()
	check(t, err)
	for _, x := range all {
		if x.Name == "hers" {
			return true
		}
	}
	return false
}

func TestATemplateThatRootSavesForSomebodyIsTheirs(t *testing.T) {
	h := newTown(t)
	check(t, h.of("maria").Save(mine("hers")))
	for path, mode := range map[string]os.FileMode{
		".config": 0o700, ".config/berth": 0o700, ".config/berth/templates": 0o700, ".config/berth/templates/hers.toml": 0o644,
	} {
		info, err := os.Lstat(filepath.Join(h.home("maria"), path))
		check(t, err)
		of := info.Sys().(*syscall.Stat_t)
		if int(of.Uid) != uids["maria"] || int(of.Gid) != uids["maria"] || info.Mode().Perm() != mode {
			t.Errorf("%s is %d:%d's with mode %o", path, of.Uid, of.Gid, info.Mode().Perm())
		}
	}
	own, err := Open(Folders{User: filepath.Join(h.home("maria"), ".config/berth")}) // as her own screen does
	check(t, err)
	for name, got := range map[string]bool{
		"hers": hasHers(t, h.of("maria")), "her screen's": hasHers(t, own),
		"not jonas's": !hasHers(t, h.of("jonas")), "not root's": !hasHers(t, h.Catalog), "not everybody's": !hasHers(t, h.of("maria").Public()),
	} {
		if !got {
			t.Errorf("the template isn't %s", name)
		}
	}
	if err := h.of("jonas").Delete("hers"); !errors.Is(err, ErrNoTemplate) {
		t.Errorf("jonas deletes it: %v", err)
	}
	check(t, h.of("maria").Delete("hers"))
	if hasHers(t, own) {
		t.Error("it is still there")
	}
}

func TestRootWritesNowhereThatTheUserCouldnt(t *testing.T) {
	for name, target := range map[string]string{"root's": "", "jonas's": "jonas"} {
		h := newTown(t)
		folder := filepath.Join(h.homes, target)
		check(t, os.Symlink(folder, filepath.Join(h.home("maria"), ".config")))
		if err := h.of("maria").Save(mine("hers")); !errors.Is(err, os.ErrPermission) {
			t.Errorf("by a link into %s folder: %v", name, err)
		}
		if _, err := os.Lstat(filepath.Join(folder, "berth")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("in %s folder: %v", name, err)
		}
	}
}

// Rights belong to a thread: a thread that got a user's rights must not be used for other work later.
func TestActingForOthersLeavesThisProcessItsOwnRights(t *testing.T) {
	h := newTown(t)
	folder := t.TempDir()
	var all sync.WaitGroup
	for n := range 40 {
		name := []string{"maria", "jonas"}[n%2]
		c := h.of(name)
		all.Go(func() {
			if err := c.Save(mine(fmt.Sprint("t", n))); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			path := filepath.Join(folder, fmt.Sprint(n))
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Error(err)
				return
			}
			if info, err := os.Stat(path); err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
				t.Errorf("a file of root's is %v (%v)", info, err)
			}
		})
	}
	all.Wait()
	for name := range uids {
		files, err := os.ReadDir(filepath.Join(h.home(name), ".config/berth/templates"))
		if err != nil || len(files) != 20 {
			t.Errorf("%s has %d files (%v)", name, len(files), err)
		}
	}
}

func TestSomebodyWhomTheDatabaseDoesntKnowIsOutOfReach(t *testing.T) {
	h := newTown(t)
	_, err := h.For("nobody-called-so")
	says(t, err, "nobody-called-so's files", "unknown user")
	if !errors.Is(err, ErrOutOfReach) {
		t.Errorf("it is no ErrOutOfReach: %v", err)
	}
	h.others.lookup = func(string) (*user.User, error) {
		return &user.User{Uid: "0x", Gid: "1", HomeDir: "home"}, nil
	}
	_, err = h.For("nobody-called-so")
	says(t, err, `uid "0x"`, `home "home"`)
}

// A home on a server that is gone blocks every reader for good. It may block one thread, but not one for each call.
func TestAHomeThatHangsHoldsOneThreadAndNobodyElse(t *testing.T) {
	h := newTown(t)
	h.others.timeout = 50 * time.Millisecond
	begun, release := make(chan struct{}, 10), make(chan struct{})
	hang := func() (int, error) {
		begun <- struct{}{}
		<-release
		return 0, nil
	}
	for range 3 {
		_, err := withRights(h.of("maria"), hang)
		says(t, err, "maria's home doesn't answer")
		if !errors.Is(err, ErrOutOfReach) {
			t.Errorf("it is no ErrOutOfReach: %v", err)
		}
	}
	if len(begun) != 1 {
		t.Errorf("%d threads hang", len(begun))
	}
	h.others.timeout = lookupTimeout
	check(t, h.of("jonas").Save(mine("his")))
	close(release)
	check(t, h.of("maria").Save(mine("hers")))
}

func TestWhoIsntRootReachesNobodyElse(t *testing.T) {
	const asNobody = "BERTH_TEST_AS_NOBODY"
	if os.Getenv(asNobody) != "" {
		c, err := Open(Folders{User: "/nowhere"})
		check(t, err)
		_, err = c.For("root")
		says(t, err, "berth runs as ", "can't reach root's files", "`sudo berth setup`")
		if !errors.Is(err, ErrOutOfReach) {
			t.Errorf("it is no ErrOutOfReach: %v", err)
		}
		me, err := user.Current()
		check(t, err)
		if own, err := c.For(me.Username); err != nil || own != c {
			t.Errorf("one's own catalog: %v", err)
		}
		return
	}
	h := newTown(t)
	self := filepath.Join(h.homes, "self")
	text, err := os.ReadFile("/proc/self/exe")
	check(t, err)
	check(t, os.WriteFile(self, text, 0o755))
	again := exec.CommandContext(t.Context(), self, "-test.run", "^"+t.Name()+"$", "-test.v")
	const nobody = 65534
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	again.Dir, again.Env = "/", append(os.Environ(), asNobody+"=1")
	if said, err := again.CombinedOutput(); err != nil || !strings.Contains(string(said), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, said)
	}
}
