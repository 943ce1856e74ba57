// Package client is the command inside an instance that talks to the machine's API, for images that have no client of
// their own. Under the name vastai it takes the command line of Vast.ai's Python package; under the name
// berth that of the machine's own commands. It can do what an instance's own key allows (environment.md §7), and
// nothing else. Begin reading at Main.
//
//	vastai stop instance 7         berth stop
//	vastai show instance 7 --raw   berth show --json
//	vastai logs 7 --tail 20        berth logs --tail 20
//
// It has its own HTTP/1.1, with one connection for each request: net/http would make the launcher a quarter larger. It
// has no TLS, since an instance and its machine talk without it.
package client

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"berth/model"

	"github.com/spf13/pflag"
)

// A Place is the environment of one run of the client. A session doesn't have the variables that its container was
// created with, so each fact has several sources; find.go has their order.
type Place struct {
	Own     model.InstanceID // from the launcher's orders; 0: unknown
	Key     string           // the instance's own key, from the launcher's orders
	Environ []string         // the variables of this process
	First   []string         // the variables of the container's first process
	Home    string           // the folder with the files that hold keys
	In      *os.File
	Out     io.Writer
	Err     io.Writer
}

// The exit codes, the same as those of the machine's own commands.
const (
	codeDone = iota
	codeFailed
	codeWords
	codeNoInstance
)

// The kinds of errors with an exit code of their own.
var (
	errWords      = errors.New("wrong words")
	errNoInstance = errors.New("no such instance")
	errShown      = errors.New("said already")
)

// A fault is an error of one of these kinds, with a message for a person.
type fault struct {
	kind error
	text string
}

func (f fault) Error() string { return f.text }
func (f fault) Unwrap() error { return f.kind }

func wrong(format string, args ...any) error { return fault{errWords, fmt.Sprintf(format, args...)} }

// Main runs the client under one of its names and returns the exit code.
func Main(p Place, name string, args []string) int {
	c, err := parse(name, args, p)
	if errors.Is(err, pflag.ErrHelp) {
		fmt.Fprint(p.Out, help(name))
		return codeDone
	}
	if err == nil {
		err = p.run(c)
	}
	if err != nil && !errors.Is(err, errShown) {
		fmt.Fprintf(p.Err, "%s: %v\n", name, err)
	}
	switch {
	case err == nil:
		return codeDone
	case errors.Is(err, errWords):
		return codeWords
	case errors.Is(err, errNoInstance):
		return codeNoInstance
	}
	return codeFailed
}

// run does what the command line asks for.
func (p Place) run(c call) error {
	a, err := p.api(c)
	if err != nil {
		return err
	}
	switch c.verb {
	case "show":
		return p.show(a, c)
	case "logs":
		return p.logs(a, c)
	case "destroy":
		if !c.yes && !p.confirmed(c.id) {
			fmt.Fprintln(p.Out, "Aborted.")
			return errShown
		}
	}
	return p.order(a, c)
}

// The time limits of a call.
const (
	dialTime = 3 * time.Second
	callTime = 35 * time.Second // the server's own limit and a little more
)

// pauses are the waits between attempts while nobody listens: the machine's next keeper takes over within seconds.
var pauses = []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}

// api returns the API's address and the key, from the command line or from the place.
func (p Place) api(c call) (api, error) {
	key, from := p.key(c.key)
	if key == "" {
		return api{}, wrong("no API key is known here: give one with --api-key")
	}
	if !plainWord(key) {
		return api{}, wrong("what %s holds is no API key", from)
	}
	at, err := p.address(c.url)
	if err != nil {
		return api{}, err
	}
	return api{at: at, key: key, from: from, limit: callTime, pauses: pauses}, nil
}
