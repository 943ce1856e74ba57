package main

import (
	"archive/tar"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/model"
)

// alpineRootfs makes a root file system like Alpine's: musl as the only C library, BusyBox for every command, ash as
// the shell. One program is linked to musl dynamically, like all programs of Alpine's packages.
func alpineRootfs(t *testing.T) io.Reader {
	needs(t, "busybox", "musl-gcc")
	links := strings.Fields(must(t, "busybox", "--list-full"))
	if len(links) < 100 {
		t.Fatalf("BusyBox lists only %d commands", len(links))
	}
	loaders, err := filepath.Glob("/lib/ld-musl-*.so.1")
	if err != nil || len(loaders) != 1 {
		t.Fatalf("musl's loaders are %q: %v", loaders, err)
	}
	loader := strings.TrimPrefix(loaders[0], "/")
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	entries, bodies := map[string]tar.Header{}, map[string][]byte{
		"bin/busybox": readFile(t, busybox), loader: readFile(t, loaders[0]), "usr/bin/greet": muslProgram(t),
		"etc/passwd":            []byte("root:x:0:0:root:/root:/bin/ash\nbin:x:1:1:bin:/bin:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n"),
		"etc/group":             []byte("root:x:0:root\nnobody:x:65534:\n"),
		"etc/profile":           []byte("export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport PAGER=less\nexport PS1='\\h:\\w\\$ '\numask 022\nfor script in /etc/profile.d/*.sh ; do [ -r $script ] && . $script; done\n"),
		"etc/profile.d/site.sh": []byte("export SITE=ours\n"), "etc/alpine-release": []byte("3.20.0\n"),
	}
	for name := range bodies {
		entries[name] = tar.Header{Typeflag: tar.TypeReg, Mode: 0o755}
	}
	entries["lib/libc."+strings.TrimPrefix(filepath.Base(loader), "ld-")] = tar.Header{Typeflag: tar.TypeSymlink, Linkname: filepath.Base(loader), Mode: 0o777}
	for _, name := range links {
		if _, there := bodies[name]; !there {
			entries[name] = tar.Header{Typeflag: tar.TypeSymlink, Linkname: "/bin/busybox", Mode: 0o777}
		}
	}
	return archive(t, entries, bodies)
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// muslProgram builds a program that prints root's shell and its arguments and ends with code 3. It looks the shell up
// through musl.
func muslProgram(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	source, program := filepath.Join(dir, "greet.c"), filepath.Join(dir, "greet")
	text := `#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
int main(int n, char **words) {
	struct passwd *root = getpwuid(0);
	char *given = getenv("GIVEN");
	printf("%s %s %s\n", words[n - 1], root ? root->pw_shell : "nobody", given ? given : "unset");
	return 3;
}
`
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "musl-gcc", "-o", program, source)
	linked, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer linked.Close()
	if needed, err := linked.ImportedLibraries(); err != nil || !slices.Equal(needed, []string{"libc.so"}) {
		t.Fatalf("it is linked to %q: %v", needed, err)
	}
	return readFile(t, program)
}

func TestAnImageOfMuslAndAsh(t *testing.T) {
	i := launch(t, alpineKind, func(g *model.Guest) { g.OnStart = "greet on-start" }, "-e", "GIVEN=yes")
	for _, c := range []struct {
		name, command, out string
		code               int
	}{
		{"a program linked to musl runs over SSH", "greet ssh", "ssh /bin/ash unset\n", 3},
		{"a command's shell is the one /etc/passwd names", "echo $0 $SHELL", "ash /bin/ash\n", 0},
		{"the image has no other C library, and no Bash", "ls -d /lib64 /lib/*-linux-gnu /bin/bash 2>/dev/null | wc -l", "0\n", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if out, code := i.ssh(nil, c.command); out != c.out || code != c.code {
				t.Errorf("it said %q and ended with %d, want %q and %d", out, code, c.out, c.code)
			}
		})
	}
	t.Run("and from on-start, with the container's variables", func(t *testing.T) {
		got := i.onStartIs(model.ScriptFailed)
		if got.ExitCode != 3 || !slices.Equal(got.Last, []string{"on-start /bin/ash yes"}) {
			t.Errorf("the status is %+v", got)
		}
	})
	t.Run("a login is ash's, with /etc/profile and a prompt that names the instance", func(t *testing.T) {
		at := i.sit()
		at.sees(fmt.Sprintf("root@%s:/root# ", i.guest.Instance))
		at.types("echo shell:$0 site:$SITE pager:$PAGER\n")
		at.sees("shell:-ash site:ours pager:less")
	})
}
