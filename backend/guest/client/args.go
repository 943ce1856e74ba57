package client

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"berth/model"

	"github.com/spf13/pflag"
)

// vastai is the name with the command line of the reference platform's client: a verb, the word instance, an ID.
const vastai = "vastai"

// A call is a parsed command line.
type call struct {
	verb   string
	id     model.InstanceID
	all    bool // show every instance that the key may see
	label  string
	tail   string
	filter string
	daemon bool
	key    string
	url    string
	raw    bool
	quiet  bool
	yes    bool
}

// verbs are all verbs of the client.
var verbs = []string{"show", "start", "stop", "reboot", "destroy", "label", "logs"}

// parse parses a command line.
func parse(name string, args []string, p Place) (call, error) {
	var c call
	f := pflag.NewFlagSet(name, pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.StringVar(&c.key, "api-key", "", "")
	f.StringVar(&c.url, "url", "", "")
	f.StringVar(&c.tail, "tail", "", "")
	f.StringVar(&c.filter, "filter", "", "")
	f.BoolVar(&c.daemon, "daemon-logs", false, "")
	f.BoolVar(&c.raw, "raw", false, "")
	f.BoolVar(&c.raw, "json", false, "")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "")
	f.BoolVarP(&c.yes, "yes", "y", false, "")
	// Scripts pass these to the platform's client. Here they have no effect.
	f.String("retry", "", "")
	f.Bool("explain", false, "")
	f.Bool("no-color", false, "")
	if err := f.Parse(args); errors.Is(err, pflag.ErrHelp) {
		return c, err
	} else if err != nil {
		return c, wrong("%v; %s --help names what there is", err, name)
	}
	words := f.Args()
	if len(words) == 0 {
		return c, wrong("want a verb: %s; %s --help says more", strings.Join(verbs, ", "), name)
	}
	c.verb, words = words[0], words[1:]
	if !slices.Contains(verbs, c.verb) {
		return c, unknown(name, c.verb)
	}
	if name == vastai && c.verb != "logs" {
		if len(words) == 0 || words[0] != "instance" && (c.verb != "show" || words[0] != "instances") {
			return c, unknown(name, strings.Join(append([]string{c.verb}, words...), " "))
		}
		c.all = words[0] == "instances"
		words = words[1:]
	}
	return c, c.take(name, words, p)
}

// unknown returns an error for a command that this client doesn't have.
func unknown(name, said string) error {
	if name == vastai {
		return wrong("%q is more than berth's stand-in for this client knows: %s instance ID, show instances, logs ID; the whole client is the Python package vastai",
			said, strings.Join(verbs[:len(verbs)-1], "|"))
	}
	return wrong("%q is no verb inside an instance: want one of %s; the others are the machine's", said, strings.Join(verbs, ", "))
}

// take parses the ID and the words after it. In a session $CONTAINER_ID is empty, so a missing ID means this instance.
// An order that can't be undone needs an ID under the name vastai, because a script may have left it out by mistake.
func (c *call) take(name string, words []string, p Place) error {
	more := 0
	if c.verb == "label" {
		more = 1
	}
	if c.all && len(words) > 0 || len(words) > more+1 {
		return wrong("%q is a word too many; %s --help shows the words", words[len(words)-1], name)
	}
	if c.all {
		return nil
	}
	if len(words) < more {
		return wrong("want a label: %s", example(name, c.verb, p.own()))
	}
	id := ""
	if len(words) == more+1 {
		id, words = words[0], words[1:]
	}
	if more > 0 {
		c.label = words[0]
	}
	if id == "" {
		return c.defaultToOwn(name, p)
	}
	var err error
	if c.id, err = model.ParseInstanceID(id); err != nil {
		return wrong("%v", err)
	}
	return nil
}

// defaultToOwn sets the ID of a call without one to this instance's.
func (c *call) defaultToOwn(name string, p Place) error {
	c.id = p.own()
	switch _, isID := model.ParseInstanceID(c.label); {
	case c.id == 0:
		return wrong("want an instance's id: CONTAINER_ID isn't known here")
	case c.verb == "destroy" && name == vastai:
		return wrong("want an id; this instance is %d: %s", c.id, example(name, c.verb, c.id))
	case c.verb == "label" && isID == nil:
		return wrong("want a label after the id: %s", example(name, c.verb, c.id))
	}
	return nil
}

// example returns how a verb is written.
func example(name, verb string, id model.InstanceID) string {
	words := []string{name, verb}
	if name == vastai {
		words = append(words, "instance")
	}
	words = append(words, id.String())
	if verb == "label" {
		words = append(words, "LABEL")
	}
	return strings.Join(words, " ")
}

// help returns the text of --help, for terminals of 80 columns.
func help(name string) string {
	noun, id, what := "", "[ID]", "What an instance may ask of its machine. Without an ID it is about this one."
	if name == vastai {
		noun, id, what = "instance ", "ID", "berth's stand-in for the Python package vastai, with what an instance's own key\nmay do."
	}
	verbs := []struct{ words, does string }{
		{"show " + noun + id, "its state, SSH address and ports"},
		{"start " + noun + id, "start it"},
		{"stop " + noun + id, "stop it: files and ports stay, the GPUs go"},
		{"reboot " + noun + id, "stop and start it on the same GPUs"},
		{"destroy " + noun + id, "remove it and its files for ever"},
		{"label " + noun + id + " LABEL", "give it a label"},
		{"logs " + id, "its output"},
	}
	if name == vastai {
		verbs = append(verbs, struct{ words, does string }{"show instances", "all that the key may see"})
	}
	widest := 0
	for _, v := range verbs {
		widest = max(widest, len(v.words))
	}
	var b strings.Builder
	b.WriteString(what + "\n\n")
	for _, v := range verbs {
		fmt.Fprintf(&b, "  %s %-*s  %s\n", name, widest, v.words, v.does)
	}
	b.WriteString(`
An ID is written 7 or C.7.

  --tail N        logs: the last N lines
  --filter TEXT   logs: the lines with TEXT in them
  --daemon-logs   logs: what was ordered of it and done, instead
  --api-key KEY   else VAST_API_KEY, ~/.vast_api_key,
                  ~/.config/vastai/vast_api_key, this instance's own
  --url URL       else VAST_URL, also the one this instance was created with
  --raw, --json   JSON as the API gives it
  -q, --quiet     show: ids alone
  -y, --yes       destroy: don't ask, as it does on a terminal

Exit codes: 0 done, 1 failed, 2 wrong words, 3 no such instance.
`)
	return b.String()
}
