package client

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"berth/model"

	"golang.org/x/term"
)

// A deed is a verb that changes an instance.
type deed struct {
	method string
	path   string // %d is the id
	body   string
	done   string // what is said of it; %d is the id
	ends   bool   // the instance, and whoever asks from within, may be gone before the answer is there
}

var deeds = map[string]deed{
	"start":   {"PUT", "/api/v0/instances/%d/", `{"state": "running"}`, "starting instance %d.", false},
	"stop":    {"PUT", "/api/v0/instances/%d/", `{"state": "stopped"}`, "stopping instance %d.", true},
	"reboot":  {"PUT", "/api/v0/instances/reboot/%d/", `{}`, "Rebooting instance %d.", true},
	"destroy": {"DELETE", "/api/v0/instances/%d/", `{}`, "destroying instance %d.", true},
}

// deed is what a call does.
func (c call) deed() (deed, error) {
	if c.verb != "label" {
		return deeds[c.verb], nil
	}
	body, err := json.Marshal(map[string]string{"label": c.label})
	done := "label for %d set to " + strings.ReplaceAll(printable(c.label), "%", "%%") + "."
	return deed{"PUT", "/api/v0/instances/%d/", string(body), done, false}, err
}

// order does what changes an instance. An instance that ends itself loses the connection: one that
// ends after the request was sent means success here. The instance's end may begin before the
// answer is there, with a signal to every process; the launcher kills whoever takes longer than the grace time.
func (p Place) order(a api, c call) error {
	d, err := c.deed()
	if err != nil {
		return err
	}
	endsItself := d.ends && c.id == p.own()
	if endsItself {
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP)
		defer signal.Reset(syscall.SIGTERM, syscall.SIGHUP)
	}
	got, err := a.ask(request{method: d.method, path: fmt.Sprintf(d.path, c.id), body: d.body})
	if endsItself && errors.Is(err, errCut) {
		err = nil
	}
	if c.raw && got != nil {
		p.printJSON(got)
	}
	if err == nil && !c.raw {
		fmt.Fprintf(p.Out, d.done+"\n", c.id)
	}
	return err
}

// confirmed asks a person. Scripts aren't asked: those written for the platform's older client don't expect it,
// and those for the newer one say --yes.
func (p Place) confirmed(id model.InstanceID) bool {
	if p.In == nil || !term.IsTerminal(int(p.In.Fd())) {
		return true
	}
	fmt.Fprintf(p.Out, "Are you sure you want to destroy instance %d? This is irreversible and will delete all data. [y/N] ", id)
	line, _ := bufio.NewReader(p.In).ReadString('\n') // what ends without a word is no yes
	said := strings.ToLower(strings.TrimSpace(line))
	return said == "y" || said == "yes"
}

// The wait for logs, which the server makes while it is asked for them.
const (
	logAttempts = 60
	logPause    = 300 * time.Millisecond
)

// logs prints an instance's output. It is made first, and fetched from an address of its own then.
func (p Place) logs(a api, c call) error {
	want := map[string]string{}
	for name, value := range map[string]string{"tail": c.tail, "filter": c.filter} {
		if value != "" {
			want[name] = value
		}
	}
	if c.daemon {
		want["daemon_logs"] = "true"
	}
	body, err := json.Marshal(want)
	if err != nil {
		return err
	}
	got, err := a.ask(request{method: "PUT", path: fmt.Sprintf("/api/v0/instances/request_logs/%d/", c.id), body: string(body)})
	if err != nil {
		return err
	}
	var made struct {
		At string `json:"result_url"`
	}
	if err := json.Unmarshal(got, &made); err != nil || made.At == "" {
		return fmt.Errorf("%s: %w", a.at.Host, errNotHTTP)
	}
	return p.fetch(a, made.At)
}

// fetch prints a result when it is ready.
func (p Place) fetch(a api, from string) error {
	at, err := parseAddress(from)
	if err != nil {
		return err
	}
	r := request{method: "GET"}
	if at.RawQuery != "" {
		r.path = "?" + at.RawQuery
	}
	for range logAttempts {
		got, err := exchange(at, r, a.limit)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", at.Host, err)
		case got.status == 200:
			_, err := p.Out.Write(got.body)
			return err
		case got.status != 202:
			return fmt.Errorf("fetching the logs: status %d; ask for them again", got.status)
		}
		time.Sleep(logPause)
	}
	return errors.New("the logs aren't ready yet; ask for them again")
}
