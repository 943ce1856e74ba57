package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
)

// suggestions maps words of docker, kubectl, Slurm and similar tools to berth's commands. They are only suggested, not
// accepted: berth's command doesn't always do what the other tool's does.
var suggestions = map[string]string{
	"rm": "destroy", "delete": "destroy", "remove": "destroy", "down": "destroy", "kill": "stop", "pause": "stop", "scancel": "stop",
	"run": "launch", "create": "launch", "up": "launch", "apply": "launch -f", "pull": "launch", "new": "launch", "compose": "launch -f",
	"sbatch": "launch", "srun": "launch", "salloc": "launch", "expose": "launch -p", "explain": "launch --help",
	"inspect": "show", "describe": "show", "status": "show", "get": "ls", "instances": "ls", "container": "ls", "containers": "ls",
	"pods": "ls", "squeue": "ls", "restart": "reboot", "rename": "label", "tag": "label", "edit": "label", "update": "label",
	"unpause": "start", "resume": "start", "wait": "start --wait", "port": "ports", "port-forward": "ports", "attach": "ssh", "shell": "ssh",
	"login-shell": "ssh", "log": "logs", "tail": "logs -f", "stats": "top", "htop": "top", "nvtop": "top", "events": "history", "audit": "history",
	"image": "templates", "images": "templates", "template": "templates", "search": "templates", "info": "doctor", "system": "doctor",
	"login": "account registry login", "logout": "account registry logout", "secret": "account env", "secrets": "account env", "env": "account env",
	"nvidia-smi": "gpus", "sinfo": "gpus", "nodes": "gpus", "open": "connect", "url": "connect", "copy": "cp", "scp": "cp", "rsync": "cp",
	"export": "cp", "save": "templates save", "sacct": "usage",
}

// alike are words for the same in groups of commands, of which berth has one a group.
var alike = [][]string{
	{"rm", "remove", "delete", "del", "unset", "forget", "logout"},
	{"ls", "list", "get", "ps"},
	{"add", "set", "new", "create", "login", "put", "save", "import"},
	{"show", "describe", "inspect", "cat", "export"},
}

// flagHabits say what does here what a flag does in docker or kubectl, by command and flag.
var flagHabits = map[string]map[string]string{
	"exec": {
		"u": "`berth exec ID -- su USER -c '…'` runs it as somebody else", "user": "`berth exec ID -- su USER -c '…'` runs it as somebody else",
		"w": "`berth exec ID -- sh -c 'cd FOLDER && …'` runs it in a folder", "workdir": "`berth exec ID -- sh -c 'cd FOLDER && …'` runs it in a folder",
		"e": "`berth exec ID -- env NAME=value …` gives it a variable", "env": "`berth exec ID -- env NAME=value …` gives it a variable",
		"d": "`berth exec ID -- sh -c '… >/tmp/out 2>&1 &'` leaves it behind", "detach": "`berth exec ID -- sh -c '… >/tmp/out 2>&1 &'` leaves it behind",
		"c": "an instance is one container", "container": "an instance is one container",
	},
	"launch": {
		"d": "an instance runs on by itself; --wait waits until it answers", "detach": "an instance runs on by itself; --wait waits until it answers",
		"i": "`berth launch … --wait && berth exec -it ID sh` gets in", "interactive": "`berth launch … --wait && berth exec -it ID sh` gets in",
		"name": "--label names it", "rm": "it stays until `berth destroy`, and keeps its files when it is stopped",
		"restart": "what ran is started again by itself after a reboot or an engine's restart",
		"m":       "memory comes with the GPUs, or with --share", "memory": "memory comes with the GPUs, or with --share",
		"cpus": "cores come with the GPUs, or with --share", "cpu-shares": "cores come with the GPUs, or with --share", "shm-size": "/dev/shm comes with the GPUs, or with --share",
		"privileged": "no instance is privileged", "cap-add": "no instance gets capabilities", "device": "--gpus gives it GPUs",
		"network": "instances have a network of their own; -p opens ports", "net": "instances have a network of their own; -p opens ports",
		"u": "the image's own user runs it", "user": "the image's own user runs it", "w": "the image's own folder is where it begins",
		"workdir": "the image's own folder is where it begins", "runtime": "--gpus gives it GPUs", "pull": "`berth recycle` fetches the image anew",
		"P": "what the image EXPOSEs is opened by itself", "publish-all": "what the image EXPOSEs is opened by itself",
	},
	"stop": {"t": "it ends with SIGTERM, and ten seconds later with SIGKILL", "time": "it ends with SIGTERM, and ten seconds later with SIGKILL"},
	"ls": {
		"l": "-o wide shows more", "format": "-o json, or -o template=TEXT", "no-trunc": "into a pipe nothing is cut: `berth ls | cat`",
		"n": "`berth ls | head` shows the first", "A": "all that you may see are shown",
	},
	"show": {"o": "--json prints all of it", "output": "--json prints all of it", "f": "--json prints all of it", "format": "--json prints all of it"},
	"logs": {"since": "-t shows each line's time, --tail the last ones", "until": "-t shows each line's time", "details": "`berth show ID` has them", "p": "a log begins anew with `berth recycle` alone", "previous": "a log begins anew with `berth recycle` alone"},
}

// wordHabits say what does here what a command with a further word does elsewhere.
var wordHabits = map[string]string{
	"top":  "`berth exec ID ps` lists what runs in one, `berth show ID` says what it takes",
	"ls":   "`berth show ID` shows one, `berth ls --filter WORD` some",
	"gpus": "`berth gpus --filter WORD` shows some",
}

// suggest returns a suggestion for a wrong word, or "" if there is none.
func suggest(c *cobra.Command, word string) string {
	if same := suggestions[word]; same != "" && !c.HasParent() {
		return fmt.Sprintf("here it is `%s %s`", c.CommandPath(), same)
	}
	if near := c.SuggestionsFor(word); len(near) > 0 {
		return "did you mean " + orList(near) + "?"
	}
	for _, words := range alike {
		for _, below := range c.Commands() {
			if slices.Contains(words, word) && slices.Contains(words, below.Name()) {
				return fmt.Sprintf("here it is `%s`", below.CommandPath())
			}
		}
	}
	return ""
}
