package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"berth/model"
)

// The test binary is the program that posts news.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == PostCommand {
		if err := Post(context.Background(), os.Stdin); err != nil {
			_, _ = os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}

var ready = model.News{Kind: model.NewsReady, Instance: 1012, Label: "llama", Owner: "maria", Text: "ready ssh: SSH answers"}

// asked is one request that a webhook got.
type asked struct {
	body   string
	header http.Header
}

func webhook(t *testing.T, answers ...int) (*httptest.Server, chan asked) {
	t.Helper()
	got := make(chan asked, 20)
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- asked{string(body), r.Header}
		if at := int(n.Add(1)) - 1; at < len(answers) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(answers[at])
		}
	}))
	t.Cleanup(s.Close)
	return s, got
}

func TestEachFormIsWhatItsServiceTakes(t *testing.T) {
	s, got := webhook(t)
	for form, want := range map[model.NotifyForm]string{
		model.NotifyNtfy: "ready ssh: SSH answers", model.NotifySlack: `{"text":"C.1012 llama: ready: ready ssh: SSH answers"}`,
		model.NotifyDiscord: `{"allowed_mentions":{"parse":[]},"content":"C.1012 llama: ready: ready ssh: SSH answers"}`,
		model.NotifyJSON:    `{"kind":"ready","id":1012,"label":"llama","owner":"maria","text":"ready ssh: SSH answers"}`,
	} {
		if err := Once(t.Context(), me(t), model.Notify{URL: s.URL, Form: form}, ready); err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if r := <-got; r.body != want || form == model.NotifyNtfy && r.header.Get("Title") != "C.1012 llama: ready" {
			t.Errorf("%s gets %s, %v", form, r.body, r.header)
		}
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	s, got := webhook(t, http.StatusFound)
	if err := Once(t.Context(), me(t), model.Notify{URL: s.URL}, ready); err == nil || !strings.Contains(err.Error(), "302") {
		t.Errorf("the error is %v", err)
	}
	if <-got; len(got) > 0 {
		t.Error("somebody else was asked too")
	}
}

func TestACommandGetsTheNewsAndNothingElse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out")
	t.Setenv("SECRET_OF_THE_KEEPER", "x")
	if err := Once(t.Context(), me(t), model.Notify{Command: "cat > " + file + "; env >> " + file}, ready); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got model.News
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&got); err != nil || got != ready {
		t.Errorf("it reads %+v, %v", got, err)
	}
	if !strings.Contains(string(text), "BERTH_TITLE=C.1012 llama: ready\n") || strings.Contains(string(text), "SECRET_OF_THE_KEEPER") {
		t.Errorf("its environment is %s", text)
	}
}

// A keeper that is root runs a user's command as that user, with that user's groups.
func TestACommandRunsWithItsUsersRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act for another user")
	}
	dir := t.TempDir()
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "out")
	if err := Once(t.Context(), "nobody", model.Notify{Command: "id -un > " + file + "; cat /etc/shadow && exit 1; exit 0"}, ready); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || strings.TrimSpace(string(text)) != "nobody" {
		t.Errorf("it ran as %s, %v", text, err)
	}
}

// A hook that hangs holds up nobody: neither whoever has news nor another user's.
func TestNewsNeverWaitAndAreTriedAgain(t *testing.T) {
	good, got := webhook(t, http.StatusServiceUnavailable)
	hang, letGo := context.WithCancel(context.Background())
	s := New(Parts{
		Of: func(owner string) (model.Notify, error) {
			if owner == "slow" {
				<-hang.Done()
				return model.Notify{}, hang.Err()
			}
			return model.Notify{URL: good.URL, Events: []model.NewsKind{model.NewsReady}}, nil
		},
		Guard: func(do func()) func() { return do }, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	begun, mine := time.Now(), ready
	mine.Owner = me(t)
	for range 200 {
		s.Send(ctx, model.News{Kind: model.NewsReady, Owner: "slow"})
	}
	s.Send(ctx, model.News{Kind: model.NewsIdle, Owner: mine.Owner}) // which isn't wanted
	s.Send(ctx, mine)
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("sending took %v", took)
	}
	for range 2 { // the first is refused for now
		select {
		case r := <-got:
			if !strings.Contains(r.body, `"kind":"ready"`) {
				t.Errorf("got %s", r.body)
			}
		case <-time.After(time.Minute):
			t.Fatal("nothing came")
		}
	}
	cancel()
	letGo()
	s.Wait()
}
