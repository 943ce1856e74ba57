// Package layout puts an instance's files in their places at each start: keys, label, certificate, on-start script,
// prompt, and the folders that every image should have. Begin reading at Layout.All.
//
// Most starts are not the first one: images have replaced these files by links, and people have edited them. So each
// file is written through its links, and only if it is missing or if what berth wants in it has changed since berth
// last wrote it. Then the new content replaces the file. In authorized_keys and in the shell's prompt file, the lines
// of others stay.
package layout

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"berth/backend/guest/files"
	"berth/model"
)

// The files that images know by name (environment.md §9).
const (
	Launch         = "/.launch"
	OnStart        = "/root/onstart.sh"
	AuthorizedKeys = "/root/.ssh/authorized_keys"
	Environment    = "/etc/environment"
	Banner         = "/etc/banner"
	Cert           = "/etc/instance.crt"
	CertKey        = "/etc/instance.key"
	apiKey         = "/root/.vast_api_key" //nolint:gosec // a path
	label          = "/root/.vast_containerlabel"
	bashrc         = "/root/.bashrc"
	profile        = "/root/.profile"
)

// An installation records what berth wrote, so that the next start can tell that from what others wrote.
type installation struct {
	Instance model.InstanceID  `json:"instance"`
	Files    map[string]string `json:"files"` // path to the SHA-256 of the content that berth wanted there
	Keys     []string          `json:"keys"`
}

// A Layout writes files into one container.
type Layout struct {
	disk  disk
	guest model.Guest
	done  installation
}

// New returns a layout for the file system at root, which is "/" except in tests. It reads what earlier starts
// recorded. The record of another instance, in a container made from a copy of its files, is ignored.
func New(root string, guest model.Guest) *Layout {
	s := &Layout{disk: disk{root}, guest: guest}
	text, err := s.disk.read(files.Installed)
	if err != nil || json.Unmarshal(text, &s.done) != nil || s.done.Instance != guest.Instance {
		s.done = installation{Instance: guest.Instance}
	}
	if s.done.Files == nil {
		s.done.Files = map[string]string{}
	}
	return s
}

// All puts everything in its place. It continues after an error, such as a read-only folder, since an instance without
// its banner is better than none. It returns the errors in words.
func (s *Layout) All(dataDirectory string) (faults []string) {
	try := func(what string, err error) {
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", what, err))
		}
	}
	for _, f := range []struct {
		path string
		mode fs.FileMode
	}{
		{"/root", 0o700}, {"/root/.ssh", 0o700}, {"/tmp", 0o777 | fs.ModeSticky}, {"/var/log", 0o755},
		{dataDirectory, 0o755},
	} {
		if filepath.IsAbs(f.path) {
			try(f.path, s.disk.folder(f.path, f.mode))
		}
	}
	for _, f := range s.wantedFiles() {
		try(f.path, s.place(f))
	}
	try("prompt", s.prompt())
	try(AuthorizedKeys, s.Keys(s.guest.Keys))
	return faults
}

// A wantedFile is one file that berth wants.
type wantedFile struct {
	path    string
	mode    fs.FileMode
	content string
	yields  bool // a file that already exists stays as it is
}

// wantedFiles lists the files of this start.
func (s *Layout) wantedFiles() []wantedFile {
	g := s.guest
	id := g.Instance.String()
	all := []wantedFile{
		{path: Launch, mode: 0o755, content: launch(g.Mode)},
		{path: label, mode: 0o644, content: id},
		{path: apiKey, mode: 0o600, content: g.APIKey},
		{path: Environment, mode: 0o644, yields: true},
		{path: Banner, mode: 0o644, yields: true, content: "This is instance " + id + ".\n"},
	}
	if g.Cert != "" {
		all = append(all, wantedFile{path: Cert, mode: 0o644, content: g.Cert}, wantedFile{path: CertKey, mode: 0o600, content: g.Key})
	}
	if g.OnStart != "" {
		all = append(all, wantedFile{path: OnStart, mode: 0o755, content: g.OnStart})
	}
	return all
}

// launch returns the text of /.launch. Images search it for the word "jupyter", so that word must be in it in jupyter
// mode and in no other.
func launch(mode model.Mode) string {
	return "#!/bin/sh\n# berth started this instance in " + string(mode) + " mode.\nexec " + files.Program + " \"$@\"\n"
}

// place writes one file if it is missing or if its wanted content has changed.
func (s *Layout) place(w wantedFile) error {
	sum := sha256.Sum256([]byte(w.content))
	hash := hex.EncodeToString(sum[:])
	there := s.disk.exists(w.path)
	if there && (s.done.Files[w.path] == hash || w.yields) {
		return nil
	}
	if err := s.disk.write(w.path, []byte(w.content), w.mode); err != nil {
		return err
	}
	s.done.Files[w.path] = hash
	return s.remember()
}

// Keys sets the account's keys in authorized_keys, at each start and while the instance runs.
func (s *Layout) Keys(now []string) error {
	text, err := s.disk.read(AuthorizedKeys)
	if err != nil {
		return err
	}
	merged := mergeKeys(string(text), s.done.Keys, now, s.guest.Secret)
	if merged != string(text) {
		if err := s.disk.write(AuthorizedKeys, []byte(merged), 0o600); err != nil {
			return err
		}
	}
	s.done.Keys = slices.Clone(now)
	return s.remember()
}

// KeysMD5 returns the MD5 of authorized_keys in hex, or "" if berth's secret isn't in the file.
func (s *Layout) KeysMD5() string {
	text, err := s.disk.read(AuthorizedKeys)
	if err != nil {
		return ""
	}
	return keysMD5(text, s.guest.Secret)
}

// prompt adds the instance's name to the prompt that a shell's startup file sets. In Bash, \h stops at the dot of C.12.
// In Alpine, /etc/profile sets a prompt with the host's name.
func (s *Layout) prompt() error {
	id := s.guest.Instance.String()
	switch {
	case slices.ContainsFunc([]string{"/bin/bash", "/usr/bin/bash"}, s.disk.exists):
		return s.promptIn(bashrc, `PS1=${PS1//\\h/`+id+`}`)
	case s.disk.exists("/etc/profile"):
		return s.promptIn(profile, `PS1='root@`+id+`:$PWD# '`)
	}
	return nil
}

// promptIn adds the lines that set the prompt to a shell's startup file. It adds them once: if somebody removes them,
// they stay away.
func (s *Layout) promptIn(file, command string) error {
	const mark = "# berth: the prompt names the instance"
	if s.done.Files[file] != "" {
		return nil
	}
	text, err := s.disk.read(file)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), mark) {
		if len(text) > 0 && !strings.HasSuffix(string(text), "\n") {
			text = append(text, '\n')
		}
		text = append(text, mark+"\n[ -z \"${PS1-}\" ] || "+command+"\n"...)
		if err := s.disk.write(file, text, 0o644); err != nil {
			return err
		}
	}
	s.done.Files[file] = mark
	return s.remember()
}

// remember saves the record of what was written, for the next start.
func (s *Layout) remember() error {
	text, err := json.Marshal(s.done)
	if err != nil {
		return err
	}
	return s.disk.write(files.Installed, text, 0o600)
}
