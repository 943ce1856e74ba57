package files

// The names under which the guest's and the starter's programs run, each as a link.

// Shells are the names that run the shell.
var Shells = []string{"ash", "bash", "dash", "sh"}

// Applets are the names of the small commands, sorted.
var Applets = []string{
	"base64", "cat", "chmod", "clear", "cp", "date", "df", "du", "env", "find", "free", "grep", "gunzip",
	"gzcat", "gzip", "head", "hostname", "id", "kill", "ln", "ls", "mkdir", "mktemp", "mv", "nproc", "printenv",
	"ps", "rm", "shasum", "sleep", "sort", "tail", "tar", "tee", "top", "touch", "uname", "uptime", "wc",
	"which", "whoami", "xargs",
}

// Client are the names of the API's client. They are on an instance's PATH unless the image has a program of that name.
var Client = []string{"berth", "vastai"}
