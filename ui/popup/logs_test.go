package popup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/logtext"
	"berth/ui/output"
	"berth/ui/theme"
)

// A recorder is an engine in memory that keeps an instance's output and accepts more of it.
type recorder struct {
	mu      sync.Mutex
	more    chan struct{} // closed when there is more
	lines   []string
	ended   bool
	onStart string
	err     error
	opened  int
}

func newRecorder(lines ...string) *recorder {
	return &recorder{more: make(chan struct{}), lines: lines}
}

// write adds lines. If end is set, it ends the output.
func (r *recorder) write(end bool, lines ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines, r.ended = append(r.lines, lines...), r.ended || end
	close(r.more)
	r.more = make(chan struct{})
}

func (r *recorder) Logs(ctx context.Context, _ model.InstanceID, q model.LogRequest) (io.ReadCloser, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened++
	if r.err != nil {
		return nil, r.err
	}
	if q.OnStart {
		return io.NopCloser(strings.NewReader(r.onStart)), nil
	}
	reader, writer := io.Pipe()
	go r.play(ctx, writer, q)
	return reader, nil
}

func (r *recorder) play(ctx context.Context, w *io.PipeWriter, q model.LogRequest) {
	for n := 0; ; n++ {
		r.mu.Lock()
		for n >= len(r.lines) {
			more, over := r.more, r.ended || !q.Follow
			r.mu.Unlock()
			if over {
				w.Close()
				return
			}
			select {
			case <-more:
			case <-ctx.Done():
				w.CloseWithError(ctx.Err())
				return
			}
			r.mu.Lock()
		}
		line := r.lines[n]
		r.mu.Unlock()
		if q.Timestamps {
			line = start.Add(time.Duration(n)*time.Second).Format(time.RFC3339Nano) + " " + line
		}
		if _, err := io.WriteString(w, line); err != nil {
			return
		}
	}
}

func numbered(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("step %d: loss %.3f\n", i+1, 2/float64(i+2))
	}
	return lines
}

func logs(t testing.TB, r *recorder) Logs {
	return NewLogs(background(t), testLook(t), r, testFleet(), 1012)
}

func TestLogsViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		lines := append(numbered(30), "\x1b[33mwarning\x1b[0m: 学習率 が 大きい "+strings.Repeat("long ", 30)+"\n", "10%\r50%\r100% done\n")
		drive(t, logs(t, newRecorder(lines...))).golden("logs")
		b := drive(t, logs(t, newRecorder(lines...)), "t", "w", "/")
		b.text("step 1")
		b.keys("enter", "n")
		b.golden("logs-found")
		b = drive(t, logs(t, newRecorder(lines...)), "k", "S")
		b.golden("logs-save")
		drive(t, logs(t, &recorder{err: errors.New("C.1012: its container is gone")})).golden("logs-failed")
	})
}

func TestLogsFollowTheEndUntilScrolledAndKeepTheirPlace(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRecorder(numbered(100)...)
		b := drive(t, logs(t, r))
		b.shows("step 100:")
		b.shows("following")
		b.keys("g")
		b.shows("step 1:")
		b.shows("holding its place")
		before := b.popup.View(120, 40)
		b.send(output.Lines{Tag: b.popup.stream.Tag, Lines: make([]logtext.Line, 500)})
		if after := b.popup.View(120, 40); ansi.Strip(after) != strings.Replace(ansi.Strip(before), "100 lines", "600 lines", 1) {
			t.Errorf("new lines moved what was read:\n%s", ansi.Strip(after))
		}
		b.keys("G")
		b.shows("following")
		b.hides("step 1:")
	})
}

func TestLogsReachTheEndByScrollingAndFollowAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, logs(t, newRecorder(numbered(100)...)), "pgup", "pgup")
		b.hides("step 100:")
		b.keys("pgdown", "pgdown", "pgdown")
		b.shows("step 100:")
		b.shows("following")
		b.keys("k", "j")
		b.shows("following")
	})
}

func TestLogsKeepTheNewestTenThousandLinesAndThePlaceAmongThem(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, logs(t, newRecorder(numbered(100)...)), "g")
		for range 30 {
			b.send(output.Lines{Tag: b.popup.stream.Tag, Lines: make([]logtext.Line, 1000)})
		}
		if n := b.popup.pager.Len(); n > logtext.MostLines+logtext.MostLines/2 {
			t.Errorf("%d lines are kept", n)
		}
		fits(t, b.popup.View(80, 24), 80, 24)
	})
}

func TestLogsSearchGoesRoundAndCounts(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, logs(t, newRecorder(numbered(100)...)), "g", "/")
		b.text("STEP 5")
		b.keys("enter")
		b.shows("line 1 of 11 that match")
		b.keys("N")
		b.shows("line 11 of 11 that match")
		b.shows("step 59:")
		b.keys("n", "n")
		b.shows("line 2 of 11 that match")
		b.keys("/")
		b.text("nowhere")
		b.keys("enter")
		b.shows("not found")
		b.keys("/", "enter")
		b.shows("nothing is searched for")
	})
}

