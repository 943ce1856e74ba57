package main

import (
	"strings"
	"testing"
)

// withUser makes a login user in an instance, as an image does, and puts the client's key into its home.
func (i *instance) withUser() {
	i.t.Helper()
	i.says(`printf 'root:x:0:0::/root:/bin/sh\nuser:x:1001:1001::/home/user:/bin/sh\nlocked:x:1002:1002::/home/user:/usr/sbin/nologin\n' >/etc/passwd &&
		printf 'root:x:0:\nuser:x:1001:\nvideo:x:44:user\n' >/etc/group &&
		mkdir -p /home/user/.ssh && chmod 755 /home /home/user && chmod 700 /home/user/.ssh &&
		printf '%s\n' '` + i.publicKey("key") + `' >/home/user/.ssh/authorized_keys && chown -R 1001:1001 /home/user`)
}

func TestAnAccountOfTheImagesLogsInWithItsOwnKeys(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	i.withUser()
	as := []string{"-l", "user"}
	for _, c := range []struct{ command, out string }{
		{"id -u; id -g; id -G", "1001\n1001\n1001 44\n"},
		{`pwd; echo "$HOME $USER $LOGNAME $FROM_IMAGE"`, "/home/user\n/home/user user user yes\n"},
		{"cat /.berth/start-*/guest.json 2>/dev/null; echo $?", "1\n"},
		{"touch mine; stat -c %u mine", "1001\n"},
	} {
		if out, code := i.sshWith(as, nil, c.command); out != c.out || code != 0 {
			t.Errorf("%s: %q (%d), want %q", c.command, out, code, c.out)
		}
	}
	terminal, code := i.sshWith(append([]string{"-tt"}, as...), nil, `stat -c %u "$SSH_TTY"; test -w "$SSH_TTY" && echo own`)
	if got := strings.Fields(terminal); code != 0 || len(got) != 2 || got[0] != "1001" || got[1] != "own" {
		t.Errorf("its terminal: %q (%d)", terminal, code)
	}
	i.agentOf(as)
	i.sftpOf()
	for _, words := range [][]string{{"-R", "80:127.0.0.1:1"}, {"-R", "/home/user/socket:127.0.0.1:1"}} {
		options := append([]string{"-o", "ExitOnForwardFailure=yes"}, append(words, as...)...)
		if out, code := i.sshWith(options, nil, "true"); code == 0 {
			t.Errorf("%v was done with root's rights: %q", words, out)
		}
	}
	if out, code := i.sshWith(append([]string{"-R", "18080:127.0.0.1:1", "-o", "ExitOnForwardFailure=yes"}, as...), nil, "true"); code != 0 {
		t.Errorf("a port above 1024: %q (%d)", out, code)
	}
}

// agentOf checks that agent forwarding works for the user who logged in.
func (i *instance) agentOf(as []string) {
	i.t.Helper()
	script := `eval "$(ssh-agent -s)" >/dev/null; ssh-add -q ` + i.dir + `/key; ssh ` + strings.Join(append(i.options(), as...), " ") +
		` -A ` + i.ip + ` 'stat -c %u "$SSH_AUTH_SOCK" && test -w "$SSH_AUTH_SOCK" && echo own'; ssh-agent -k >/dev/null`
	if out := must(i.t, "sh", "-c", script); out != "1001\nown" {
		i.t.Errorf("its agent's socket: %q", out)
	}
}

// sftpOf checks that sftp serves files with the user's rights.
func (i *instance) sftpOf() {
	i.t.Helper()
	words := append(i.options(), "-b", "-", "user@"+i.ip)
	out, err := do(i.t, strings.NewReader("pwd\nput "+i.dir+"/key.pub came\nls -ln came\n"), "sftp", words...)
	if err != nil || !strings.Contains(out, "/home/user") || !strings.Contains(out, "1001") {
		i.t.Errorf("sftp: %q (%v)", out, err)
	}
	if out, err := do(i.t, strings.NewReader("put "+i.dir+"/key.pub /root/planted\n"), "sftp", words...); err == nil {
		i.t.Errorf("sftp wrote into root's home: %q", out)
	}
}

// As in OpenSSH, a key file that somebody else may have written lets nobody in.
func TestAnAccountsKeysCountOnlyIfNobodyElseCanHaveWrittenThem(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	i.withUser()
	for _, c := range []struct{ name, user, breaks, mends string }{
		{"the file is the group's to write", "user", "chmod 664 /home/user/.ssh/authorized_keys", "chmod 600 /home/user/.ssh/authorized_keys"},
		{"the folder is everybody's to write", "user", "chmod 777 /home/user/.ssh", "chmod 700 /home/user/.ssh"},
		{"the home is everybody's to write", "user", "chmod 777 /home/user", "chmod 755 /home/user"},
		{"the file is another's", "user", "chown 1002 /home/user/.ssh/authorized_keys", "chown 1001 /home/user/.ssh/authorized_keys"},
		{"it is a pipe", "user", "cd /home/user/.ssh && mv authorized_keys k && mkfifo authorized_keys && chown 1001 authorized_keys", "cd /home/user/.ssh && rm authorized_keys && mv k authorized_keys"},
		{"it leads to another's file", "user", "cd /home/user/.ssh && mv authorized_keys /tmp/k && chown 1002 /tmp/k && ln -s /tmp/k authorized_keys", "cd /home/user/.ssh && rm authorized_keys && mv /tmp/k authorized_keys && chown 1001 authorized_keys"},
		{"its shell keeps it out", "locked", "true", "true"},
		{"nobody of that name", "nobody", "true", "true"},
	} {
		if out, code := i.sshWith([]string{"-l", "user"}, nil, "echo in"); code != 0 {
			t.Fatalf("before %s: %q (%d)", c.name, out, code)
		}
		i.says(c.breaks)
		if out, code := i.sshWith([]string{"-l", c.user}, nil, "echo in"); code != 255 {
			t.Errorf("%s, and it came in: %q (%d)", c.name, out, code)
		}
		i.says(c.mends)
	}
}
