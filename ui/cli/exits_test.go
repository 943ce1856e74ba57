package cli_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"berth/ui/cli"
)

// A need is what a command can't run without.
type need int

const (
	nothing need = iota
	ledger       // without an engine there is a warning, but the ledger has answers
	engine
)

// A trial is the arguments to try a command with. MINE and KEY are replaced by existing files.
type trial struct {
	needs need
	args  []string
}

// trials has one trial for every command of the tree.
var trials = map[string]trial{
	"launch": {engine, []string{"--image", "ubuntu"}},
	"start":  {engine, []string{"C.1000"}}, "stop": {engine, []string{"C.1000"}}, "reboot": {engine, []string{"C.1000"}},
	"recycle": {engine, []string{"--yes", "C.1000"}}, "destroy": {engine, []string{"--yes", "C.1000"}},
	"logs": {engine, []string{"C.1000"}}, "exec": {engine, []string{"C.1000", "--", "true"}}, "cp": {engine, []string{"C.1000:/a", "b"}},
	"doctor": {engine, nil}, "snapshot": {engine, []string{"C.1000", "mine/image:1"}},

	"gpus list": {ledger, nil}, "gpus clear": {ledger, []string{"0"}}, "top": {ledger, nil}, "ls": {ledger, nil}, "show": {ledger, []string{"C.1000"}}, "ports": {ledger, []string{"C.1000"}},
	"connect": {ledger, []string{"C.1000"}}, "label": {ledger, []string{"C.1000", "x"}}, "usage": {ledger, nil}, "history": {ledger, nil},
	"fleet":          {ledger, nil},
	"templates list": {ledger, nil}, "templates show": {ledger, []string{"starter"}}, "templates save": {ledger, []string{"-f", "MINE"}},
	"templates delete": {ledger, []string{"mine"}},
	"account env set":  {ledger, []string{"A=1"}}, "account env list": {ledger, nil}, "account env unset": {ledger, []string{"A"}},
	"account ssh add": {ledger, []string{"KEY"}}, "account ssh list": {ledger, nil}, "account ssh remove": {ledger, []string{"me@here"}},
	"account registry login":  {ledger, []string{"ghcr.io", "--user", "me", "--password-stdin"}},
	"account registry logout": {ledger, []string{"ghcr.io"}}, "account registry list": {ledger, nil},
	"account key new": {ledger, nil}, "account key list": {ledger, nil}, "account key remove": {ledger, []string{"none"}},
	"account notify set": {ledger, []string{"http://127.0.0.1:1/news"}}, "account notify show": {ledger, nil},
	"account notify off": {ledger, nil}, "account notify test": {ledger, nil},
	"volume create": {ledger, []string{"data", "--size", "1"}}, "volume list": {ledger, nil}, "volume remove": {ledger, []string{"--yes", "data"}},
	"reserve list": {ledger, nil}, "reserve cancel": {ledger, []string{"R.1"}},
	"volume share": {ledger, []string{"data"}}, "volume unshare": {ledger, []string{"data"}},
	"extend": {ledger, []string{"C.1000", "4h"}},
	"serve":  {ledger, nil}, "ssh": {ledger, []string{"C.1000"}}, "ssh-config": {ledger, nil},

	"version": {nothing, nil}, "man": {nothing, nil}, "completion": {nothing, []string{"bash"}}, "setup": {nothing, []string{"--destdir", "/nowhere"}},
	"config check": {nothing, nil},
}

// leaves returns the paths of the commands below c that do something.
func leaves(c *cobra.Command, path string) []string {
	var all []string
	for _, sub := range c.Commands() {
		all = append(all, leaves(sub, strings.TrimSpace(path+" "+sub.Name()))...)
	}
	if !c.HasSubCommands() {
		all = append(all, path)
	}
	return all
}

func TestEveryCommandHasATrial(t *testing.T) {
	all := leaves(cli.Root(cli.Wiring{}), "")
	slices.Sort(all)
	if tried := slices.Sorted(maps.Keys(trials)); !slices.Equal(all, tried) {
		t.Errorf("there are\n%q, and trials of\n%q", all, tried)
	}
}

// of returns the command lines of the trials with certain needs.
func of(t *testing.T, which func(need) bool) map[string][]string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"MINE": "name = \"mine\"\nimage = \"ubuntu\"\n",
		"KEY":  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAyR0pPx+rb2H/77gITS2uTQgrEbWYfI9L/3KbfI1zN/ me@here\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := map[string][]string{}
	for name, one := range trials {
		if which(one.needs) {
			lines[name] = strings.Fields(name)
			for _, arg := range one.args {
				if files[arg] != "" {
					arg = filepath.Join(dir, arg)
				}
				lines[name] = append(lines[name], arg)
			}
		}
	}
	return lines
}

func TestEveryCommandThatCantBeginEndsWithOne(t *testing.T) {
	for name, line := range of(t, func(n need) bool { return n != nothing }) {
		w := cli.Wiring{Open: func(context.Context, cli.Globals) (cli.Backend, error) {
			return nil, errors.New("the state folder can't be opened")
		}}
		if code := cli.Run(t.Context(), w, line); code != cli.ExitFailed {
			t.Errorf("%s ended with %d", name, code)
		}
	}
}

// A regression test: an order that no process could carry out was written to the ledger and waited for without end.
func TestWhatNeedsAnEngineEndsWithOneWhereThereIsNone(t *testing.T) {
	home := t.TempDir()
	as(t, "maria", home, "launch", "-t", "starter", "--wait")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	isDemo(t, home, "")
	lines := of(t, func(n need) bool { return n == engine })
	lines["launch --dry-run"] = append(slices.Clone(lines["launch"]), "--dry-run") // what it would get can't be known
	for name, line := range lines {
		c := exec.CommandContext(ctx, shipped(t), line...)
		c.Env = append(os.Environ(), "BERTH_SIMULATE=h100x8", "BERTH_HOME="+home, "XDG_CONFIG_HOME="+home, "HOME="+home,
			"DOCKER_HOST=unix://"+filepath.Join(home, "nobody.sock"))
		out, err := c.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != cli.ExitFailed || !strings.Contains(string(out), "nobody.sock") {
			t.Errorf("%s ended with %v: %s", name, err, out)
		}
	}
	isDemo(t, home, "yes")
	if left := as(t, "maria", home, "ls"); !strings.Contains(left, "C.1000") || strings.Contains(left, "C.1001") {
		t.Errorf("the ledger has %s", left)
	}
}
