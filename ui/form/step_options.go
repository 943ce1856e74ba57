package form

import (
	"slices"
	"strings"

	"berth/model"
)

// An optionsStep asks for variables, ports and the host name. The line of text and the rows below it are two views of
// the same thing: typing in one updates the other. The order gets the line. Text that the rows can't show is never
// lost: it stays in the line, whatever is typed in a row.
type optionsStep struct {
	line  text
	vars  []text
	ports []text
	host  text
	rest  string // the part of a faulty line that no row shows
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
	s.vars, s.ports = nil, nil
	s.host.set("")
	s.line.set(o.Options)
	s.readLine()
}

// store adds the rows that can't be read to the line, which shows those that can, so that their faults are reported.
func (s *optionsStep) store(o *model.Order) {
	o.Options = s.line.value()
	if bad := s.flags(false); len(bad) > 0 {
		o.Options = strings.TrimSpace(strings.Join(bad, " ") + " " + o.Options) // a quotation mark may be open at its end
	}
}

// paste turns the pasted lines of a .env file into variables, whichever field is focused. In the line they are inserted
// at the cursor, otherwise appended to the line. A single variable that is pasted into a row with text is inserted into
// that row.
func (s *optionsStep) paste(at int, content string) bool {
	flags, ok := model.EnvFile(content)
	if !ok {
		return false
	}
	pasted, _ := model.ParseOptions(flags) // its faults are shown beside the line
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

// sync updates one view after the other was typed in; at is the input that was typed in.
func (s *optionsStep) sync(at int) {
	if at == 0 {
		s.readLine()
		return
	}
	s.line.set(s.written())
	s.openRows()
}

// readLine makes the rows from the line. If the rows have written the line themselves, it keeps them: a faulty row
// stays where it is typed.
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

// show makes the rows from options. A row that can't be read isn't in them, and stays where it was typed.
func (s *optionsStep) show(options model.Options) {
	badVars, badPorts := unreadable(s.vars, variableFlag), unreadable(s.ports, portFlag)
	s.vars, s.ports = nil, nil
	for _, v := range options.Env {
		s.vars = append(s.vars, variableRow(v.Name+"="+v.Value))
	}
	for _, p := range options.Ports {
		s.ports = append(s.ports, portRow(strings.TrimSuffix(p.String(), "/"+string(model.TCP))))
	}
	s.vars, s.ports = append(s.vars, badVars...), append(s.ports, badPorts...)
	if options.Hostname != "" || isReadable(hostFlag(s.host.value())) {
		s.host.set(options.Hostname)
	}
}

// unreadable returns the rows whose flags can't be read.
func unreadable(rows []text, flag func(string) string) []text {
	var bad []text
	for _, row := range rows {
		if value := row.value(); strings.TrimSpace(value) != "" && !isReadable(flag(value)) {
			bad = append(bad, row)
		}
	}
	return bad
}

func isReadable(flag string) bool {
	_, err := model.ParseOptions(flag)
	return err == nil
}

// readable returns the part of a faulty line that can be shown in rows, and the rest.
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

// openRows makes sure that the last row of each kind is empty, for typing.
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

// rowLabel returns the label for the first row of a kind, and no label for the others.
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

// written returns the rows that can be read as a line.
func (s *optionsStep) written() string {
	flags := s.flags(true)
	if s.rest != "" {
		flags = append(flags, s.rest)
	}
	return strings.Join(flags, " ")
}

// flags returns the flags of the rows that can be read, or of those that can't.
func (s *optionsStep) flags(readable bool) []string {
	var flags []string
	add := func(value, flag string) {
		if strings.TrimSpace(value) != "" && isReadable(flag) == readable {
			flags = append(flags, flag)
		}
	}
	for _, v := range s.vars {
		add(v.value(), variableFlag(v.value()))
	}
	add(s.host.value(), hostFlag(s.host.value()))
	for _, p := range s.ports {
		add(p.value(), portFlag(p.value()))
	}
	return flags
}

func hostFlag(value string) string { return writtenFlag("-h", value) }
func portFlag(value string) string { return writtenFlag("-p", strings.TrimSpace(value)) }

// variableFlag formats -e NAME="a b", with quotes around the value only, unless the name needs them too.
func variableFlag(pair string) string {
	name, value, given := strings.Cut(pair, "=")
	if !given || name == "" || name != model.QuoteWord(name) || strings.HasPrefix(name, "-") {
		return writtenFlag("-e", pair)
	}
	return model.Options{Env: []model.Var{{Name: name, Value: value}}}.String()
}

// writtenFlag formats a flag and its value. A value that begins with - is joined to its flag by =, because it would
// otherwise be parsed as the next flag.
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

// place finds the row that a fault is about: the one whose text it quotes. While the line is focused, the faults of what
// it shows belong to the line.
func (s *optionsStep) place(f model.Fault, focus int) int {
	if f.Value == "" {
		return 0
	}
	at := 0
	bad := s.flags(false)
	for i, in := range s.inputs()[1:] {
		value := strings.TrimSpace(in.(*text).value())
		typed := value != "" && (strings.HasPrefix(f.Value, value) || strings.HasPrefix(value, f.Value))
		if typed && (focus != 0 || slices.ContainsFunc(bad, func(flag string) bool { return strings.HasSuffix(flag, model.QuoteWord(value)) })) {
			at = i + 1
		}
	}
	return at
}
