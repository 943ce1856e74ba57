package backend

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// notebook pushes an image with Debian's Jupyter to a registry of the test, and returns its reference.
func notebook(t *testing.T, e enginetest.Engine) string {
	t.Helper()
	root, err := os.ReadFile(enginetest.Debian(t))
	check(t, err)
	ref := enginetest.NewRegistry(t, enginetest.RegistryOptions{}).PushRoot(t, "lab/notebook", root, ocispec.ImageConfig{
		Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, WorkingDir: "/root", Cmd: []string{"/bin/false"},
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := e.RemoveImage(ctx, ref); err != nil {
			t.Errorf("remove the notebook's image: %v", err)
		}
	})
	return ref
}

// A visitor is a browser that keeps cookies, and that trusts only this machine's certificate authority.
func (b *bench) visitor() *http.Client {
	b.t.Helper()
	file, _ := b.Authority()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(readFile(b.t, file))) {
		b.t.Fatalf("%s has no certificate", file)
	}
	jar, err := cookiejar.New(nil)
	check(b.t, err)
	return &http.Client{Jar: jar, Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true,
	}}
}

// visit requests a page, and returns the status and the text.
func visit(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	check(t, err)
	answer, err := c.Do(r)
	check(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	check(t, err)
	return answer.StatusCode, string(text)
}

// opened waits until Jupyter answers, and returns the instance and the status words that were shown until then.
func (b *bench) opened(id model.InstanceID, asked time.Time) (model.Instance, []string) {
	b.t.Helper()
	var words []string
	i := b.within(2*time.Minute, id, "open", func(i model.Instance, there bool) bool {
		word, _, _ := strings.Cut(i.Status(), " ")
		if there && !slices.Contains(words, word) {
			words = append(words, word)
		}
		return there && i.Phase == model.PhaseRunning && i.StartedAt.After(asked)
	})
	return i, words
}

// A jupyter instance opens in a browser at the URL that berth shows. Its port, token and label stay the same over stop,
// start, reboot and recycle.
func TestAJupyterInstanceStaysTheSameToItsBrowser(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	asked := time.Now()
	i := b.launch(model.Order{
		Image: notebook(t, e), Mode: model.ModeJupyter, GPUs: 1, Disk: 10, Label: "mine",
		Options: "-e JUPYTER_DIR=/workspace", OnStart: "date > /workspace/started.txt; sleep infinity",
	})
	defer b.end(i.ID)
	i, words := b.opened(i.ID, asked)
	at := func(word string) int { return slices.Index(words, word) }
	if at("loading") < 0 || at("connecting") < at("loading") || at("ready") != len(words)-1 || at("ready") < at("connecting") {
		t.Errorf("its status went %q, want loading, connecting, ready", words)
	}
	if len(i.Plan.Token) != 64 {
		t.Errorf("its token is %q, want 64 hex digits", i.Plan.Token)
	}
	b.opens(i, i.Plan.Token)
	if status, text := visit(t, b.visitor(), contents(b, i, "")); status != http.StatusForbidden {
		t.Errorf("without a token it answers %d: %s", status, text)
	}

	known := b.visitor()
	visit(t, known, page(b, i)) // logs in
	if status, text := visit(t, known, contents(b, i, "/started.txt")); status != http.StatusOK {
		t.Errorf("what on-start wrote into JUPYTER_DIR: %d %s", status, text)
	}
	for _, again := range []struct {
		name string
		do   []model.Action
		kept bool // whether its files are kept
	}{
		{"stop and start", []model.Action{model.ActionStop, model.ActionStart}, true},
		{"reboot", []model.Action{model.ActionReboot}, true},
		{"recycle", []model.Action{model.ActionRecycle}, false},
	} {
		execute(t, b, i.ID, "touch", "/workspace/"+string(again.do[0])+".txt")
		asked := time.Now()
		for _, a := range again.do {
			b.act(i.ID, a)
			if a == model.ActionStop {
				if stopped := b.untilPhase(i.ID, model.PhaseStopped); stopped.Status() != "stopped" {
					t.Errorf("stopped, its status is %q", stopped.Status())
				}
			}
		}
		now, words := b.opened(i.ID, asked)
		if now.Plan.Token != i.Plan.Token || now.Label != "mine" || page(b, now) != page(b, i) || !slices.Contains(words, "connecting") {
			t.Errorf("after %s it is %q at %s, and was %q at %s; its status went %q", again.name, now.Label, page(b, now), i.Label, page(b, i), words)
		}
		b.opens(now, i.Plan.Token)
		status, _ := visit(t, known, contents(b, i, "/"+string(again.do[0])+".txt"))
		if kept := status == http.StatusOK; kept != again.kept {
			t.Errorf("after %s its file answers %d", again.name, status)
		}
	}
}

// If the user sets a token, Jupyter uses it. The image is on the engine already.
func TestATokenOfTheUsersOwnIsJupyters(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	asked := time.Now()
	i := b.launch(model.Order{
		Image: notebook(t, e), Mode: model.ModeJupyter, GPUs: 1, Disk: 10, JupyterLab: true, // the image has only the notebook
		Options: "-e JUPYTER_TOKEN='my own & token'",
	})
	defer b.end(i.ID)
	i, _ = b.opened(i.ID, asked)
	if page := page(b, i); !strings.HasSuffix(page, "/?token=my+own+%26+token") {
		t.Errorf("its page is %s", page)
	}
	b.opens(i, "my own & token")
	asked = time.Now()
	b.act(i.ID, model.ActionReboot)
	now, _ := b.opened(i.ID, asked)
	b.opens(now, "my own & token")
	if got := strings.TrimSpace(execute(t, b, i.ID, "printenv", "JUPYTER_TOKEN")); got != "my own & token" {
		t.Errorf("inside, JUPYTER_TOKEN is %q", got)
	}
}

// page returns the URL that the Open action opens, with this machine's own address.
func page(b *bench, i model.Instance) string {
	b.t.Helper()
	u, ok := model.OpenURL(i, siteOf(b.parts).PublicIP)
	if jupyter, also := model.JupyterURL(i, siteOf(b.parts).PublicIP); !ok || !also || jupyter != u {
		b.t.Fatalf("Open leads to %q, Jupyter to %q", u, jupyter)
	}
	return u
}

// contents returns the URL of a file in Jupyter's contents API.
func contents(b *bench, i model.Instance, path string) string {
	host, _, _ := strings.Cut(page(b, i), "?")
	return host + "api/contents" + path
}

// opens checks that the page opens in a browser that trusts the authority, and that the token is valid for Jupyter's
// API.
func (b *bench) opens(i model.Instance, token string) {
	b.t.Helper()
	if status, text := visit(b.t, b.visitor(), page(b, i)); status != http.StatusOK || !strings.Contains(text, "Jupyter") {
		b.t.Errorf("%s answers %d: %.200s", page(b, i), status, text)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, contents(b, i, ""), nil)
	check(b.t, err)
	r.Header.Set("Authorization", "token "+token)
	answer, err := b.visitor().Do(r)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("it answers %s", answer.Status)
	}
	check(b.t, err)
	check(b.t, answer.Body.Close())
}
