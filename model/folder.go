package model

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// A Folder is a folder of the machine that its owner allows to be mounted into instances. No other path of the machine
// is ever mounted.
type Folder struct {
	Name    string     `toml:"name" json:"name"`
	Path    string     `toml:"path" json:"path"`               // on the machine; {user} stands for the instance's owner
	At      string     `toml:"at" json:"at,omitempty"`         // path in the instance; empty: the same as on the machine
	Mode    FolderMode `toml:"mode" json:"mode,omitempty"`     // empty: read-only
	Users   []string   `toml:"users" json:"users,omitempty"`   // who may mount it; without users and groups: everybody
	Groups  []string   `toml:"groups" json:"groups,omitempty"` // groups of the machine, as in users
	Default bool       `toml:"default" json:"default,omitempty"`
	Note    string     `toml:"note" json:"note,omitempty"` // what the folder contains, shown to people
}

// A FolderMode says what an instance may do with the files of a folder.
type FolderMode string

// The modes of a folder.
const (
	FolderReadOnly  FolderMode = "ro"
	FolderReadWrite FolderMode = "rw"
)

// NoFolder is the word on the command line for no folder at all.
const NoFolder = "none"

// anyUser stands in a folder's paths for the name of an instance's owner.
const anyUser = "{user}"

// folderChecks has a check for each key of a folder. It returns what is wrong with the key's value, or "".
var folderChecks = []struct {
	key   string
	check func(Folder) string
}{
	{"name", func(f Folder) string {
		if f.Name == NoFolder {
			return "want another name: " + NoFolder + " on the command line means no folder"
		}
		if !folderName().MatchString(f.Name) {
			return "want a name of 1 to 32 letters, digits, dots, dashes and underscores, such as datasets"
		}
		return ""
	}},
	{"path", func(f Folder) string { return wrongSource(f.Path) }},
	{"at", func(f Folder) string {
		if f.At == "" && wrongSource(f.Path) != "" {
			return "" // the check of path reports the fault
		}
		return wrongTarget(f.Target())
	}},
	{"mode", func(f Folder) string {
		if f.Mode != "" && f.Mode != FolderReadOnly && f.Mode != FolderReadWrite {
			return `want "ro" or "rw"`
		}
		return ""
	}},
	{"users", func(f Folder) string { return wrongNames(f.Users) }},
	{"groups", func(f Folder) string { return wrongNames(f.Groups) }},
	{"note", func(f Folder) string { return wrongLine(f.Note, MaxLabel) }},
}

var folderName = Pattern(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)

func wrongNames(names []string) string {
	for _, name := range names {
		if name == "" || wrongLine(name, MaxName) != "" {
			return "want names of users or groups of this machine"
		}
	}
	return ""
}

// wrongPath returns why a path isn't valid, or "". The path may have {user} in it.
func wrongPath(p string) string {
	switch {
	case !strings.HasPrefix(p, "/"):
		return "want a path that begins with /"
	case wrongText(p, "") != "":
		return wrongText(p, "")
	case path.Clean(p) != p:
		return "want it as " + path.Clean(p)
	case strings.ContainsAny(strings.ReplaceAll(p, anyUser, ""), "{}"):
		return "the only word in braces is {user}"
	}
	return ""
}

// within reports whether a path is this folder or below it.
func within(p, folder string) bool {
	return p == folder || strings.HasPrefix(p, strings.TrimSuffix(folder, "/")+"/")
}

// protectedFolders are the folders of the kernel, the engine and root. Whoever can write to them controls the machine.
var protectedFolders = []string{"/proc", "/sys", "/dev", "/run", "/var/run", "/boot", "/etc", "/root"}

func wrongSource(p string) string {
	if reason := wrongPath(p); reason != "" {
		return reason
	}
	if p == "/" || slices.ContainsFunc(protectedFolders, func(k string) bool { return within(p, k) }) {
		return "want a folder of data: " + p + " is the machine's own"
	}
	return ""
}

// systems are the paths where an image or berth keeps what an instance needs to run: systems are forbidden themselves,
// systemTrees also with everything below them.
var (
	systems     = []string{"/", "/bin", "/sbin", "/lib", "/lib64", "/usr", "/var", "/root", "/tmp"}
	systemTrees = []string{"/proc", "/sys", "/dev", "/etc", "/run", "/var/run", "/boot", "/.berth", "/.launch", "/root/.ssh"}
)

