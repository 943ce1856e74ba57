package session

import (
	"os"
	"path/filepath"
	"strings"
)

// An Ask is what a client wants to be run.
type Ask struct {
	Command string // the text of "ssh host text"
	Exec    bool   // there is such a text; else a login
	PTY     bool
}

// A Command is a program with its arguments, the name it is called by first.
type Command struct {
	Path string
	Args []string
}

// TmuxName is the tmux session that logins share.
const TmuxName = "ssh_tmux"

// A Choice is what runs for an ask, and what runs instead if the first fails at once, as tmux does on
// terminals that it doesn't know.
type Choice struct {
	First     Command
	Otherwise Command // Path is empty where there is nothing else
}

// Choose decides what is run in a session of an account with these variables. A login on a terminal gets tmux, if tmux is
// installed and there is no file ~/.no_auto_tmux. A session without a terminal never gets it: scp, rsync
// and editors speak their own protocols there.
func Choose(who Account, ask Ask, environ []string) Choice {
	path := Lookup(environ, "PATH")
	shell := who.shell(path)
	if ask.Exec {
		return Choice{First: Command{shell.Path, shell.Command(ask.Command)}}
	}
	login := Command{shell.Path, shell.Login()}
	tmux := Find("tmux", path)
	if !ask.PTY || tmux == "" || declined(who) {
		return Choice{First: login}
	}
	return Choice{First: Command{tmux, []string{"tmux", "-u", "new-session", "-A", "-s", TmuxName}}, Otherwise: login}
}

func declined(who Account) bool {
	_, err := os.Lstat(filepath.Join(who.Home, ".no_auto_tmux"))
	return err == nil
}

// NeedsOwnSCP reports whether a command is the far end of "scp -O" in an image that has no scp.
func NeedsOwnSCP(command string, environ []string) bool {
	return strings.HasPrefix(command, "scp ") && Find("scp", Lookup(environ, "PATH")) == ""
}
