package client

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// An asked is a fake API. It records the requests and has the answer to give.
type asked struct {
	requests []string // method, path and body
	keys     []string
	status   int
	then     int // the status from the third request on; 0: the same
	text     string
}

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) > 0 && !json.Valid(body) {
		body = fmt.Appendf(nil, "no JSON: %q %v", body, err)
	}
	a.requests = append(a.requests, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	a.keys = append(a.keys, r.Header.Get("Authorization"))
	if strings.Contains(r.URL.Path, "/request_logs/") {
		fmt.Fprintf(w, `{"success":true,"result_url":"http://%s/api/v0/results/5eed"}`, r.Host)
		return
	}
	if len(a.requests) == 3 && a.then != 0 {
		a.status = a.then
	}
	w.WriteHeader(a.status)
	io.WriteString(w, a.text)
}

// fake starts an API that always gives the same answer.
func fake(t *testing.T, status int, text string) (*asked, string) {
	t.Helper()
	a := &asked{status: status, text: text}
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return a, s.URL
}

// said is the result of a run of the client.
type said struct {
	code     int
	out, err string
}

// say runs the client, in instance 7 unless change says otherwise. In a word, _ stands for a space and ^ for a line's
// end.
func say(t *testing.T, url, words string, change func(*Place)) said {
	t.Helper()
	var out, errs strings.Builder
	p := Place{Own: 7, Key: "own", First: []string{"VAST_URL=" + url, "CONTAINER_ID=7"}, Home: t.TempDir(), Out: &out, Err: &errs}
	if change != nil {
		change(&p)
	}
	args := strings.Fields(words)
	for n := range args {
		args[n] = strings.NewReplacer("_", " ", "^", "\r\n").Replace(strings.Trim(args[n], `"`))
	}
	code := Main(p, args[0], args[1:])
	return said{code, out.String(), errs.String()}
}

const fine = `{"success":true}`

func TestWordsBecomeRequests(t *testing.T) {
	for _, c := range []struct{ words, want, out string }{
		{"vastai start instance 7", `PUT /api/v0/instances/7/ {"state": "running"}`, "starting instance 7.\n"},
		{"vastai stop instance 7", `PUT /api/v0/instances/7/ {"state": "stopped"}`, "stopping instance 7.\n"},
		{"vastai stop instance C.12", `PUT /api/v0/instances/12/ {"state": "stopped"}`, "stopping instance 12.\n"},
		{"vastai --api-key K stop instance 7", `PUT /api/v0/instances/7/ {"state": "stopped"}`, "stopping instance 7.\n"},
		{"vastai stop instance 7 --raw", `PUT /api/v0/instances/7/ {"state": "stopped"}`, "{\n  \"success\": true\n}\n"},
		{"vastai stop instance", `PUT /api/v0/instances/7/ {"state": "stopped"}`, "stopping instance 7.\n"},
		{`vastai stop instance ""`, `PUT /api/v0/instances/7/ {"state": "stopped"}`, "stopping instance 7.\n"},
		{"vastai reboot instance 7 --retry 3", `PUT /api/v0/instances/reboot/7/ {}`, "Rebooting instance 7.\n"},
		{"vastai destroy instance 7", `DELETE /api/v0/instances/7/ {}`, "destroying instance 7.\n"},
		{"vastai destroy instance 7 -y", `DELETE /api/v0/instances/7/ {}`, "destroying instance 7.\n"},
		{"vastai label instance 7 a_100%\"x", `PUT /api/v0/instances/7/ {"label":"a 100%\"x"}`, "label for 7 set to a 100%\"x.\n"},
		{"vastai label instance done", `PUT /api/v0/instances/7/ {"label":"done"}`, "label for 7 set to done.\n"},
		{`vastai label instance 7 ""`, `PUT /api/v0/instances/7/ {"label":""}`, "label for 7 set to .\n"},
		{"berth start", `PUT /api/v0/instances/7/ {"state": "running"}`, "starting instance 7.\n"},
		{"berth stop", `PUT /api/v0/instances/7/ {"state": "stopped"}`, "stopping instance 7.\n"},
		{"berth stop C.8 --json", `PUT /api/v0/instances/8/ {"state": "stopped"}`, "{\n  \"success\": true\n}\n"},
		{"berth reboot 7", `PUT /api/v0/instances/reboot/7/ {}`, "Rebooting instance 7.\n"},
		{"berth destroy", `DELETE /api/v0/instances/7/ {}`, "destroying instance 7.\n"},
		{"berth label done", `PUT /api/v0/instances/7/ {"label":"done"}`, "label for 7 set to done.\n"},
		{"berth label C.8 done", `PUT /api/v0/instances/8/ {"label":"done"}`, "label for 8 set to done.\n"},
	} {
		t.Run(c.words, func(t *testing.T) {
			a, url := fake(t, 200, fine)
			got := say(t, url, c.words, nil)
			if got != (said{0, c.out, ""}) {
				t.Errorf("it came to %+v", got)
			}
			if len(a.requests) != 1 || a.requests[0] != c.want {
				t.Errorf("asked %q, want %q", a.requests, c.want)
			}
		})
	}
}

