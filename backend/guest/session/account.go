package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"berth/backend/guest/files"
)

// An Account is a user of the image who can log in.
type Account struct {
	Name     string
	UID, GID uint32
	Groups   []uint32 // the supplementary groups
	Home     string
	Shell    string // empty if /etc/passwd names none, or one such as nologin
}

// Root returns the account of root. Its user ID is 0 and its home is /root, whatever the image says.
func Root() Account {
	root := Account{Name: "root", Home: "/root"}
	if named, err := FindAccount("/", root.Name); err == nil {
		root.Shell = named.Shell
	}
	return root
}

// IsRoot reports whether the account's user ID is 0.
func (a Account) IsRoot() bool { return a.UID == 0 }

// FindAccount reads an account from /etc/passwd and /etc/group below a folder. An account without a shell may not log
// in.
func FindAccount(folder, name string) (Account, error) {
	passwd, err := os.ReadFile(filepath.Join(folder, "etc/passwd"))
	if err != nil {
		return Account{}, err
	}
	a, err := accountIn(string(passwd), name)
	if err != nil {
		return Account{}, err
	}
	groups, _ := os.ReadFile(filepath.Join(folder, "etc/group")) // absent in an empty image
	a.Groups = groupsIn(string(groups), name)
	return a, nil
}

// accountIn finds an account in the text of /etc/passwd.
func accountIn(passwd, name string) (Account, error) {
	const fields = 7
	for line := range strings.Lines(passwd) {
		cells := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(cells) != fields || cells[0] != name || name == "" {
			continue
		}
		uid, errUID := strconv.ParseUint(cells[2], 10, 32)
		gid, errGID := strconv.ParseUint(cells[3], 10, 32)
		if errUID != nil || errGID != nil {
			return Account{}, fmt.Errorf("uid %q, gid %q in /etc/passwd: want numbers", cells[2], cells[3])
		}
		a := Account{Name: name, UID: uint32(uid), GID: uint32(gid), Home: cells[5], Shell: strings.TrimSpace(cells[6])}
		if base := filepath.Base(a.Shell); base == "nologin" || base == "false" {
			a.Shell = ""
		}
		return a, nil
	}
	return Account{}, errors.New("there is no such account")
}

// groupsIn returns the groups that list an account in the text of /etc/group.
func groupsIn(text, name string) []uint32 {
	const fields = 4
	var groups []uint32
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(cells) != fields || !slices.Contains(strings.Split(cells[3], ","), name) {
			continue
		}
		if gid, err := strconv.ParseUint(cells[2], 10, 32); err == nil {
			groups = append(groups, uint32(gid))
		}
	}
	return groups
}

// shell returns the program that the account's sessions run: the account's shell if it is in the image, else Bash or a
// plain sh, else the launcher's own shell. If root's shell is a plain sh, Bash is preferred, since people expect it.
func (a Account) shell(path string) Program {
	plain := a.IsRoot() && filepath.Base(a.Shell) == "sh"
	if a.Shell != "" && !plain && executable(a.Shell) {
		return Program{Path: a.Shell}
	}
	for _, name := range []string{"bash", "sh", "ash"} {
		if found := Find(name, path); found != "" {
			return Program{Path: found}
		}
	}
	return Program{Path: files.Program, Own: true}
}
