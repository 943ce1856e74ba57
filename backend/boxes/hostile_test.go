package boxes

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"berth/model"
	"berth/model/relay"
)

// ill is a client of SSH whose machine does what it likes: it connects, and then talks without end or says nothing. It goes
// on when nobody reads any more.
const ill = `#!/bin/sh
trap '' PIPE
case "$*" in
*berth-is-through*) echo berth-is-through; exec cat >/dev/null ;;
*templates*|*launch*) exec sleep 1000 ;;
esac
trap 'exit 0' TERM
while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy 2>/dev/null; done
`

// illBox is such a machine.
func illBox(t *testing.T, patience Patience) *Boxes {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte(ill), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	b, err := Open([]Place{{Name: "evil", To: "evil", Berth: []string{"berth"}}}, "v1", patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

var patient = Patience{Connect: time.Minute, Silence: time.Minute, Look: time.Minute, Answer: time.Minute}

// within fails the test if something takes a minute.
func within(t *testing.T, what string, do func(ctx context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := do(ctx)
	if ctx.Err() != nil {
		t.Fatalf("%s goes on and on: %v", what, err)
	}
	return err
}

// Once a command of a machine that talks without end went on after its words were refused.
func TestAMachineThatTalksWithoutEndIsGivenUp(t *testing.T) {
	b := illBox(t, patient)
	err := within(t, "an order", func(ctx context.Context) error {
		_, err := b.Run(ctx, "evil", []string{"stop", "C.1001"}, nil, &limited{io.Discard, 1 << 20}, io.Discard, false)
		return err
	})
	if !errors.Is(err, errTooMuch) || !strings.HasPrefix(err.Error(), "evil: ") {
		t.Errorf("an order: %v", err)
	}
	err = within(t, "a log", func(ctx context.Context) error {
		from, to := io.Pipe()
		go func() { _, _ = from.Read(make([]byte, 10)); _ = from.Close() }()
		_, err := b.Run(ctx, "evil", []string{"logs", "C.1001"}, nil, to, io.Discard, false)
		return err
	})
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a log that nobody reads any more: %v", err)
	}
	_ = within(t, "a look", func(ctx context.Context) error {
		if m := b.Look(ctx)[0]; m.Link.OK || !strings.Contains(m.Link.Reason, "berth") && !strings.Contains(m.Link.Reason, "more than") {
			t.Errorf("a look: %+v", m.Link)
		}
		return nil
	})
}

// What others wait for as well, a machine answers in time or not at all: once a launch on the best of several machines
// waited for ever for one that said nothing.
func TestAMachineThatSaysNothingIsNotWaitedFor(t *testing.T) {
	hasty := patient
	hasty.Answer = 100 * time.Millisecond
	b := illBox(t, hasty)
	s := b.Screen("maria", func(w io.Writer, _ model.Order) error { _, err := w.Write([]byte("image = 'a'\n")); return err })
	_ = within(t, "a dry run", func(ctx context.Context) error {
		if _, err := b.Takes(ctx, "evil", []string{"launch", "--dry-run", "--file", "-"}, nil); err == nil || err.Error() != "evil: it is away: no answer within 100ms" {
			t.Errorf("a dry run: %v", err)
		}
		return nil
	})
	_ = within(t, "its templates", func(ctx context.Context) error {
		if _, err := s.Templates(ctx); err == nil || !strings.Contains(err.Error(), "no answer within") {
			t.Errorf("its templates: %v", err)
		}
		return nil
	})
}

// An ear passes on what is taken, and ends the command with the first refusal.
func TestAnEarEndsWhatNobodyTakes(t *testing.T) {
	var ended error
	var kept bytes.Buffer
	e := ear{&limited{&kept, 3}, func(err error) { ended = err }}
	if n, err := e.Write([]byte("abc")); n != 3 || err != nil || ended != nil {
		t.Errorf("%d, %v, %v", n, err, ended)
	}
	if n, err := e.Write([]byte("d")); n != 0 || !errors.Is(err, errTooMuch) || !errors.Is(ended, errTooMuch) || kept.String() != "abc" {
		t.Errorf("%d, %v, %v", n, err, ended)
	}
}

// FuzzWhatAMachineSays reads any bytes as what a machine says: its fleet, and its complaints. Nothing in it is another
// machine's, and nothing acts on a terminal.
func FuzzWhatAMachineSays(f *testing.F) {
	f.Add([]byte(`{"schema":1,"berth":"v1","account":{"owner":"mk"},"fleet":{"Host":{"PublicIP":"192.0.2.1"},"Instances":[{"ID":14,"Owner":"maria"}],"Devices":[{"ID":"GPU-1"}]}}` + "\n"))
	f.Add([]byte(`{"schema":1,"fleet":{"Instances":[{"ID":-999999986},{"ID":1000000014}],"Devices":[{"ID":"box1/GPU-1"}],"Volumes":[{"Name":"box1/a"}]}}` + "\n"))
	f.Add([]byte("Welcome\x1b[2J\r\nberth: no\u202e\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		_ = eachLine(bytes.NewReader(said), "v1", func(l relay.Line) {
			at := l.Fleet.At
			fleet := model.Joined([]model.Machine{
				{Name: "box1", Fleet: model.Fleet{Instances: []model.Instance{{ID: 14, Owner: "maria"}}}, Link: model.Condition{OK: true, Since: at}},
				{Name: "evil", Fleet: l.Fleet, Account: l.Account, Link: model.Condition{OK: true, Since: at}},
			}, "maria")
			for n, i := range fleet.Instances {
				if m, there := fleet.MachineOf(i.ID); n > 0 && (!there || m.Name != "evil" || i.Machine != "evil") {
					t.Errorf("instance %d is %s's and shown as %s's", i.ID, m.Name, i.Machine)
				}
			}
			for _, d := range fleet.Devices {
				if d.Machine != "evil" || d.ID != "" && !strings.HasPrefix(string(d.ID), "evil/") {
					t.Errorf("GPU %q is shown as %s's", d.ID, d.Machine)
				}
			}
			for _, v := range fleet.Volumes {
				if !strings.HasPrefix(v.Name, "evil/") {
					t.Errorf("volume %q isn't shown as evil's", v.Name)
				}
			}
			if ip := l.Fleet.Host.PublicIP; strings.ContainsAny(ip, " ;$`\n'\"&|") {
				t.Errorf("its address is %q", ip)
			}
		})
		for _, text := range []string{lastLine(string(said)), refusalIn(string(said), 1)} {
			for _, r := range text {
				if r != '\n' && !unicode.IsGraphic(r) {
					t.Errorf("%U gets through: %q", r, text)
				}
			}
		}
		_ = sees(bytes.NewReader(said), throughMark)
	})
}
