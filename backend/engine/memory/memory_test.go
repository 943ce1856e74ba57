package memory_test

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/engine/memory"
	"berth/model"
)

func newEngine(t *testing.T) *memory.Engine {
	t.Helper()
	m := memory.New(time.Now)
	m.Pace = 0
	m.AddImage(engine.Image{Tags: []string{"svc"}})
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func TestContract(t *testing.T) {
	enginetest.Contract(t, func(t *testing.T) enginetest.Engine {
		m := memory.New(time.Now)
		m.Pace = 0
		t.Cleanup(func() { _ = m.Close() })
		return m
	})
}

func create(t *testing.T, m *memory.Engine, r engine.Request) string {
	t.Helper()
	r.Image = "svc"
	id, err := m.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestFailsWhenTold(t *testing.T) {
	m := newEngine(t)
	first, second := errors.New("no space"), errors.New("no mood")
	m.FailNext("Start", first)
	m.FailNext("Start", second)
	id := create(t, m, engine.Request{})
	for _, want := range []error{first, second, nil} {
		if err := m.Start(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestDownAnswersNothingAndTellsWhoFollows(t *testing.T) {
	m := newEngine(t)
	feed := m.Events(t.Context())
	if e := <-feed; !e.Resync {
		t.Errorf("first came %+v", e)
	}
	m.Down(true)
	if e := <-feed; !e.Down || !errors.Is(e.Err, engine.ErrUnavailable) {
		t.Errorf("got %+v", e)
	}
	if _, err := m.List(t.Context()); !errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	late := m.Events(t.Context())
	if e := <-late; !e.Down {
		t.Errorf("who came while it was down got %+v", e)
	}
	m.Down(false)
	for _, feed := range []<-chan engine.Event{feed, late} {
		if e := <-feed; !e.Resync {
			t.Errorf("got %+v", e)
		}
	}
}

func TestRestartedFindsItsContainersStopped(t *testing.T) {
	m := newEngine(t)
	id := create(t, m, engine.Request{})
	if err := m.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	feed := m.Events(t.Context())
	m.Restart()
	for _, want := range []engine.Event{{Resync: true}, {Down: true}, {Resync: true}} {
		if e := <-feed; e.Resync != want.Resync || e.Down != want.Down {
			t.Errorf("got %+v, want %+v", e, want)
		}
	}
	if c, err := m.Inspect(t.Context(), id); err != nil || c.State != engine.Exited || c.ExitCode == 0 {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestResolvesDevicesAtEachStart(t *testing.T) {
	m := newEngine(t)
	specs := []string{"berth/instance=7"}
	m.Resolve = func(device string) error {
		if slices.Contains(specs, device) {
			return nil
		}
		return errors.New("no spec")
	}
	id := create(t, m, engine.Request{Devices: engine.DeviceRequest{CDI: []string{"berth/instance=7"}}})
	if err := m.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := m.Stop(t.Context(), id, time.Second); err != nil {
		t.Fatal(err)
	}
	specs = nil
	if err := m.Start(t.Context(), id); !errors.Is(err, engine.ErrUnresolvable) {
		t.Errorf("got %v", err)
	}
}

func TestPullGoesOnOverTime(t *testing.T) {
	m := newEngine(t)
	m.Pace = 5 * time.Millisecond
	var told []model.Progress
	if err := m.Pull(t.Context(), "vllm/vllm-openai:latest", nil, func(p model.Progress) { told = append(told, p) }); err != nil {
		t.Fatal(err)
	}
	last := told[len(told)-1]
	if len(told) < 10 || last.LayersDone != last.Layers || last.Bytes != last.BytesTotal || last.Layers < 2 {
		t.Errorf("told %d times, at the end %+v", len(told), last)
	}
	for i := 1; i < len(told); i++ {
		if told[i].Bytes < told[i-1].Bytes || told[i].LayersDone < told[i-1].LayersDone {
			t.Errorf("it went back from %+v to %+v", told[i-1], told[i])
		}
	}
	if img, err := m.Image(t.Context(), "vllm/vllm-openai"); err != nil || img.Size != last.BytesTotal {
		t.Errorf("the image is %+v, %v", img, err)
	}
	m.Pace = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := m.Pull(ctx, "another", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cut short: %v", err)
	}
}

// Programs in memory must not have access to this machine.
func TestProgramsSeeNothingOfThisMachine(t *testing.T) {
	m := newEngine(t)
	id := create(t, m, engine.Request{})
	if err := m.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	marker := t.TempDir() + "/marker"
	for script, want := range map[string]string{
		"cat /etc/hostname":              "can't open",
		"/bin/ls /":                      "not found",
		"[ -e /etc ] && echo there":      "",
		"echo /etc/*":                    "/etc/*\n",
		"cd /etc && echo inside":         "",
		"echo x > " + marker:             "",
		"cat < /etc/hostname":            "",
		"echo $(cat /proc/self/environ)": "can't open",
		"exec /bin/ls /":                 "not found",
		"source /etc/profile":            "",
	} {
		out, errs, _, err := m.Run(t.Context(), id, engine.ExecRequest{Cmd: []string{"sh", "-c", script}})
		if text := string(out) + string(errs); err != nil || !strings.Contains(text, want) || strings.Contains(text, "there\n") || strings.Contains(text, "inside\n") {
			t.Errorf("%s: %q, %v", script, text, err)
		}
	}
	if _, err := m.Stat(t.Context(), id, marker); err != nil {
		t.Errorf("the file isn't in the container: %v", err)
	}
	if exists(marker) {
		t.Error("the file is on this machine")
	}
}

func TestServicesRunUntilStopped(t *testing.T) {
	m := newEngine(t)
	id := create(t, m, engine.Request{Cmd: []string{"vllm", "serve", "--port", "8000"}})
	if err := m.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if c, err := m.Inspect(t.Context(), id); err != nil || c.State != engine.Running || c.PID == 0 || len(c.IPs) != 1 {
		t.Errorf("got %+v, %v", c, err)
	}
	logs, err := m.Logs(t.Context(), id, engine.LogOptions{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Stop(t.Context(), id, time.Second); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(logs); err != nil || len(text) > 0 {
		t.Errorf("the log is %q, %v", text, err)
	}
	if c, err := m.Inspect(t.Context(), id); err != nil || c.State != engine.Exited || c.ExitCode != 143 {
		t.Errorf("got %+v, %v", c, err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
