package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"

	"berth/model"
)

// patience is how long one try may take.
const patience = 15 * time.Second

// PostCommand is the program's own hidden command that posts standard input to a webhook.
const PostCommand = "post-news"

// Once sends one piece of news by a process with the owner's rights, and returns why that failed.
func Once(ctx context.Context, owner string, how model.Notify, n model.News) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	who, err := identity(owner)
	if err != nil {
		return err
	}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	command, input := []string{"/bin/sh", "-c", how.Command}, text
	if how.URL != "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		body, headers := how.Body(n)
		envelope, err := json.Marshal(Envelope{URL: how.URL, Headers: headers, Body: body})
		if err != nil {
			return err
		}
		command, input = []string{self, PostCommand}, envelope // not in its words: everybody sees those
	}
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Dir, c.Stdin = "/", bytes.NewReader(input)
	c.Env = append(who.environment(), "BERTH_NEWS="+string(n.Kind), "BERTH_INSTANCE="+n.Instance.String(), "BERTH_LABEL="+n.Label,
		"BERTH_TITLE="+n.Title(), "BERTH_TEXT="+n.Text)
	var said bounded
	c.Stdout, c.Stderr = &said, &said
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: who.credential()}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) } // whatever it started, too
	c.WaitDelay = time.Second
	if err := c.Run(); err != nil {
		return fmt.Errorf("%w: %s", errors.Join(err, ctx.Err()), strings.TrimSpace(said.String()))
	}
	return nil
}

// A person is a user of the machine whose rights a process gets.
type person struct {
	user     *user.User
	uid, gid uint32
	groups   []uint32
}

// identity finds a user. Only root can act for others.
func identity(name string) (person, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return person{}, fmt.Errorf("%s isn't a user of this machine: %w", name, err)
	}
	p := person{user: u}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	ids, err3 := u.GroupIds()
	if err := errors.Join(err1, err2, err3); err != nil {
		return person{}, fmt.Errorf("%s's groups can't be found: %w", name, err)
	}
	p.uid, p.gid = uint32(uid), uint32(gid)
	for _, id := range ids {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil {
			p.groups = append(p.groups, uint32(n))
		}
	}
	if me := os.Geteuid(); me != 0 && int64(me) != int64(p.uid) {
		return person{}, fmt.Errorf("the keeper doesn't run as root and can't act for %s: `sudo berth setup` makes a root service that can", name)
	}
	return p, nil
}

// credential is what its process runs as; nil where that is this process's own user.
func (p person) credential() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: p.uid, Gid: p.gid, Groups: p.groups}
}

func (p person) environment() []string {
	return []string{"HOME=" + p.user.HomeDir, "USER=" + p.user.Username, "LOGNAME=" + p.user.Username, "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"}
}

// bounded keeps the first bytes of what is written to it.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	const most = 2 << 10
	b.Buffer.Write(p[:min(len(p), max(most-b.Len(), 0))])
	return len(p), nil
}

var _ io.Writer = (*bounded)(nil)