func TestWrongWordsAskNothing(t *testing.T) {
	for words, want := range map[string]string{
		"vastai":                           "want a verb",
		"vastai search offers":             "Python package vastai",
		"vastai stop":                      "Python package vastai",
		"vastai stop instances":            "Python package vastai",
		"vastai stop 7":                    "Python package vastai",
		"vastai stop instance seven":       `instance "seven"`,
		"vastai stop instance -- -7":       `instance "-7"`,
		"vastai stop instance 7 8":         `"8" is a word too many`,
		"vastai show instances 7":          `"7" is a word too many`,
		"vastai stop instance 7 --force":   "--force",
		"vastai destroy instance":          "this instance is 7: vastai destroy instance C.7",
		`vastai destroy instance "" --yes`: "this instance is 7",
		"vastai label instance":            "vastai label instance C.7 LABEL",
		"vastai label instance 7":          "want a label after the id",
		"berth recycle":                    "no verb inside an instance",
		"berth stop instance 7":            "a word too many",
		"berth label C.7":                  "want a label after the id",
		"berth stop --url https://x":       "no HTTPS",
		"berth stop --url x:8800":          "http://",
		"berth stop --url http://":         "no address",
		"berth stop --api-key a_b":         "what --api-key holds is no API key",
		"berth stop --api-key a^X:b":       "no API key",
	} {
		a, url := fake(t, 200, fine)
		if got := say(t, url, words, nil); got.code != codeWords || !strings.Contains(got.err, want) || got.out != "" {
			t.Errorf("%s: %+v, want %q", words, got, want)
		}
		if len(a.requests) > 0 {
			t.Errorf("%s asked %q", words, a.requests)
		}
	}
	for name, blind := range map[string]func(*Place){
		"no id":      func(p *Place) { p.Own, p.First = 0, p.First[:1] },
		"no key":     func(p *Place) { p.Key = "" },
		"no address": func(p *Place) { p.First = nil },
	} {
		_, url := fake(t, 200, fine)
		if got := say(t, url, "berth stop", blind); got.code != codeWords {
			t.Errorf("with %s: %+v", name, got)
		}
	}
}

func TestHelpNamesEveryVerb(t *testing.T) {
	for _, name := range []string{"vastai", "berth"} {
		got := say(t, "", name+" --help", nil)
		for _, verb := range verbs {
			if !strings.Contains(got.out, "  "+name+" "+verb+" ") {
				t.Errorf("%s --help lacks %s:\n%s", name, verb, got.out)
			}
		}
		for line := range strings.Lines(got.out) {
			if len(strings.TrimSuffix(line, "\n")) > 80 {
				t.Errorf("longer than a terminal is wide: %s", line)
			}
		}
		if got.code != 0 || got.err != "" {
			t.Errorf("%+v", got)
		}
	}
}

