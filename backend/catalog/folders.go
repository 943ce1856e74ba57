package catalog

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Where the machine's own state and configuration are. `berth setup` makes the first.
const (
	SharedState  = "/var/lib/berth"
	SystemConfig = "/etc/berth"
)

// Folders are where berth keeps things.
type Folders struct {
	State  string // the ledger and all else that the machine's berths share
	System string // configuration and templates for all users; empty: none
	User   string // configuration, templates and logins of this user; empty: none
	// Users is the machine's user database; nil: the system's own.
	Users func(name string) (*user.User, error)
	// Notices say what every screen should, such as that the state is this user's alone.
	Notices []string
}

// Find says where berth keeps things for this process. A home that is given is the state folder, whatever else
// there is. Without one it is SharedState if this user can write there, so that all users of the machine share
// one truth, or else a folder of the user's own, with a notice. The user's folders are those of the XDG base
// directory specification.
func Find(home string) (Folders, error) {
	return find(home, environment, SharedState)
}

// environment is os.Getenv, but knows a home for a service too, which systemd starts without HOME.
func environment(name string) string {
	value := os.Getenv(name)
	if name != "HOME" || value != "" {
		return value
	}
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.HomeDir
}

func find(home string, env func(string) string, shared string) (Folders, error) {
	f := Folders{System: SystemConfig, User: xdg(env, "XDG_CONFIG_HOME", ".config")}
	if home != "" {
		state, err := filepath.Abs(home)
		if err != nil {
			return f, fmt.Errorf("state folder %s: %w", home, err)
		}
		f.State = state
		return f, nil
	}
	err := writable(shared)
	if err == nil {
		f.State = shared
		return f, nil
	}
	f.State = xdg(env, "XDG_STATE_HOME", filepath.Join(".local", "state"))
	if f.State == "" {
		return f, errors.New("no state folder: set HOME, XDG_STATE_HOME or BERTH_HOME")
	}
	why := "`sudo berth setup` makes one for all users"
	if !errors.Is(err, os.ErrNotExist) {
		why = fmt.Sprintf("%s can't be written by this user (%v); its group may", shared, err)
	}
	f.Notices = []string{fmt.Sprintf("private ledger, unseen by others: %s", why)}
	return f, nil
}

// xdg is berth's folder in a base directory: the variable's, or the usual one in the home folder. A variable
// that isn't an absolute path counts as unset, as the specification says.
func xdg(env func(string) string, variable, usual string) string {
	if base := env(variable); filepath.IsAbs(base) {
		return filepath.Join(base, "berth")
	}
	if home := env("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, usual, "berth")
	}
	return ""
}

// writable says why files can't be made in a folder.
func writable(folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("not a folder")
	}
	return unix.Faccessat(unix.AT_FDCWD, folder, unix.R_OK|unix.W_OK|unix.X_OK, unix.AT_EACCESS)
}
