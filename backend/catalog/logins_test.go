package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestLoginsAreKeptByHost(t *testing.T) {
	c := open(t, nil)
	hub := Login{Host: "docker.io", User: "maria", Password: "p'\"ä"}
	for _, l := range []Login{
		hub, {Host: "https://GHCR.io/", User: "old", Password: "old"}, {Host: "ghcr.io", User: "new", Password: "new"},
		{Host: "registry.lab:5000", User: "u", Password: "p"},
	} {
		if err := c.PutLogin(l); err != nil {
			t.Fatal(err)
		}
	}
	hosts, err := c.Registries()
	if err != nil || !reflect.DeepEqual(hosts, []string{"docker.io", "ghcr.io", "registry.lab:5000"}) {
		t.Errorf("%v, %v", err, hosts)
	}
	if l, err := c.Login("docker.io"); err != nil || l != hub {
		t.Errorf("%v, %s", err, l)
	}
	if l, err := c.Login("ghcr.io"); err != nil || l.Password != "new" {
		t.Errorf("%v, %s", err, l)
	}
	if err := c.RemoveLogin("ghcr.io"); err != nil {
		t.Fatal(err)
	}
	_, err = c.Login("ghcr.io")
	for name, err := range map[string]error{"read": err, "removed": c.RemoveLogin("ghcr.io")} {
		if !errors.Is(err, ErrNoLogin) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoginsAreForTheirOwnerAlone(t *testing.T) {
	c := open(t, nil)
	if err := c.PutLogin(Login{Host: "ghcr.io", User: "u", Password: "p"}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.folders.User, "registries.toml")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", err, info.Mode())
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = c.Login("ghcr.io")
	says(t, err, "others may read "+path, "chmod 600")
}

func TestALoginThatIsNoneIsRefused(t *testing.T) {
	c := open(t, nil)
	for _, l := range []Login{
		{User: "u", Password: "p"}, {Host: "ghcr.io/me/image", User: "u", Password: "p"},
		{Host: "ghcr.io", Password: "p"}, {Host: "ghcr.io", User: "u"},
	} {
		if err := c.PutLogin(l); err == nil {
			t.Errorf("%s was accepted", l)
		}
	}
}

func TestAPasswordIsNeverPrinted(t *testing.T) {
	const secret = "hunter2"
	l := Login{Host: "ghcr.io", User: "maria", Password: secret}
	asJSON, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "login", l)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "login", l)
	for _, text := range []string{
		fmt.Sprint(l), fmt.Sprintf("%v %+v %#v %s", l, l, l, l), fmt.Sprintf("%+v", []Login{l}),
		fmt.Sprintf("%+v", &l), string(asJSON), logged.String(),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("printed: %s", text)
		}
	}
}

func TestAMistakeAmongLoginsNamesNoPassword(t *testing.T) {
	c := open(t, nil)
	path := filepath.Join(c.folders.User, "registries.toml")
	write(t, path, "['ghcr.io']\nuser = 'u'\npasswort = 'hunter2'\n")
	_, err := c.Login("ghcr.io")
	says(t, err, path+`:3: "ghcr.io".passwort: no such key: did you mean password?`)
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("printed: %v", err)
	}
}