func TestTheKeyIsTheFirstThatSomebodyChose(t *testing.T) {
	file := func(p *Place, name, text string) {
		at := filepath.Join(p.Home, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	steps := []func(*Place){ // weakest source first; each step adds one source
		func(*Place) {},
		func(p *Place) { p.Environ = append(p.Environ, "CONTAINER_API_KEY=container") },
		func(p *Place) { file(p, ".config/vastai/vast_api_key", "config\n") },
		func(p *Place) { file(p, ".vast_api_key", "file\n") },
		func(p *Place) { p.Environ = append(p.Environ, "VAST_API_KEY=variable") },
	}
	for n, want := range []string{"own", "container", "config", "file", "variable", "given"} {
		a, url := fake(t, 401, `{"success":false,"error":"auth_error","msg":"no"}`)
		words := "vastai stop instance 7"
		if n == len(steps) {
			words += " --api-key given"
		}
		got := say(t, url, words, func(p *Place) {
			for _, step := range steps[:min(n+1, len(steps))] {
				step(p)
			}
		})
		if a.keys[0] != "Bearer "+want {
			t.Errorf("step %d: the key is %q, want %s", n, a.keys[0], want)
		}
		if from := []string{"the launcher", "CONTAINER_API_KEY", "vastai/vast_api_key", "~/.vast_api_key", "VAST_API_KEY", "--api-key"}[n]; got.code != codeFailed || !strings.Contains(got.err, from) {
			t.Errorf("step %d: %+v, want it to name %s", n, got, from)
		}
	}
}

func TestTheAddressIsTheFirstThatSomebodyChose(t *testing.T) {
	_, wrong := fake(t, 500, "")
	for _, c := range []struct {
		name  string
		words string
		p     func(*Place, string)
	}{
		{"what the first process began with", "berth stop", func(p *Place, url string) { p.First = []string{"VAST_URL=" + url} }},
		{"the variable before it", "berth stop", func(p *Place, url string) {
			p.First, p.Environ = []string{"VAST_URL=" + wrong}, []string{"VAST_URL=" + url}
		}},
		{"with slashes at its end", "berth stop", func(p *Place, url string) { p.Environ = []string{"VAST_URL=" + url + "//"} }},
		{"what is given before all", "berth stop --url ", func(p *Place, _ string) { p.Environ = []string{"VAST_URL=" + wrong} }},
	} {
		a, url := fake(t, 200, fine)
		words := c.words
		if strings.HasSuffix(words, " ") {
			words += url
		}
		got := say(t, wrong, words, func(p *Place) { c.p(p, url) })
		if got.code != 0 || len(a.requests) != 1 || !strings.HasPrefix(a.requests[0], "PUT /api/v0/instances/7/ ") {
			t.Errorf("%s: %+v, asked %q", c.name, got, a.requests)
		}
	}
}

func TestRefusalsHaveACodeAndTheMachinesWords(t *testing.T) {
	for _, c := range []struct {
		status int
		text   string
		code   int
		words  string
	}{
		{404, `{"success":false,"error":"no_such_instance","msg":"there is no such instance"}`, codeNoInstance, "there is no such instance"},
		{400, `{"success":false,"error":"invalid_args","msg":"label: at most 256 characters"}`, codeWords, "at most 256"},
		{409, `{"success":false,"error":"not_allowed","msg":"it is being destroyed"}`, codeFailed, "it is being destroyed"},
		{200, `{"success":false,"msg":"not now"}`, codeFailed, "not now"},
		{500, `{}`, codeFailed, "status 500"},
		{502, `<html>bad gateway`, codeFailed, "isn't berth's API"},
		{200, `<html>welcome`, codeFailed, "isn't berth's API"},
		{301, ``, codeFailed, "isn't berth's API"},
	} {
		a, url := fake(t, c.status, c.text)
		got := say(t, url, "vastai stop instance 7", nil)
		if got.code != c.code || !strings.HasPrefix(got.err, "vastai: ") || !strings.Contains(got.err, c.words) || got.out != "" || len(a.requests) != 1 {
			t.Errorf("%d %s: %+v", c.status, c.text, got)
		}
		if raw := say(t, url, "vastai stop instance 7 --raw", nil); raw.code != c.code || json.Valid([]byte(c.text)) && !json.Valid([]byte(raw.out)) {
			t.Errorf("%d %s: as JSON %+v", c.status, c.text, raw)
		}
	}
}

const shown = `{"id":7,"actual_status":"running","num_gpus":2,"gpu_name":"H100 SXM","ssh_host":"203.0.113.7","ssh_port":23380,
 "label":"run \u001b[31m3","image_uuid":"debian","public_ipaddr":"203.0.113.7",
 "ports":{"10100/tcp":[{"HostIp":"0.0.0.0","HostPort":"24101"}],"22/tcp":[{"HostIp":"0.0.0.0","HostPort":"23380"}]}}`

func TestShow(t *testing.T) {
	const table = "ID  Status   Num  Model     SSH Addr     SSH Port  Ports  Label        Image\n" +
		"7   running  2x   H100 SXM  203.0.113.7  23380     2      run ?[31m3   debian\n"
	const bare = `{"id":8,"actual_status":null,"num_gpus":0,"gpu_name":null,"ssh_host":null,"ssh_port":null,"label":null,"image_uuid":"x"}`
	for _, c := range []struct{ words, answer, path, out string }{
		{"vastai show instance 7", `{"instances":` + shown + `}`, "GET /api/v0/instances/7/?owner=me ", table + "203.0.113.7:23380 -> 22/tcp\n203.0.113.7:24101 -> 10100/tcp\n"},
		{"berth show", `{"instances":` + shown + `}`, "GET /api/v0/instances/7/?owner=me ", table + "203.0.113.7:23380 -> 22/tcp\n203.0.113.7:24101 -> 10100/tcp\n"},
		{"vastai show instances", `{"instances":[` + shown + `]}`, "GET /api/v0/instances/?owner=me ", table},
		{"vastai show instances -q", `{"instances":[` + shown + "," + bare + `]}`, "GET /api/v0/instances/?owner=me ", "7\n8\n"},
		{"vastai show instances --raw", `{"instances":[]}`, "GET /api/v0/instances/?owner=me ", "[]\n"},
		{"vastai show instance 8", `{"instances":` + bare + `}`, "GET /api/v0/instances/8/?owner=me ",
			"ID  Status  Num  Model  SSH Addr  SSH Port  Ports  Label  Image\n8   -       0x   -      -         -         0      -      x\n"},
	} {
		a, url := fake(t, 200, c.answer)
		got := say(t, url, c.words, nil)
		if strings.Join(strings.Fields(got.out), " ") != strings.Join(strings.Fields(c.out), " ") || got.code != 0 || got.err != "" {
			t.Errorf("%s: %+v\nwant\n%s", c.words, got, c.out)
		}
		if len(a.requests) != 1 || a.requests[0] != c.path {
			t.Errorf("%s asked %q", c.words, a.requests)
		}
	}
	_, url := fake(t, 200, `{"instances":`+shown+`}`)
	var raw map[string]any
	if got := say(t, url, "berth show --json", nil); json.Unmarshal([]byte(got.out), &raw) != nil || raw["ssh_port"] != 23380.0 {
		t.Errorf("as JSON: %+v", got)
	}
	for answer, code := range map[string]int{`{"instances":null}`: codeNoInstance, `{}`: codeFailed, `[]`: codeFailed, `{"instances":[1]}`: codeFailed, `{"instances":{"id":"seven"}}`: codeFailed} {
		_, url := fake(t, 200, answer)
		if got := say(t, url, "vastai show instance 7", nil); got.code != code || got.out != "" {
			t.Errorf("%s: %+v, want %d", answer, got, code)
		}
	}
}

func TestLogs(t *testing.T) {
	for words, body := range map[string]string{
		"vastai logs 7": `{}`, "berth logs": `{}`, "vastai logs C.7 --tail 20": `{"tail":"20"}`,
		"berth logs --tail 5 --filter a_b --daemon-logs": `{"daemon_logs":"true","filter":"a b","tail":"5"}`,
	} {
		a, url := fake(t, 200, "one\n\ntwo\n")
		if got := say(t, url, words, nil); got != (said{0, "one\n\ntwo\n", ""}) {
			t.Errorf("%s: %+v", words, got)
		}
		if len(a.requests) != 2 || a.requests[0] != "PUT /api/v0/instances/request_logs/7/ "+body || a.requests[1] != "GET /api/v0/results/5eed " {
			t.Errorf("%s asked %q", words, a.requests)
		}
		if a.keys[0] != "Bearer own" || a.keys[1] != "" {
			t.Errorf("%s showed the keys %q; the second address has none", words, a.keys)
		}
	}
	a, url := fake(t, 202, fine)
	a.then = 404
	if got := say(t, url, "berth logs", nil); got.code != codeFailed || !strings.Contains(got.err, "status 404; ask for them again") || len(a.requests) != 3 {
		t.Errorf("logs that vanish: %+v after %q", got, a.requests)
	}
}

func TestOnATerminalDestroyAsksFirst(t *testing.T) {
	for _, c := range []struct {
		words, types string
		done         bool
	}{
		{"vastai destroy instance 7", "y\n", true},
		{"berth destroy", "Yes\n", true},
		{"vastai destroy instance 7", "n\n", false},
		{"berth destroy", "\n", false},
		{"berth destroy", "\x04", false}, // the end of the input
		{"vastai destroy instance 7 --yes", "", true},
	} {
		a, url := fake(t, 200, fine)
		mine, its, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(mine, c.types); err != nil {
			t.Fatal(err)
		}
		got := say(t, url, c.words, func(p *Place) { p.In = its })
		mine.Close()
		its.Close()
		if done := len(a.requests) == 1; done != c.done || done != (got.code == 0) || got.err != "" {
			t.Errorf("%s, answered with %q: %+v, asked %q", c.words, c.types, got, a.requests)
		}
		if asks := strings.Contains(got.out, "destroy instance 7?"); asks != (c.types != "") {
			t.Errorf("%s: %q", c.words, got.out)
		}
	}
	a, url := fake(t, 200, fine)
	in, out, err := os.Pipe() // a script's input that stays open and empty
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	if got := say(t, url, "vastai destroy instance 7", func(p *Place) { p.In = in }); got.code != 0 || len(a.requests) != 1 {
		t.Errorf("a script's: %+v", got)
	}
}

// scripted answers each connection with bytes after it has read the request, and closes the connection.
func scripted(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.Read(make([]byte, 4096))
				answer(conn)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}
