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

// An orderRequest is the request of a verb that changes an instance.
type orderRequest struct {
	method string
	path   string // %d is the instance's ID
	body   string
	done   string // the message on success; %d is the instance's ID
	ends   bool   // the instance, with a client inside it, may end before the answer arrives
}

var orderRequests = map[string]orderRequest{
	"start":   {"PUT", "/api/v0/instances/%d/", `{"state": "running"}`, "starting instance %d.", false},
	"stop":    {"PUT", "/api/v0/instances/%d/", `{"state": "stopped"}`, "stopping instance %d.", true},
	"reboot":  {"PUT", "/api/v0/instances/reboot/%d/", `{}`, "Rebooting instance %d.", true},
	"destroy": {"DELETE", "/api/v0/instances/%d/", `{}`, "destroying instance %d.", true},
}

// orderRequest returns the request for a call.
func (c call) orderRequest() (orderRequest, error) {
	if c.verb != "label" {
		return orderRequests[c.verb], nil
	}
	body, err := json.Marshal(map[string]string{"label": c.label})
	done := "label for %d set to " + strings.ReplaceAll(printable(c.label), "%", "%%") + "."
	return orderRequest{"PUT", "/api/v0/instances/%d/", string(body), done, false}, err
}

// order changes an instance. When the instance ends itself, the connection may break: if that happens after the request
// was sent, it counts as success. The instance may begin to end before the answer arrives, with SIGTERM to every
// process, which the client ignores. The launcher kills what runs longer than the grace time.
func (p Place) order(a api, c call) error {
	d, err := c.orderRequest()
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

// confirmed asks a person to confirm. It doesn't ask scripts, whose input isn't a terminal: scripts for the platform's
// older client don't expect a question, and scripts for the newer one pass --yes.
func (p Place) confirmed(id model.InstanceID) bool {
	if p.In == nil || !term.IsTerminal(int(p.In.Fd())) {
		return true
	}
	fmt.Fprintf(p.Out, "Are you sure you want to destroy instance %d? This is irreversible and will delete all data. [y/N] ", id)
	line, _ := bufio.NewReader(p.In).ReadString('\n') // the end of the input counts as no
	said := strings.ToLower(strings.TrimSpace(line))
	return said == "y" || said == "yes"
}

// The server prepares the logs while the client polls for them.
const (
	logAttempts = 60
	logPause    = 300 * time.Millisecond
)

// logs prints an instance's output. The server first prepares the text, which then has an address of its own.
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

// fetch polls for a result and prints it.
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
