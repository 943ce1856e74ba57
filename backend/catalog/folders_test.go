package catalog

import (
	"os"
	"os/user"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestFoldersAreFound(t *testing.T) {
	shared, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	for name, c := range map[string]struct {
		home   string
		shared string
		env    map[string]string
		want   Folders
		notice string
	}{
		"a home that is given is the state folder": {
			home: "/somewhere", shared: shared, env: map[string]string{"HOME": "/h"},
			want: Folders{State: "/somewhere", User: "/h/.config/berth"},
		},
		"the shared folder is everybody's": {
			shared: shared, env: map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s", "XDG_CONFIG_HOME": "/c"},
			want: Folders{State: shared, User: "/c/berth"},
		},
		"without one the state is the user's, which is said": {
			shared: "/nowhere/berth", env: map[string]string{"HOME": "/h"},
			want: Folders{State: "/h/.local/state/berth", User: "/h/.config/berth"}, notice: "sudo berth setup",
		},
		"the user's is where XDG says": {
			shared: "/nowhere/berth", env: map[string]string{"XDG_STATE_HOME": "/s"},
			want: Folders{State: "/s/berth"}, notice: "private ledger, unseen by others: `sudo berth setup` makes one for all users",
		},
		"a relative XDG folder counts as unset": {
			shared: "/nowhere/berth", env: map[string]string{"HOME": "/h", "XDG_STATE_HOME": "s", "XDG_CONFIG_HOME": "c"},
			want: Folders{State: "/h/.local/state/berth", User: "/h/.config/berth"}, notice: "private",
		},
		"a shared folder that is a file is said": {
			shared: file, env: map[string]string{"HOME": "/h"},
			want: Folders{State: "/h/.local/state/berth", User: "/h/.config/berth"}, notice: "not a folder",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := find(c.home, func(name string) string { return c.env[name] }, c.shared)
			if err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(got.Notices, "\n"); (said == "") != (c.notice == "") || !strings.Contains(said, c.notice) {
				t.Errorf("notice %q", said)
			}
			got.Notices = nil
			c.want.Config, c.want.System = "/etc/berth/config.toml", "/etc/berth"
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestNowhereToKeepStateIsSaid(t *testing.T) {
	_, err := find("", func(string) string { return "" }, "/nowhere/berth")
	says(t, err, "BERTH_HOME")
}

func TestAGivenHomeIsMadeAbsolute(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	f, err := find("state", os.Getenv, "/nowhere")
	if err != nil || f.State != filepath.Join(here, "state") {
		t.Errorf("%v, %s", err, f.State)
	}
}

// systemd starts system services without HOME.
func TestAServiceWithoutHOMEFindsItsHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CONFIG_HOME", "")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	f, err := Find("/somewhere")
	if want := filepath.Join(me.HomeDir, ".config", "berth"); err != nil || f.User != want {
		t.Errorf("its folder is %q (%v), want %q", f.User, err, want)
	}
}