func TestLogsShowTimestampsOnlyWhenAskedAndReadNothingAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRecorder("hello\n")
		b := drive(t, logs(t, r))
		b.hides("15:09:26")
		b.keys("t")
		b.shows("15:09:26 hello")
		if r.opened != 1 {
			t.Errorf("the output was read %d times", r.opened)
		}
	})
}

func TestLogsOfTheOnStartScript(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRecorder("from the container\n")
		r.onStart = "from the script\n"
		b := drive(t, logs(t, r), "tab")
		b.shows("from the script")
		b.shows("on-start script")
		b.hides("from the container")
		b.keys("tab")
		b.shows("from the container")
	})
}

// Regression: for an instance without an on-start script, the popup once waited for ever for the script's first line.
func TestLogsOfNoOnStartScriptAreNotWaitedFor(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for script, says := range map[string]string{"": "launched without an on-start script", "make": "The on-start script wrote nothing."} {
			f := testFleet()
			f.Instances = slices.Clone(f.Instances)
			at := slices.IndexFunc(f.Instances, func(i model.Instance) bool { return i.ID == 1012 })
			f.Instances[at].Order.OnStart = script
			drive(t, NewLogs(background(t), testLook(t), newRecorder("from the container\n"), f, 1012), "tab").shows(says)
		}
	})
}

func TestLogsEndsAreSaid(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRecorder("last words\n")
		r.write(true)
		b := drive(t, logs(t, r))
		b.shows("ended · 1 line")
		b = drive(t, logs(t, &recorder{err: errors.New("engine: no answer")}))
		b.shows("engine: no answer")
		b.shows("ended · 0 lines")
	})
}

func TestLogsThatBreakOffSayWhyBelowWhatWasRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, logs(t, newRecorder("hello\n")))
		b.send(output.Ended{Tag: b.popup.stream.Tag, Err: errors.New("engine: connection reset")})
		b.shows("hello")
		b.shows("ended: engine: connection reset")
	})
}

func TestLogsAreReadAnewOnceTheContainerIsStartedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRecorder("first life\n")
		r.write(true)
		b := drive(t, logs(t, r))
		b.send(pollDue{tag(b.popup.stream.Tag)})
		if r.opened != 1 {
			t.Errorf("read %d times before the start", r.opened)
		}
		f := testFleet()
		f.Instances[0].StartedAt = start.Add(time.Hour)
		b.popup = b.popup.WithFleet(f)
		r.write(true, "second life\n")
		b.send(pollDue{tag(b.popup.stream.Tag)})
		b.shows("second life")
	})
}

func TestLogsStreamEndsWithThePopup(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRecorder("hello\n")
		b := drive(t, logs(t, r))
		ctx := b.popup.stream.Context
		b.keys("esc")
		b.emits(Close{})
		if ctx.Err() == nil {
			t.Error("the stream goes on")
		}
	})
}

func TestLogsAnswersOfAnEarlierStreamAreIgnored(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, logs(t, newRecorder("hello\n")))
		old := b.popup.stream.Tag
		b.keys("r")
		b.send(output.Lines{Tag: old, Lines: []logtext.Line{{Text: "ghost"}}})
		b.send(output.Ended{Tag: old, Err: errors.New("ghost")})
		b.hides("ghost")
	})
}

func TestLogsAreSavedWholeToANewFile(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "out.log")
		b := drive(t, logs(t, newRecorder(numbered(3)...)), "S")
		b.shows("save to: C.1012-20260315-170926.log")
		for range 40 {
			b.keys("backspace")
		}
		b.send(tea.PasteMsg{Content: path})
		b.keys("enter")
		want := strings.Join(numbered(3), "")
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("saved %q (%v), want %q", got, err, want)
		}
		b.emits(Toast{Text: fmt.Sprintf("saved %d bytes to %s", len(want), path)})

		b.keys("S")
		for range 40 {
			b.keys("backspace")
		}
		b.send(tea.PasteMsg{Content: path})
		b.keys("enter")
		b.shows("is there already")
		if got, _ := os.ReadFile(path); string(got) != want {
			t.Error("a file that was there was overwritten")
		}
	})
}

func TestLogsCopyTheLinesInSightWithoutColours(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, logs(t, newRecorder("\x1b[31mred\x1b[0m\n", "plain\n")), "y")
		b.emits(Copy{"red\nplain"})
	})
}

func TestLogsWriteNoColourWhereThereIsNone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, logs(t, newRecorder("\x1b[31mred\x1b[0m\n")))
		if view := b.popup.View(80, 24); !strings.Contains(view, "\x1b[31mred") {
			t.Errorf("the program's colour is gone: %q", view)
		}
		b.popup.look = lookWith(t, theme.Options{Color: "never", Env: []string{"LANG=C.UTF-8"}})
		if view := b.popup.View(80, 24); strings.Contains(view, "\x1b[31m") {
			t.Errorf("colour without colours: %q", view)
		}
	})
}
