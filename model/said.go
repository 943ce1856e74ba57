package model

import "strings"

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
	verb, path, found := kernelSays(err.Error())
	if !found {
		return err.Error()
	}
	return Explained(AreaFile, err, Subject{Path: path, Verb: plainVerbs[verb]}).Error()
}

// plainVerbs are the kernel's that have a plainer word.
var plainVerbs = map[string]string{
	"open": "open", "openat": "open", "read": "read", "write": "write", "writing": "write", "mkdir": "make", "mkdirat": "make", "stat": "look at",
	"lstat": "look at", "remove": "remove", "unlink": "remove", "unlinkat": "remove", "rename": "move", "chmod": "change", "chown": "change",
	"bind": "listen at", "exec": "run",
}

// EngineSays is the prefix of the engine's own message in an error.
const EngineSays = "the engine says: "

// kernelWords are the kernel's last words about a file.
var kernelWords = []string{
	"no space left on device", "disk quota exceeded", "read-only file system", "permission denied", "operation not permitted",
	"no such file or directory", "not a directory", "is a directory", "file exists", "directory not empty", "input/output error",
	"stale file handle", "stale NFS file handle", "too many open files", "file name too long", "too many levels of symbolic links",
}

// kernelSays finds the file in an error whose last words are the kernel's: "WHERE: VERB FILE: WORDS". Before the file may
// stand what was done to it. It isn't a regular expression, which would take a third of a millisecond at each command's
// beginning.
func kernelSays(text string) (verb, path string, found bool) {
	for _, words := range kernelWords {
		before, ends := strings.CutSuffix(text, ": "+words)
		if !ends {
			continue
		}
		if end := strings.LastIndexAny(before, ":\n"); end >= 0 {
			isColon := before[end] == ':'
			before = before[end+1:]
			if after, blank := strings.CutPrefix(before, " "); isColon && !blank {
				return "", "", false
			} else if isColon {
				before = after
			}
		}
		if first, rest, more := strings.Cut(before, " "); more && rest != "" && isLower(first) {
			return first, rest, true
		}
		return "", before, before != ""
	}
	return "", "", false
}

// isLower reports whether a text has small letters alone, and one at least.
func isLower(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz") == ""
}
