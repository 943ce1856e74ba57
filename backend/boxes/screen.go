package boxes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"berth/model"
	"berth/model/relay"
)

// A Screen is what the screen over several machines asks and gives orders to. It reads all of them as one fleet, and what
// it orders is a command of the berth that the instance's number names.
type Screen struct {
	*Boxes
	alone
	me    string // whoever looks
	write func(io.Writer, model.Order) error

	joining model.Joining // of Watch's goroutine

	mu   sync.Mutex
	seen []model.Machine
}

// Screen returns the machines as the screen sees them. me is whoever looks, and write writes an order as a file.
func (b *Boxes) Screen(me string, write func(io.Writer, model.Order) error) *Screen {
	return &Screen{Boxes: b, alone: alone{b.all[0].Name}, me: me, write: write, joining: model.Joining{Me: me}, seen: b.unheard()}
}

// Watch returns the machines as one fleet, again whenever one of them says something else.
func (s *Screen) Watch(ctx context.Context) <-chan model.Fleet {
	fleets := make(chan model.Fleet)
	go s.guard(func() { // whoever reads from it to its end has waited for all of it
		defer close(fleets)
		for seen := range s.Follow(ctx) {
			s.mu.Lock()
			s.seen = seen
			s.mu.Unlock()
			select {
			case fleets <- s.joining.Fleet(seen):
			case <-ctx.Done():
			}
		}
	})()
	return fleets
}

// Sight does nothing: each machine measures what its own screens show, and everything seldom.
func (s *Screen) Sight([]model.InstanceID) {}

// Refresh does nothing: what a machine says is as new as it can be.
func (s *Screen) Refresh(context.Context) error { return nil }

// of returns the machine of an instance.
func (s *Screen) of(id model.InstanceID) (*box, error) {
	s.mu.Lock()
	m, there := model.Fleet{Machines: s.seen}.MachineOf(id)
	s.mu.Unlock()
	at := slices.IndexFunc(s.all, func(x *box) bool { return x.Name == m.Name })
	switch {
	case !there || at < 0:
		return nil, fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	case !m.Link.OK:
		return nil, fmt.Errorf("%s: %s", m.Name, m.Link.Reason)
	}
	return s.all[at], nil
}

// does runs a command about an instance on its machine. words have the instance's name at its place: %s.
func (s *Screen) does(ctx context.Context, id model.InstanceID, words ...string) (string, error) {
	x, err := s.of(id)
	if err != nil {
		return "", err
	}
	for n, w := range words {
		if w == itsName {
			words[n] = id.String()
		}
	}
	return x.says(ctx, words, nil)
}

// itsName stands for the instance's name in a command.
const itsName = "%s"

// says runs a command and returns what it says, or its error in its words.
func (x *box) says(ctx context.Context, words []string, in io.Reader) (string, error) {
	var out bytes.Buffer
	var errs tail
	code, err := x.run(ctx, words, in, &limited{&out, mostSaid}, &errs, false)
	switch {
	case err != nil:
		return "", err
	case code != 0:
		return "", fmt.Errorf("%s: %s", x.Name, refusalIn(errs.String(), code))
	}
	return out.String(), nil
}

// mostSaid is how much a command may say.
const mostSaid = 8 << 20

// refusalIn returns the lines by which a berth refuses.
func refusalIn(said string, code int) string {
	var lines []string
	for line := range strings.Lines(said) {
		if line, ours := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "berth: "); ours {
			lines = append(lines, lastLine(line))
		}
	}
	if len(lines) == 0 {
		return fmt.Sprintf("its berth ended with %d", code)
	}
	return strings.Join(lines, "\n")
}

// orders are the commands of actions.
var orders = map[model.Action][]string{
	model.ActionStart: {"start", itsName}, model.ActionNewPorts: {"start", "--new-ports", "--yes", itsName},
	model.ActionStop: {"stop", "--yes", itsName}, model.ActionReboot: {"reboot", "--yes", itsName},
	model.ActionRecycle: {"recycle", "--yes", itsName}, model.ActionDestroy: {"destroy", "--yes", itsName},
}

// Act orders something for an instance. The screen has asked.
func (s *Screen) Act(ctx context.Context, id model.InstanceID, a model.Action) error {
	_, err := s.does(ctx, id, slices.Clone(orders[a])...)
	return err
}

// Relabel gives an instance another name to show.
func (s *Screen) Relabel(ctx context.Context, id model.InstanceID, label string) error {
	_, err := s.does(ctx, id, "label", "--", itsName, label)
	return err
}

// Snapshot makes an image and a template of an instance, both on its machine.
func (s *Screen) Snapshot(ctx context.Context, id model.InstanceID, name string) (made model.Snapshot, err error) {
	text, err := s.does(ctx, id, "snapshot", "--json", "--", itsName, name)
	if err == nil {
		err = json.Unmarshal([]byte(text), &made)
	}
	return relay.Plain(made), err
}

// Extend puts off the end of an instance's run. The next fleet says until when.
func (s *Screen) Extend(ctx context.Context, id model.InstanceID, by model.Span) (time.Time, error) {
	_, err := s.does(ctx, id, "extend", itsName, by.String())
	return time.Time{}, err
}

// Logs returns an instance's output.
func (s *Screen) Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error) {
	x, err := s.of(id)
	if err != nil {
		return nil, err
	}
	words := []string{"logs", id.String()}
	for flag, given := range map[string]bool{"--follow": r.Follow, "--onstart": r.OnStart, "--timestamps": r.Timestamps} {
		if given {
			words = append(words, flag)
		}
	}
	if r.Tail > 0 {
		words = append(words, "--tail", strconv.Itoa(r.Tail))
	}
	ctx, cancel := context.WithCancel(ctx)
	from, to := io.Pipe()
	ended := make(chan struct{})
	go s.guard(func() {
		defer close(ended)
		defer cancel()
		defer to.Close() //nolint:errcheck // never fails; a reader doesn't wait for ever
		var errs tail
		code, err := x.run(ctx, words, nil, to, &errs, false)
		if err == nil && code != 0 {
			err = errors.New(refusalIn(errs.String(), code))
		}
		_ = to.CloseWithError(err) // never fails; without an error it is the end
	})()
	return &output{from, cancel, ended}, nil
}

// An output is a command's, which ends when it is closed.
type output struct {
	*io.PipeReader
	end   context.CancelFunc
	ended chan struct{}
}

func (o *output) Close() error {
	o.end()
	err := o.PipeReader.Close()
	<-o.ended
	return err
}

// Shell runs a shell in an instance on a terminal.
func (s *Screen) Shell(ctx context.Context, id model.InstanceID, in io.Reader, out io.Writer) error {
	x, err := s.of(id)
	if err != nil {
		return err
	}
	words := []string{"exec", "-it", id.String(), "--", "/bin/sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash -l; exec sh -l"}
	c := x.client(ctx, words, terminal)
	c.Stdin, c.Stdout, c.Stderr = in, out, out
	err = x.ran(c, terminal, func() {})
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() != sshFailed {
		return nil // how the last command in it ended
	}
	return err
}

// Listening isn't known: it is seen on the machine itself.
func (s *Screen) Listening(context.Context, model.InstanceID) (map[model.Port]bool, error) {
	return nil, s.no(model.ApartListening)
}

// CopyWatched copies nothing: both ends are other machines'.
func (s *Screen) CopyWatched(context.Context, model.Place, model.Place, func(model.Copied)) error {
	return s.no(model.ApartCopies)
}
