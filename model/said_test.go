package model

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"slices"
	"strings"
	"testing"
)

func TestTheKernelsWordsAreSaidWithWhatToDo(t *testing.T) {
	for words, want := range map[string]string{
		"configuration: open /etc/berth/config.toml: permission denied": "/etc/berth/config.toml: this user may not open it: see who may (namei -l /etc/berth/config.toml)",
		"mkdir /srv/x: read-only file system":                           "/srv/x: its file system can only be read: ",
		"/nope: no such file or directory":                              "/nope: there is no such file or folder: check the name",
		"C.7:/data to /mnt: write /mnt/a b: no space left on device":    "/mnt/a b: the disk that it lies on is full: make room",
		"open my file: is a directory":                                  "my file: something of another kind stands there: see what (ls -ld my file)",
		"read /dev/stdin: input/output error":                           "the terminal is gone, or another program has it: begin berth again",
		"the screen: read /dev/pts/3: input/output error":               "the terminal is gone, or another program has it: ",
		"open /dev/tty: no such device or address":                      "this process has no terminal that it may use: ",
		"write /dev/stdout: no space left on device":                    "the file that the output goes to takes no more: ",
		"write /dev/stdout: broken pipe":                                "whoever read the output has ended: ",
		"read /data/x: input/output error":                              "/data/x: the disk that it lies on answers with errors: ",
		"read /dev/sda: input/output error":                             "/dev/sda: the disk that it lies on answers with errors: ",
		"write /home/x: disk quota exceeded":                            "/home/x: this user's part of the disk that it lies on is used up",
		"open /home/x: key has expired":                                 "/home/x: this user's login to the file server ran out: ",
		"stat /mnt/x: transport endpoint is not connected":              "/mnt/x: what is mounted there doesn't answer any more: findmnt -T /mnt/x",
		"fork/exec /usr/bin/ssh: resource temporarily unavailable":      "/usr/bin/ssh: there is no room for one more process: ",
		"fork/exec /x/hook: exec format error":                          "/x/hook: it is no program for this machine: ",
		"fork/exec /x/hook: permission denied":                          "/x/hook: this user may not run it: ",
		"dial unix /x/api.sock: connect: connection refused":            "/x/api.sock: nobody listens there any more: ",
		"dial unix /x/api.sock: connect: permission denied":             "/x/api.sock: this user may not reach it: ",
		"write /mnt/a: copy_file_range: no space left on device":        "/mnt/a: the disk that it lies on is full: ",
	} {
		if said := Said(errors.New(words)); !strings.HasPrefix(said, want) || !strings.HasSuffix(said, " ("+words+")") {
			t.Errorf("%q is said as %q", words, said)
		}
	}
	for _, own := range []string{
		"C.7: no such instance", "image: want a name", "the engine says: exec: x: permission denied",
		"permission denied: unknown",
	} {
		if said := Said(errors.New(own)); said != own {
			t.Errorf("%q is said as %q", own, said)
		}
	}
	told := Explained(AreaLedger, errors.New("mkdir /x: permission denied"), Subject{Folder: "/x"})
	if said := Said(fmt.Errorf("opening: %w", told)); strings.Count(said, "see who may") != 1 {
		t.Errorf("it is said twice: %q", said)
	}
	if Said(nil) != "" {
		t.Error("no error says something")
	}
}

// The screen, the command line and the API must get an error's text through Said. Calling Error would show the kernel's
// text without its meaning.
func TestFacesSayErrorsThroughOneFunction(t *testing.T) {
	for _, s := range sources(t, parser.SkipObjectResolution) {
		face := below(s.pkg, "berth/ui") && !below(s.pkg, "berth/ui/uitest") || below(s.pkg, "berth/backend/api")
		if !face || strings.HasSuffix(s.name, "_test.go") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is {
				return true
			}
			called, is := call.Fun.(*ast.SelectorExpr)
			if is && (len(call.Args) == 0 && called.Sel.Name == "Error" || prints(called) && slices.ContainsFunc(call.Args, isError)) {
				t.Errorf("%s asks an error for its words itself, not through Said", s.name)
			}
			return true
		})
	}
}

// prints reports whether a function of fmt makes a text. Errorf makes an error, whose text isn't shown yet.
func prints(called *ast.SelectorExpr) bool {
	from, is := called.X.(*ast.Ident)
	return is && from.Name == "fmt" && called.Sel.Name != "Errorf"
}

// isError recognizes an error variable by its name.
func isError(n ast.Expr) bool {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name == "err"
	case *ast.SelectorExpr:
		return n.Sel.Name == "err"
	}
	return false
}

func TestTheFileInAnErrorIsFound(t *testing.T) {
	for text, want := range map[string]string{
		"open /a b: permission denied":                             "open,/a b,true",
		"ledger: /x: opening it: read /y: file exists":             "read,/y,true",
		"first\nmkdir /z: not a directory":                         "mkdir,/z,true",
		"/only: no space left on device":                           ",/only,true",
		"Open /x: is a directory":                                  ",Open /x,true",
		"open : is a directory":                                    ",open ,true",
		"a:b: is a directory":                                      ",,false",
		"read /x: stale NFS file handle":                           "read,/x,true",
		": permission denied":                                      ",,false",
		"permission denied":                                        ",,false",
		"open /x: permission denied, it says":                      ",,false",
		"dial unix /run/a.sock: connect: permission denied":        "dial,/run/a.sock,true",
		"read unix @->/run/a.sock: read: broken pipe":              "read,/run/a.sock,true",
		"listen tcp 0.0.0.0:80: bind: permission denied":           ",,false",
		"dial tcp [::1]:80: connect: connection refused":           ",,false",
		"write /mnt/a b: copy_file_range: no space left on device": "write,/mnt/a b,true",
		"fork/exec /usr/bin/ssh: no such file or directory":        "fork/exec,/usr/bin/ssh,true",
		"connect: permission denied":                               ",connect,true",
		"--file: write: is a directory":                            ",write,true",
	} {
		verb, path, found := kernelSays(text)
		if got := fmt.Sprintf("%s,%s,%v", verb, path, found); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
