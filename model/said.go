package model

import (
	"slices"
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
	verb, path, found := kernelSays(err.Error())
	if !found {
		return err.Error()
	}
	return Explained(areaOf(path), err, Subject{Path: path, Verb: orElse(plainVerbs[verb], verb)}).Error()
}

// areaOf says what kind of thing a path is. The kernel has the same words for a terminal that is gone and for a disk that
// is broken.
func areaOf(path string) Area {
	if path == "/dev/tty" || path == "/dev/console" || path == "/dev/ptmx" || strings.HasPrefix(path, "/dev/pts/") ||
		strings.HasPrefix(path, "/dev/std") || strings.HasPrefix(path, "/dev/ttyS") {
		return AreaTerminal
	}
	return AreaFile
}

// plainVerbs are the kernel's that have a plainer word.
var plainVerbs = map[string]string{
	"open": "open", "openat": "open", "read": "read", "write": "write", "writing": "write", "mkdir": "make", "mkdirat": "make", "stat": "look at",
	"lstat": "look at", "remove": "remove", "unlink": "remove", "unlinkat": "remove", "rename": "move", "chmod": "change", "chown": "change",
	"bind": "listen at", "exec": "run", "fork/exec": "run", "dial": "reach", "listen": "listen at", "ioctl": "use", "fchmodat": "change", "fchownat": "change",
	"link": "link", "symlink": "link", "truncate": "write", "chdir": "enter", "opendir": "open", "readdirent": "read", "statfs": "look at",
}

// EngineSays is the prefix of the engine's own message in an error.
const EngineSays = "the engine says: "

// kernelWords are the kernel's last words about a file or a terminal.
var kernelWords = []string{
	"no space left on device", "disk quota exceeded", "read-only file system", "permission denied", "operation not permitted",
	"no such file or directory", "not a directory", "is a directory", "file exists", "directory not empty", "input/output error",
	"stale file handle", "stale NFS file handle", "too many open files", "file name too long", "too many levels of symbolic links",
	"structure needs cleaning", "bad message", "remote I/O error", "transport endpoint is not connected", "host is down",
	"key has expired", "required key not available", "device or resource busy", "text file busy", "exec format error",
	"resource temporarily unavailable", "cannot allocate memory", "file too large", "invalid cross-device link", "connection refused",
	"no such device or address", "inappropriate ioctl for device", "bad file descriptor", "broken pipe",
}

// systemCalls are the names that stand between the kernel's words and the file: "write FILE: copy_file_range: WORDS".
var systemCalls = []string{
	"accept", "bind", "connect", "copy_file_range", "ioctl", "listen", "read", "sendfile", "sendmsg", "setsockopt", "splice", "write",
}

// socketVerbs are those after which a socket's network stands before its address.
var socketVerbs = []string{"dial", "listen", "accept", "read", "write"}

// kernelSays finds the file in an error whose last words are the kernel's: "WHERE: VERB FILE: WORDS", or of a socket
// "WHERE: VERB unix FILE: CALL: WORDS". Before the file may stand what was done to it. It isn't a regular expression,
// which would take a third of a millisecond at each command's beginning.
func kernelSays(text string) (verb, path string, found bool) {
	for _, words := range kernelWords {
		before, ends := strings.CutSuffix(text, ": "+words)
		if !ends {
			continue
		}
		subject, rest, ok := lastPart(before)
		if slices.Contains(systemCalls, subject) {
			called := rest[strings.LastIndexByte(rest, '\n')+1:]
			if at := strings.LastIndex(called, ": "); at >= 0 {
				called = called[at+len(": "):]
			}
			if strings.Contains(called, " ") {
				subject = called
			}
		}
		if !ok {
			return "", "", false
		}
		if first, more, two := strings.Cut(subject, " "); two && more != "" && isVerb(first) {
			verb, subject = first, more
		}
		if network, address, is := strings.Cut(subject, " "); is && slices.Contains(socketVerbs, verb) {
			switch network {
			case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
				return "", "", false // no file
			case "unix", "unixgram", "unixpacket":
				subject = address[strings.LastIndex(address, ">")+1:] // of FROM->TO
			}
		}
		return verb, subject, subject != ""
	}
	return "", "", false
}

// lastPart returns what stands after the last colon and blank, and what stands before. A colon without a blank, as in a
// relative path, says nothing.
func lastPart(text string) (part, before string, ok bool) {
	end := strings.LastIndexAny(text, ":\n")
	if end < 0 {
		return text, "", true
	}
	part, before = text[end+1:], text[:end]
	if text[end] == '\n' {
		return part, before, true
	}
	part, blank := strings.CutPrefix(part, " ")
	return part, before, blank
}

// isVerb reports whether a text has small letters alone, and one at least, with strokes between.
func isVerb(text string) bool {
	return text != "" && text[0] != '/' && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz/") == ""
}
