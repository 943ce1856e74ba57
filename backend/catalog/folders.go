package catalog

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"

	"golang.org/x/sys/unix"

	"berth/backend/config"
)

// The folders of the machine's own state and templates. `berth setup` makes the first.
const (
	SharedState  = "/var/lib/berth"
	SystemConfig = "/etc/berth"
)

// Folders are the folders that berth uses.
type Folders struct {
	State  string // the ledger and everything else that the machine's berths share
	Config string // the machine's own configuration file; empty: none
	System string // templates for all users; empty: none
	User   string // configuration, templates and logins of this user; empty: none
	// Users looks up a user of the machine; nil: in the system's user database.
	Users func(name string) (*user.User, error)
	// Notices are messages that every screen should show, such as that the state is private to this user.
	Notices []string
}

// Find returns the folders for this process. If home is given, it is the state folder. Otherwise the state folder is
// SharedState if this user can write there, so that all users of the machine share one ledger, else a folder of the
// user's own, with a notice. The user's folders are those of the XDG Base Directory Specification.
func Find(home string) (Folders, error) {
	return find(home, environment, SharedState)
}

// environment is os.Getenv, except that HOME is never missing: systemd starts a service without it.
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
	f := Folders{Config: config.MachinePath, System: SystemConfig, User: xdg(env, "XDG_CONFIG_HOME", ".config")}
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

// xdg returns berth's folder in a base directory: the one that the variable names, else the usual one in the home
// folder. As the specification says, a variable that isn't an absolute path counts as unset.
func xdg(env func(string) string, variable, usual string) string {
	if base := env(variable); filepath.IsAbs(base) {
		return filepath.Join(base, "berth")
	}
	if home := env("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, usual, "berth")
	}
	return ""
}

// writable returns why files can't be made in a folder, or nil.
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
