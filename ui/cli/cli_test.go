package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

func TestEveryErrorHasItsExitCode(t *testing.T) {
	w := Wiring{Code: func(err error) int {
		if errors.Is(err, io.ErrNoProgress) {
			return ExitRefused
		}
		return ExitOK
	}}
	bad := model.Fault{Field: "disk", Reason: "no"}
	full := model.Fault{Field: "disk", Reason: "full", Kind: model.ErrDiskFull}
	small := model.Fault{Field: "disk", Reason: "small", Kind: model.ErrDiskSmall}
	for name, test := range map[string]struct {
		err  error
		want int
	}{
		"none":                               {nil, ExitOK},
		"any other":                          {errors.New("x"), ExitFailed},
		"wrong words":                        {usagef("x"), ExitUsage},
		"wrong words, wrapped":               {fmt.Errorf("--template %w", usagef("x")), ExitUsage},
		"an order that is wrong":             {model.Faults{bad}, ExitUsage},
		"one that can't be had now":          {model.Faults{full}, ExitRefused},
		"one that is wrong and can't be had": {model.Faults{full, bad}, ExitUsage},
		"one for which the disk is too full": {model.Faults{full, small}, ExitFailed},
		"one fault alone":                    {bad, ExitUsage},
		"no instance":                        {fmt.Errorf("C.1: %w", model.ErrNoInstance), ExitAbsent},
		"the wrong phase":                    {fmt.Errorf("C.1: %w", model.ErrNotAllowed), ExitRefused},
		"what main knows":                    {io.ErrNoProgress, ExitRefused},
		"a signal":                           {context.Canceled, ExitInterrupted},
		"a command's own":                    {exitError{errQuiet, 42}, 42},
		"an error and a failure to close":    {errors.Join(absentf("x"), errors.New("y")), ExitAbsent},
	} {
		if got := w.code(test.err); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestAMistakeInACommandIsOneLineAndAFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var errs bytes.Buffer
	root := &cobra.Command{Use: "berth", SilenceErrors: true, SilenceUsage: true, Run: func(*cobra.Command, []string) { panic("oops") }}
	root.SetErr(&errs)
	if code := (&program{}).execute(t.Context(), root, nil); code != ExitFailed {
		t.Errorf("exit code %d, want %d", code, ExitFailed)
	}
	said := strings.TrimSpace(errs.String())
	file, found := strings.CutPrefix(said, "berth: mistake in berth: oops; please report it with ")
	if !found {
		t.Fatalf("it says %q", said)
	}
	trace, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(trace, []byte("goroutine ")) {
		t.Errorf("the file holds %q (%v), want the trace", trace, err)
	}
}

func TestSinceIsReadAsPeopleWriteIt(t *testing.T) {
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.Local)
	for text, want := range map[string]time.Time{
		"12h": now.Add(-12 * time.Hour), "30d": now.Add(-30 * 24 * time.Hour), "4w": now.Add(-28 * 24 * time.Hour),
		"2026-01-31": time.Date(2026, 1, 31, 0, 0, 0, 0, time.Local),
	} {
		var s span
		if err := s.Set(text); err != nil || !s.since(now).Equal(want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
	for _, text := range []string{"", "d", "0d", "-3d", "3", "3m", "2026-13-01", "99999999999999999999d", "876000000h"} {
		if (&span{}).Set(text) == nil {
			t.Errorf("%q is taken for a span", text)
		}
	}
}

func TestPlacesAreInstancesBeforeAColonAndElsePaths(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	with := model.Instance{ID: 7, Plan: model.Plan{Env: []model.Var{{Name: "DATA_DIRECTORY", Value: "/data"}}}}
	for _, test := range []struct {
		word        string
		destination bool
		want        model.Place
	}{
		{"7:/x/", false, model.Place{Instance: 7, Path: "/x/"}},
		{"C.7:x", false, model.Place{Instance: 7, Path: "/data/x"}},
		{"7:x/", true, model.Place{Instance: 7, Path: "/data/x/"}},
		{"7:", false, model.Place{Instance: 7, Path: "/data"}},
		{"7:", true, model.Place{Instance: 7, Path: "/data/"}},
		{"7:../x", false, model.Place{Instance: 7, Path: "/x"}},
		{"7", false, model.Place{Path: filepath.Join(here, "7")}},
		{"./7:x", false, model.Place{Path: filepath.Join(here, "7:x")}},
		{"a:b", false, model.Place{Path: filepath.Join(here, "a:b")}},
		{"x/", false, model.Place{Path: filepath.Join(here, "x") + "/"}},
		{"/", false, model.Place{Path: "/"}},
	} {
		if got, err := place([]model.Instance{with}, test.word, test.destination); err != nil || got != test.want {
			t.Errorf("%s: %v (%v), want %v", test.word, got, err, test.want)
		}
	}
	if _, err := place(nil, "7:x", false); !errors.Is(err, model.ErrNoInstance) {
		t.Errorf("an instance that isn't there: %v", err)
	}
}

func TestFlagsAreLaidOverATemplatesOptions(t *testing.T) {
	for _, test := range []struct{ text, more, want string }{
		{"", "-e A=1", "-e A=1"},
		{"-e A=1 -p 8080", "", "-e A=1 -p 8080"},
		{"-e A=1 -p 8080", "-e A=2 -p 8080 -p 9/udp -h box", "-e A=2 -h box -p 8080:8080 -p 9:9/udp"},
		{"-e A=1 --bogus", "-e A=2", "-e A=1 --bogus -e A=2"},
	} {
		if got := overlaid(test.text, test.more); got != test.want {
			t.Errorf("%q over %q is %q, want %q", test.more, test.text, got, test.want)
		}
	}
}

func TestAKeyIsFoundByWhatTellsItFromOthers(t *testing.T) {
	const one = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAyR0pPx+rb2H/77gITS2uTQgrEbWYfI9L/3KbfI1zN/ me@here"
	const two = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBpxMpNJmL6vrPKpaYPGQpnuYNpp3cnl0jHyyUy2DXaO me@here"
	both := []string{one, two}
	file := filepath.Join(t.TempDir(), "me.pub")
	if err := os.WriteFile(file, []byte(one+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{one, wireKeyOf(one).Fingerprint, strings.TrimSuffix(one, " me@here"), strings.Replace(one, "me@", "you@", 1), file} {
		if got, err := findKey(both, word); got != one || err != nil {
			t.Errorf("%s: %q (%v)", word, got, err)
		}
	}
	var w Wiring
	if _, err := findKey(both, "me@here"); w.code(err) != ExitUsage || !strings.Contains(err.Error(), "2 keys") {
		t.Errorf("a name that two have: %v", err)
	}
	if _, err := findKey(both, "you@there"); w.code(err) != ExitAbsent {
		t.Errorf("a name that none has: %v", err)
	}
}

func TestAGaugeSaysHowMuchIsDone(t *testing.T) {
	for _, test := range []struct {
		done model.Copied
		want string
	}{
		{model.Copied{Files: 3, Bytes: 20 * model.MB}, "3 files, 20.0M, 10.0M/s"},
		{model.Copied{Bytes: 20 * model.MB, Total: model.Known(80 * model.MB)}, "0 files, 20.0M of 80.0M, 10.0M/s"},
	} {
		if got := progressWords(test.done, 2*time.Second); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestTheSharedFolderIsTheGroupsAndStaysAsItIs(t *testing.T) {
	stage := t.TempDir()
	var out strings.Builder
	i := newInstaller(&out, stage)
	for range 2 {
		if err := i.sharedFolder("/var/lib/berth"); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(stage, "var/lib/berth"))
	if err != nil || info.Mode() != os.ModeDir|os.ModeSetgid|0o770 {
		t.Errorf("it is %v (%v)", info.Mode(), err)
	}
	if parent, _ := os.Stat(filepath.Join(stage, "var")); parent.Mode().Perm() != 0o755 {
		t.Errorf("the folder above it is %v", parent.Mode())
	}
	if !strings.Contains(out.String(), "made ") || !strings.Contains(out.String(), "unchanged ") {
		t.Errorf("it said %q", &out)
	}
}

func TestWithoutTheGroupTheSharedFolderIsSaidToBeRoots(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the folder is given to root, which root alone may")
	}
	at := filepath.Join(t.TempDir(), "berth")
	for _, done := range []string{"made ", "unchanged "} {
		var out strings.Builder
		if err := (&installer{out: &out, group: "nobody-has-it"}).sharedFolder(at); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, done+at+", for root alone, as there is no group nobody-has-it") {
			t.Errorf("it said %q", got)
		}
	}
}

func TestALineIsReadNoLongerThanTheContext(t *testing.T) {
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	c := &cobra.Command{}
	ctx, cancel := context.WithCancel(t.Context())
	c.SetContext(ctx)
	c.SetIn(r)
	c.SetErr(io.Discard)
	cancel()
	if _, err := (&program{}).ask(ctx, c, "> "); !errors.Is(err, context.Canceled) {
		t.Errorf("it returned %v", err)
	}
}
