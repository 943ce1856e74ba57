package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Options is the parsed text of the docker-create line: variables, host name and ports.
type Options struct {
	Env      []Var // in the order of the text; if a name occurs more than once, the last value counts
	Hostname string
	Ports    []PortAsk
}

// A PortAsk is one requested port: an internal number, or an identity port (IdentityBase and above).
type PortAsk struct {
	Number   int
	Protocol Protocol
}

// String formats a port as everywhere: 8081/tcp.
func (a PortAsk) String() string { return strconv.Itoa(a.Number) + "/" + string(a.Protocol) }

// Flag returns the value of -p that requests the port.
func (a PortAsk) Flag() string {
	n := strconv.Itoa(a.Number)
	if a.Protocol == TCP {
		return n + ":" + n
	}
	return n + ":" + n + "/" + string(a.Protocol)
}

// maxOptions is the longest option text, in bytes. It has room for a few variables of the largest size, and it still
// fits into a container label.
const maxOptions = 256 << 10

// maxOptionFaults stops the parser early on text that was never meant as options.
const maxOptionFaults = 50

// optionFlags lists the only flags that are accepted. They are spelled as for docker create.
var optionFlags = []struct {
	short, long, example string
	read                 func(*optionReader, string)
}{
	{"-e", "--env", "NAME=value", (*optionReader).env},
	{"-h", "--hostname", "NAME", (*optionReader).hostname},
	{"-p", "--publish", "8081", (*optionReader).publish},
}

// ParseOptions parses option text. Its error is Faults of the field "options". With an error it still returns what
// could be parsed.
func ParseOptions(text string) (Options, error) {
	o, faults := parseOptions(text)
	return o, faults.Err()
}

func parseOptions(text string) (Options, Faults) {
	r := optionReader{asked: map[PortAsk]bool{}}
	if len(text) > maxOptions {
		r.fault("", "at most %d KB of text, this has %d", maxOptions>>10, len(text)>>10)
		return r.options, r.faults
	}
	words, err := SplitWords(text)
	for len(words) > 0 && len(r.faults) < maxOptionFaults {
		words = r.flag(words)
	}
	if err != nil {
		r.fault("", "%v", err)
	}
	if n := len(r.options.Ports); n > MaxPorts {
		r.fault("", "at most %d ports, these are %d", MaxPorts, n)
	}
	return r.options, r.faults
}

// String formats the options as text from which ParseOptions reads the same options.
func (o Options) String() string {
	var words []string
	for _, v := range o.Env {
		value := ""
		if v.Value != "" {
			value = QuoteWord(v.Value)
		}
		words = append(words, "-e", v.Name+"="+value)
	}
	if o.Hostname != "" {
		words = append(words, "-h", QuoteWord(o.Hostname))
	}
	for _, p := range o.Ports {
		words = append(words, "-p", p.Flag())
	}
	return strings.Join(words, " ")
}

// With returns o combined with more, as a form is combined with its template. Variables and the host name in more
// replace those in o. Ports are added.
func (o Options) With(more Options) Options {
	o.Env = overlay(o.Env, more.Env)
	if more.Hostname != "" {
		o.Hostname = more.Hostname
	}
	o.Ports = slices.Clone(o.Ports)
	for _, p := range more.Ports {
		if !slices.Contains(o.Ports, p) {
			o.Ports = append(o.Ports, p)
		}
	}
	return o
}

// An optionReader collects the options and all faults of their text.
type optionReader struct {
	options Options
	asked   map[PortAsk]bool
	faults  Faults
}

func (r *optionReader) fault(value, format string, args ...any) {
	r.faults = append(r.faults, Fault{Field: "options", Value: value, Reason: fmt.Sprintf(format, args...)})
}

// flag parses one flag and its value from the front of words, and returns the rest.
func (r *optionReader) flag(words []string) []string {
	word, rest := words[0], words[1:]
	if !strings.HasPrefix(word, "-") {
		r.fault(word, "%s", notFlag(word))
		return rest
	}
	for _, f := range optionFlags {
		value, attached, ok := cutFlag(word, f.short, f.long)
		switch {
		case !ok:
			continue
		case !attached && (len(rest) == 0 || strings.HasPrefix(rest[0], "-")):
			r.fault(word, "needs a value, such as %s %s", f.short, f.example)
		case !attached:
			value, rest = rest[0], rest[1:]
			f.read(r, value)
		default:
			f.read(r, value)
		}
		return rest
	}
	name, _, _ := strings.Cut(word, "=")
	r.fault(name, "only -e (--env), -h (--hostname) and -p (--publish) can be written here")
	for len(rest) > 0 && !strings.HasPrefix(rest[0], "-") { // skip the unknown flag's value: it is no second fault
		rest = rest[1:]
	}
	return rest
}

// notFlag returns the reason why a word isn't a flag. Text processors and chats replace dashes and quotation marks.
func notFlag(word string) string {
	switch {
	case strings.IndexAny(word, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\uff0d") == 0:
		return "the dash before it is a typographic one: type - instead, as in -e NAME=value"
	case strings.ContainsAny(word, "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"):
		return `its quotation marks are typographic ones: type " instead, as in -e NAME="a b"`
	}
	return `no flag stands before it; a value with spaces needs quotes: -e NAME="a b"`
}

// cutFlag reads -e, -eVALUE, -e=VALUE, --env and --env=VALUE, as docker does.
func cutFlag(word, short, long string) (value string, attached, ok bool) {
	if after, found := strings.CutPrefix(word, long); found && strings.HasPrefix(word, "--") {
		value, attached = strings.CutPrefix(after, "=")
		return value, attached, after == "" || attached
	}
	after, found := strings.CutPrefix(word, short)
	if !found {
		return "", false, false
	}
	return strings.TrimPrefix(after, "="), after != "", true
}

// env parses NAME=value. A fault shows only the name, because values are often secrets.
func (r *optionReader) env(word string) {
	name, value, given := strings.Cut(word, "=")
	v := Var{Name: name, Value: value}
	switch reason := v.wrong(); {
	case !given:
		r.fault(name, "a variable needs a value: -e NAME=value")
	case reason != "":
		r.fault(name, "%s", reason)
	default:
		r.options.Env = append(r.options.Env, v)
	}
}

func (r *optionReader) hostname(name string) {
	if reason := wrongHostname(name); reason != "" {
		r.fault(name, "%s", reason)
		return
	}
	r.options.Hostname = name
}

func (r *optionReader) publish(word string) {
	asks, err := parsePorts(word)
	if err != nil {
		r.fault(word, "%v", err)
		return
	}
	for _, ask := range asks {
		if r.asked[ask] {
			r.fault(word, "port %s is asked for twice", ask)
			continue
		}
		r.asked[ask] = true
		r.options.Ports = append(r.options.Ports, ask)
	}
}
