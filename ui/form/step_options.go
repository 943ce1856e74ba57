package form

import (
	"strings"

	"berth/model"
)

// An optionsStep asks for variables, ports and the host name. The line of text and the rows below it are two
// views of one thing: whichever is typed in writes the other. The line is what the order gets, so nothing that
// the rows can't show is ever lost: it stays in the line, whatever is typed in a row.
type optionsStep struct {
	line  text
	vars  []text
	ports []text
	host  text
	rest  string // of a line with faults: what no row shows
}

func newOptionsStep() optionsStep {
	s := optionsStep{
		line: newText(field{key: "options", label: "Line", wide: true,
			hint: "-e NAME=value, -p 8081, -p 8082/udp, -p 70000 (same port inside and outside), -h NAME; or paste a .env file"},
			`-e NAME="a b" -p 8081`),
		host: newText(field{label: "Host name", hint: "letters, digits, - and dots"}, "the container's own id"),
	}
	s.line.rows = 2
	return s
}

func (s *optionsStep) see(Inputs) {}

func (s *optionsStep) load(o model.Order) {
	s.line.set(o.Options)
	s.readLine()
}

func (s *optionsStep) store(o *model.Order) { o.Options = s.line.value() }

// paste takes the pasted lines of a .env file as variables, whichever field has the keys: in the line where its cursor
// is, else behind all else. A single one, pasted into a row that is begun, is a part of that row.
func (s *optionsStep) paste(at int, content string) bool {
	flags, ok := model.EnvFile(content)
	if !ok {
		return false
	}
	pasted, _ := model.ParseOptions(flags) // what is wrong with them is said beside the line
	before, behind := s.line.halves()
	if at > 0 {
		if s.inputs()[at].(*text).value() != "" && len(pasted.Env) == 1 {
			return false
		}
		before, behind = s.line.value(), ""
	}
	s.line.set(strings.TrimSpace(before+" "+flags+" "+behind) + " ")
	s.readLine()
	return true
}

// sync carries what was typed in one view over to the other; at is the input that was typed in.
func (s *optionsStep) sync(at int) {
	if at == 0 {
		s.readLine()
		return
	}
	s.line.set(s.written())
	s.openRows()
}

// readLine makes the rows of the line. A line that the rows wrote needs none: a faulty row stays where it is typed.
func (s *optionsStep) readLine() {
	options, err := model.ParseOptions(s.line.value())
	if err == nil || s.written() != s.line.value() {
		s.rest = ""
		if err != nil {
			options, s.rest = readable(s.line.value())
		}
		s.show(options)
	}
	s.openRows()
}

func (s *optionsStep) show(options model.Options) {
	s.vars, s.ports = nil, nil
	for _, v := range options.Env {
		s.vars = append(s.vars, variableRow(v.Name+"="+v.Value))
	}
	for _, p := range options.Ports {
		s.ports = append(s.ports, portRow(strings.TrimSuffix(p.String(), "/"+string(model.TCP))))
	}
	s.host.set(options.Hostname)
}

// readable is what of a line with faults can be shown in rows, and the rest of it.
func readable(line string) (model.Options, string) {
	words, err := model.SplitWords(line)
	if err != nil {
		return model.Options{}, line
	}
	var shown model.Options
	var rest []string
	for len(words) > 0 {
		n := 1
		for n < len(words) && !strings.HasPrefix(words[n], "-") {
			n++
		}
		if one, err := model.ParseOptions(model.JoinWords(words[:n])); err != nil {
			rest = append(rest, words[:n]...)
		} else {
			shown = shown.With(one)
		}
		words = words[n:]
	}
	return shown, model.JoinWords(rest)
}

// openRows sees to it that the last row of each kind is an empty one to type in.
func (s *optionsStep) openRows() {
	if n := len(s.vars); n == 0 || s.vars[n-1].value() != "" {
		s.vars = append(s.vars[:n:n], variableRow(""))
	}
	if n := len(s.ports); n == 0 || s.ports[n-1].value() != "" {
		s.ports = append(s.ports[:n:n], portRow(""))
	}
	for i := range s.vars {
		s.vars[i].label = rowLabel(i, "Variables")
	}
	for i := range s.ports {
		s.ports[i].label = rowLabel(i, "Ports")
	}
}

// rowLabel names the first row of a kind; the others stand below it.
func rowLabel(i int, label string) string {
	if i == 0 {
		return label
	}
	return ""
}

func variableRow(value string) text {
	t := newText(field{hint: "NAME=value, without quotes; an emptied row goes away"}, "NAME=value")
	t.set(value)
	return t
}

func portRow(value string) text {
	t := newText(field{hint: "8081, 8082/udp, 9000-9010, or 70000 for a port that is the same inside and outside"}, "a port, or several: 9000-9010")
	t.set(value)
	return t
}

// written is the rows as a line. What isn't valid is written all the same, for the fault to name it.
func (s *optionsStep) written() string {
	var flags []string
	for _, v := range s.vars {
		if value := v.value(); value != "" {
			flags = append(flags, writtenVariable(value))
		}
	}
	if value := s.host.value(); value != "" {
		flags = append(flags, writtenFlag("-h", value))
	}
	for _, p := range s.ports {
		if value := strings.TrimSpace(p.value()); value != "" {
			flags = append(flags, writtenFlag("-p", value))
		}
	}
	if s.rest != "" {
		flags = append(flags, s.rest)
	}
	return strings.Join(flags, " ")
}

// writtenVariable writes -e NAME="a b", the quotes around the value alone where the name needs none.
func writtenVariable(pair string) string {
	name, value, given := strings.Cut(pair, "=")
	if !given || name == "" || name != model.QuoteWord(name) || strings.HasPrefix(name, "-") {
		return writtenFlag("-e", pair)
	}
	return model.Options{Env: []model.Var{{Name: name, Value: value}}}.String()
}

// writtenFlag writes a flag and its value. One that begins with - is tied to its flag, or it would be read as
// the next one.
func writtenFlag(flag, value string) string {
	if strings.HasPrefix(value, "-") {
		return flag + "=" + model.QuoteWord(value)
	}
	return flag + " " + model.QuoteWord(value)
}

func (s *optionsStep) inputs() []input {
	in := []input{&s.line}
	for i := range s.vars {
		in = append(in, &s.vars[i])
	}
	for i := range s.ports {
		in = append(in, &s.ports[i])
	}
	return append(in, &s.host)
}

// place finds the row a fault is about: the one whose text it quotes. While the line is typed in, all faults
// are the line's.
func (s *optionsStep) place(f model.Fault, focus int) int {
	if focus == 0 || f.Value == "" {
		return 0
	}
	at := 0
	for i, in := range s.inputs()[1:] {
		value := strings.TrimSpace(in.(*text).value())
		if value != "" && (strings.HasPrefix(f.Value, value) || strings.HasPrefix(value, f.Value)) {
			at = i + 1
		}
	}
	return at
}
