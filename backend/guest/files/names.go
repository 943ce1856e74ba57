package files

// The names that the guest's and the starter's programs answer to, of which links are made.

// Shells are the names that mean the shell.
var Shells = []string{"ash", "bash", "dash", "sh"}

// Applets are the names of the small commands, sorted.
var Applets = []string{
	"base64", "cat", "chmod", "clear", "cp", "date", "df", "du", "env", "find", "free", "grep", "gunzip",
	"gzcat", "gzip", "head", "hostname", "id", "kill", "ln", "ls", "mkdir", "mktemp", "mv", "nproc", "printenv",
	"ps", "rm", "shasum", "sleep", "sort", "tail", "tar", "tee", "top", "touch", "uname", "uptime", "wc",
	"which", "whoami", "xargs",
}

// Client are the names of the API's client. They lie on the PATH of instances whose image has no program so called.
var Client = []string{"berth", "vastai"}
