package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
	"berth/model/wire"
)

// evil would set the clipboard and the title of a terminal that prints it.
const evil = "\x1b]52;c;ZXZpbA==\a\x1b]2;evil\a"

// A pane is a shell in a real tmux, which acts on control sequences as a terminal does.
type pane struct {
	t      *testing.T
	socket string
	env    []string
	typed  int // number of commands typed
}

func newPane(t *testing.T, env []string) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		enginetest.Skip(t, "a real terminal is tmux here: install that package")
	}
	p := &pane{t: t, socket: filepath.Join(t.TempDir(), "tmux"), env: env}
	p.tmux("-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "40", "sh")
	t.Cleanup(func() { p.tmux("kill-server") })
	p.tmux("set", "-s", "set-clipboard", "on")
	p.tmux("set", "-g", "allow-rename", "on")
	p.tmux("set-buffer", "mine")
	p.tmux("select-pane", "-T", "mine")
	return p
}

func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	c := exec.Command("tmux", append([]string{"-S", p.socket}, args...)...)
	c.Env = p.env
	out, err := c.CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %v: %v %s", args, err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// types types a command, waits until it has ended, and returns what is on the screen.
func (p *pane) types(command string) string {
	p.t.Helper()
	p.typed++ // the end mark of the previous command may still be on the screen
	p.tmux("send-keys", "-l", fmt.Sprintf("clear; %s; echo EN''DED %d.", command, p.typed))
	p.tmux("send-keys", "Enter")
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
		if shown := p.tmux("capture-pane", "-p"); strings.Contains("\n"+shown, fmt.Sprintf("\nENDED %d.", p.typed)) {
			return shown
		}
	}
	p.t.Fatalf("%s doesn't end:\n%s", command, p.tmux("capture-pane", "-p"))
	return ""
}

// has checks the clipboard and the title.
func (p *pane) has(when, clipboard, title string) {
	p.t.Helper()
	if got := p.tmux("show-buffer"); got != clipboard {
		p.t.Errorf("%s, the clipboard has %q, want %q", when, got, clipboard)
	}
	if got := p.tmux("display-message", "-p", "#{pane_title}"); got != title {
		p.t.Errorf("%s, the title is %q, want %q", when, got, title)
	}
}

// Output of an instance and of a registry that berth prints must not act on a real terminal.
func TestARealTerminalKeepsItsClipboardAndTitle(t *testing.T) {
	e := enginetest.Docker(t)
	home := t.TempDir()
	env := append(os.Environ(), "BERTH_HOME="+home, "BERTH_SIMULATE=h100x8", "XDG_CONFIG_HOME="+home, "HOME="+home,
		"DOCKER_HOST="+e.Host(), "PATH="+filepath.Dir(shipped(t))+":"+os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=xterm-256color")
	berth := func(args ...string) (string, error) {
		c := exec.Command("berth", args...)
		c.Path, c.Err = shipped(t), nil
		c.Env = env
		out, err := c.Output()
		return string(out), err
	}
	image := enginetest.Image(t, e)
	t.Cleanup(func() { // before the image is removed
		for _, i := range instances(t, berth) {
			_, _ = berth("destroy", "--yes", i.ID.String())
		}
		for range 300 {
			if len(instances(t, berth)) == 0 {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Error("not all is destroyed")
	})
	file := filepath.Join(home, "order.toml")
	must := func(_ string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must("", os.WriteFile(file, []byte("image = '"+image+"'\nmode = 'entrypoint'\nshare = 0.02\ndisk = 10\n"), 0o600))
	must(berth("launch", "--file", file, "--wait"))
	id := instances(t, berth)[0].ID.String()
	container, err := exec.Command("docker", "ps", "--quiet", "--filter", "label=berth.id="+strings.TrimPrefix(id, "C."), "--filter", "label=berth.home="+home).Output()
	must(string(container), err) // by label: another berth may use its name
	made, err := exec.Command("docker", "exec", strings.TrimSpace(string(container)), "/bin/busybox", "mkfifo", "/"+evil).CombinedOutput()
	must(string(made), err)

	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]string{"code": "DENIED", "message": "no " + evil}}})
	}))
	t.Cleanup(registry.Close)
	theirs := strings.TrimPrefix(registry.URL, "http://") + "/theirs:1"
	must("", os.WriteFile(filepath.Join(home, "theirs.toml"), []byte("image = '"+theirs+"'\nmode = 'ssh'\nshare = 0.02\ndisk = 10\n"), 0o600))

	p := newPane(t, env)
	p.has("before", "mine", "mine")
	if shown := p.types("berth cp " + id + ":/ " + filepath.Join(home, "out")); !strings.Contains(shown, "52;c;") {
		t.Errorf("the copy says nothing of the pipe:\n%s", shown)
	}
	p.has("after a copy of a pipe with a name", "mine", "mine")
	if shown := p.types("berth launch --file " + filepath.Join(home, "theirs.toml") + " --wait"); !strings.Contains(shown, "52;c;") {
		t.Errorf("the launch doesn't say the registry's words:\n%s", shown)
	}
	p.has("after a registry's refusal", "mine", "mine")
	for _, command := range []string{"berth ls", "berth show " + id, "berth history", "berth ls --json"} {
		p.types(command)
	}
	p.has("after all else that tells of it", "mine", "mine")
	p.types(`printf '\033]52;c;ZXZpbA==\007\033]2;evil\007'`)
	p.has("after the same printed as it is", "evil", "evil")
}

func instances(t *testing.T, berth func(...string) (string, error)) (list []wire.Instance) {
	t.Helper()
	out, err := berth("ls", "--json")
	if err == nil {
		err = json.Unmarshal([]byte(out), &list)
	}
	if err != nil {
		t.Errorf("ls: %v: %s", err, out)
	}
	return list
}
