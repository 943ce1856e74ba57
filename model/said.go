package model

import (
	"regexp"
	"strings"
)

// Said returns an error as text for people. If it is an error of the kernel about a file, the meaning and what to do
// are put before it. Errors of the engine and of SQLite have that already when they leave their packages. All
// interfaces show errors through this function.
func Said(err error) string {
	if err == nil {
		return ""
	}
	if strings.Contains(err.Error(), EngineSays) {
		return err.Error()
	}
	m := kernelSays.FindStringSubmatch(err.Error())
	if m == nil {
		return err.Error()
	}
	return Explained(AreaFile, err, Subject{Path: m[2], Verb: plainVerbs[m[1]]}).Error()
}

// plainVerbs are the kernel's that have a plainer word.
var plainVerbs = map[string]string{
	"open": "open", "openat": "open", "read": "read", "write": "write", "writing": "write", "mkdir": "make", "mkdirat": "make", "stat": "look at",
	"lstat": "look at", "remove": "remove", "unlink": "remove", "unlinkat": "remove", "rename": "move", "chmod": "change", "chown": "change",
	"bind": "listen at", "exec": "run",
}

// EngineSays is the prefix of the engine's own message in an error.
const EngineSays = "the engine says: "

// kernelSays finds the file in an error whose last words are the kernel's. Before the file may stand what was done to
// it.
var kernelSays = regexp.MustCompile(`(?:^|: |\n)(?:([a-z]+) )?([^:\n]+): (?:` + strings.Join([]string{
	"no space left on device", "disk quota exceeded", "read-only file system", "permission denied", "operation not permitted",
	"no such file or directory", "not a directory", "is a directory", "file exists", "directory not empty", "input/output error",
	"stale (?:NFS )?file handle", "too many open files", "file name too long", "too many levels of symbolic links",
}, "|") + `)$`)
