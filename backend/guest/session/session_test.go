package session

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParseEnvironment(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       [][2]string
	}{
		{"as env prints", "A=b\nPATH=/bin:/x y\n", [][2]string{{"A", "b"}, {"PATH", "/bin:/x y"}}},
		{"as a shell would set it", "export A=\"b \\\"c\\\" \\$d\"\nB='e f'\n", [][2]string{{"A", `b "c" $d`}, {"B", "e f"}}},
		{"an equals sign in the value is part of it", "A=b=c\n", [][2]string{{"A", "b=c"}}},
		{"an empty value", "A=\n", [][2]string{{"A", ""}}},
		{"one quote is only a character", "A=\"b\nC=d'\n", [][2]string{{"A", `"b`}, {"C", "d'"}}},
		{"comments and the rest of a value with line ends mean nothing", "# X=1\nK=ssh-ed25519 AAAA\nssh-rsa BBBB= x\n", [][2]string{{"K", "ssh-ed25519 AAAA"}}},
		{"a hash in a value is part of it", "A=b#c # d\n", [][2]string{{"A", "b#c # d"}}},
		{"a last line without an end", "A=b", [][2]string{{"A", "b"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ParseEnvironment(c.text, nil); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Regression: lines of a key's text once set variables in every session, LD_PRELOAD among them.
func TestAValueOfSeveralLinesIsReadWhole(t *testing.T) {
	pem := "-----BEGIN KEY-----\nMIIC abc=\nLD_PRELOAD=/x.so\n-----END KEY-----"
	known := []string{"PEM=" + pem, "SSH_PUBLIC_KEY=ssh-ed25519 AAAA a\nssh-ed25519 BBBB b", "TAIL=end"}
	text := "BEFORE=1\n" + strings.Join(known, "\n") + "\nAFTER=2\n"
	want := [][2]string{
		{"BEFORE", "1"}, {"PEM", pem}, {"SSH_PUBLIC_KEY", "ssh-ed25519 AAAA a\nssh-ed25519 BBBB b"}, {"TAIL", "end"}, {"AFTER", "2"},
	}
	if got := ParseEnvironment(text, known); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	environ := Origin{Who: Root(), Label: "C.7", Known: known, Etc: text}.Environ()
	if got := Lookup(environ, "PEM"); got != pem || Lookup(environ, "LD_PRELOAD") != "" {
		t.Errorf("PEM is %q, LD_PRELOAD %q", got, Lookup(environ, "LD_PRELOAD"))
	}
	if Lookup(Origin{Who: Root(), Label: "C.7", Known: known}.Environ(), "PEM") != "" {
		t.Error("a session has a variable that /etc/environment doesn't")
	}
}

// A value lost its quotes, or the blanks at its end, on the way through "env >> /etc/environment".
func TestAKnownValueIsReadAsItIs(t *testing.T) {
	known := []string{`Q="quoted"`, "S='it'", "B=  two  ", "E=", "NL=a\n", "discovery.type=single-node"}
	want := [][2]string{{"Q", `"quoted"`}, {"S", "'it'"}, {"B", "  two  "}, {"E", ""}, {"NL", "a\n"}, {"discovery.type", "single-node"}, {"Q", "by hand"}}
	if got := ParseEnvironment(strings.Join(known, "\n")+"\nQ=\"by hand\"\n", known); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func FuzzParseEnvironmentReadsWhatEnvPrints(f *testing.F) {
	f.Add("NAME", "a value")
	f.Add("X", "#'\"$`\\")
	f.Fuzz(func(t *testing.T, name, value string) {
		quoted := len(value) > 1 && value[0] == value[len(value)-1] && strings.ContainsAny(value[:1], `'"`)
		if !isName(name) || quoted || strings.ContainsAny(value, "\n\r") || strings.TrimSpace(value) != value {
			return // env's output for these is ambiguous
		}
		want := [][2]string{{name, value}}
		if got := ParseEnvironment(name+"="+value+"\n", nil); !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestEnviron(t *testing.T) {
	o := Origin{
		Who: Root(), Label: "C.7", Image: []string{"PATH=/opt/conda/bin:/bin", "WHO=image", "HOME=/home/app", "PWD=/x"},
		Etc: "WHO=etc\nEXTRA='a b'\nSHLVL=3\n",
	}
	environ := o.Environ()
	for name, want := range map[string]string{
		"PATH": "/opt/conda/bin:/bin", "WHO": "etc", "EXTRA": "a b", "HOME": "/root", "USER": "root", "PWD": "", "SHLVL": "",
		"LANG": "C.UTF-8",
	} {
		if got := Lookup(environ, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if prompt := Lookup(environ, "PS1"); !strings.Contains(prompt, "root@C.7:") {
		t.Errorf("the prompt is %q", prompt)
	}
	o.Container = []string{"GIVEN=x", "WHO=container"}
	exported := o.Environ()
	if Lookup(exported, "GIVEN") != "x" || Lookup(exported, "WHO") != "etc" {
		t.Errorf("exported, GIVEN is %q and WHO %q, want x and etc", Lookup(exported, "GIVEN"), Lookup(exported, "WHO"))
	}
	names := map[string]bool{}
	for _, word := range exported {
		name, _, _ := strings.Cut(word, "=")
		if names[name] {
			t.Errorf("%s is there twice", name)
		}
		names[name] = true
	}
}

func TestOverlay(t *testing.T) {
	got := Overlay([]string{"A=1", "B=2"}, []string{"B=3", "C=4"})
	if want := []string{"A=1", "B=3", "C=4"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnAccountIsWhatTheImageSays(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"passwd": "daemon:x:1:1::/:/usr/sbin/nologin\nroot:x:0:0:root:/root:/bin/zsh\nuser:x:1001:1002:A User,,,:/home/user:/bin/bash\nodd:x:many:1::/:/bin/sh\nshort:x:1\nlock:x:2:2::/:/bin/false\n",
		"group":  "root:x:0:\nuser:x:1002:\nsudo:x:27:user,other\nvideo:x:44:other,user\nbad:x:many:user\n",
	} {
		check(t, errors.Join(os.MkdirAll(filepath.Join(dir, "etc"), 0o755), os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o644)))
	}
	for name, want := range map[string]Account{
		"root":   {Name: "root", Home: "/root", Shell: "/bin/zsh"},
		"user":   {Name: "user", UID: 1001, GID: 1002, Groups: []uint32{27, 44}, Home: "/home/user", Shell: "/bin/bash"},
		"daemon": {Name: "daemon", UID: 1, GID: 1, Home: "/"},
		"lock":   {Name: "lock", UID: 2, GID: 2, Home: "/"},
	} {
		if got, err := FindAccount(dir, name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v (%v), want %+v", name, got, err, want)
		}
	}
	for _, name := range []string{"odd", "short", "nobody", ""} {
		if got, err := FindAccount(dir, name); err == nil {
			t.Errorf("%q is %+v, want an error", name, got)
		}
	}
	if got, err := FindAccount(t.TempDir(), "root"); err == nil {
		t.Errorf("in an empty image root is %+v", got)
	}
}

func TestASessionIsItsAccounts(t *testing.T) {
	o := Origin{Who: Account{Name: "user", UID: 1001, GID: 1001, Home: "/home/user", Shell: "/bin/sh"}, Label: "C.7", Image: []string{"HOME=/root"}}
	environ := o.Environ()
	for name, want := range map[string]string{"HOME": "/home/user", "USER": "user", "LOGNAME": "user", "SHELL": "/bin/sh", "PS1": `user@C.7:$PWD$ `} {
		if got := Lookup(environ, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
