package session

import (
	"os"
	"path/filepath"
	"strings"
)

// A Request is what a client asks a session to run.
type Request struct {
	Command string // the command's text in "ssh host command"
	Exec    bool   // there is a command; otherwise it is a login
	PTY     bool
}

// A Command is a program and its arguments; the first argument is the name it is called by.
type Command struct {
	Path string
	Args []string
}

// TmuxName is the name of the tmux session that all logins share.
const TmuxName = "ssh_tmux"

// A Choice is what a session runs. Fallback runs instead if First fails at once, as tmux does on terminals that it
// doesn't know.
type Choice struct {
	First    Command
	Fallback Command // Path is empty if there is no second command
}

// Choose decides what a session runs. A login on a terminal gets tmux, if tmux is installed and the file
// ~/.no_auto_tmux doesn't exist. A session without a terminal never gets tmux: scp, rsync and editors speak their own
// protocols there.
func Choose(who Account, ask Request, environ []string) Choice {
	path := Lookup(environ, "PATH")
	shell := who.shell(path)
	if ask.Exec {
		return Choice{First: Command{shell.Path, shell.Command(ask.Command)}}
	}
	login := Command{shell.Path, shell.Login()}
	tmux := Find("tmux", path)
	if !ask.PTY || tmux == "" || tmuxDeclined(who) {
		return Choice{First: login}
	}
	return Choice{First: Command{tmux, []string{"tmux", "-u", "new-session", "-A", "-s", TmuxName}}, Fallback: login}
}

func tmuxDeclined(who Account) bool {
	_, err := os.Lstat(filepath.Join(who.Home, ".no_auto_tmux"))
	return err == nil
}

// NeedsOwnSCP reports whether a command is the remote end of "scp -O" and the image has no scp.
func NeedsOwnSCP(command string, environ []string) bool {
	return strings.HasPrefix(command, "scp ") && Find("scp", Lookup(environ, "PATH")) == ""
}