// wrongTarget returns why nothing may be mounted at a path of an instance, or "".
func wrongTarget(p string) string {
	if reason := wrongPath(p); reason != "" {
		return reason
	}
	if slices.Contains(systems, p) || slices.ContainsFunc(systemTrees, func(t string) bool { return within(p, t) }) {
		return "want another place: " + p + " in an instance is the image's own"
	}
	return ""
}

// Target returns the folder's path in an instance.
func (f Folder) Target() string {
	if f.At == "" {
		return f.Path
	}
	return f.At
}

// Shared is the part of the folder's path that is the same for every user.
func (f Folder) Shared() string {
	before, _, byUser := strings.Cut(f.Path, anyUser)
	if !byUser {
		return f.Path
	}
	return path.Dir(before + "x")
}

// OpenTo reports whether an account may mount the folder.
func (f Folder) OpenTo(a Account) bool {
	if len(f.Users) == 0 && len(f.Groups) == 0 || slices.Contains(f.Users, a.Owner) {
		return true
	}
	return slices.ContainsFunc(a.Groups, func(g string) bool { return slices.Contains(f.Groups, g) })
}

// A Mount is a folder that is mounted into an instance.
type Mount struct {
	Folder string     `json:"folder"` // the folder's name
	Path   string     `json:"path"`   // on the machine
	At     string     `json:"at"`     // in the instance
	Mode   FolderMode `json:"mode"`
}

// ReadOnly reports whether the instance can't write to the folder.
func (m Mount) ReadOnly() bool { return m.Mode != FolderReadWrite }

// String returns the mount as text, such as "datasets at /data, read-only".
func (m Mount) String() string {
	if m.ReadOnly() {
		return m.Folder + " at " + m.At + ", read-only"
	}
	return m.Folder + " at " + m.At + ", read-write"
}

// MountFor is the folder in an instance of an owner. An owner whose name is no name of a folder has none by it.
func (f Folder) MountFor(owner string) (Mount, string) {
	m := Mount{Folder: f.Name, Path: f.Path, At: f.Target(), Mode: f.Mode}
	if m.Mode == "" {
		m.Mode = FolderReadOnly
	}
	if strings.Contains(m.Path+m.At, anyUser) {
		if owner == "" || owner == "." || owner == ".." || strings.ContainsAny(owner, "/{}") || wrongText(owner, "") != "" {
			return m, "it is by user, and " + quote(owner) + " names no folder"
		}
		m.Path, m.At = strings.ReplaceAll(m.Path, anyUser, owner), strings.ReplaceAll(m.At, anyUser, owner)
	}
	return m, ""
}

// OpenFolders returns the folders that an account may mount.
func (p Policy) OpenFolders(a Account) []Folder {
	var open []Folder
	for _, f := range p.Folders {
		if f.OpenTo(a) {
			open = append(open, f)
		}
	}
	return open
}

// Mounts returns the mounts of the named folders for an account's instance, and what is wrong with the names.
func (p Policy) Mounts(names []string, a Account) ([]Mount, Faults) {
	var mounts []Mount
	var faults Faults
	wrong := func(name, format string, args ...any) {
		faults = append(faults, Fault{Field: "folders", Value: name, Reason: fmt.Sprintf(format, args...)})
	}
	open := p.OpenFolders(a)
	for n, name := range names {
		at := slices.IndexFunc(open, func(f Folder) bool { return f.Name == name })
		if slices.Contains(names[:n], name) {
			continue
		}
		if at < 0 {
			has := make([]string, len(open))
			for i, f := range open {
				has[i] = f.Name
			}
			wrong(name, "the machine's owner has opened no such folder to %s%s", a.Owner, listed("; there are ", has))
			continue
		}
		m, reason := open[at].MountFor(a.Owner)
		if reason != "" {
			wrong(name, "%s", reason)
			continue
		}
		if taken := slices.IndexFunc(mounts, func(other Mount) bool { return other.At == m.At }); taken >= 0 {
			wrong(name, "%s is at %s too; take one of them", mounts[taken].Folder, m.At)
			continue
		}
		mounts = append(mounts, m)
	}
	return mounts, faults
}

// FoldersOf returns the names of the folders for an account's order: those that the order names, or else those that the
// machine's owner gives to every instance.
func (p Policy) FoldersOf(o Order, a Account) []string {
	if o.Folders != nil {
		return o.Folders
	}
	var names []string
	for _, f := range p.OpenFolders(a) {
		if f.Default {
			names = append(names, f.Name)
		}
	}
	return names
}
