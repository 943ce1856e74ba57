package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	"berth/model"
)

// printJSON writes one indented JSON value.
func (p *program) printJSON(w io.Writer, v any) error {
	p.printed = true
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// say tells people something beside what they asked for.
func say(c *cobra.Command, format string, args ...any) {
	_, _ = fmt.Fprintf(c.ErrOrStderr(), format+"\n", args...) // there is nobody else to tell
}

// A table is rows of cells under a heading, for people; scripts have --json.
type table struct {
	w *tabwriter.Writer
}

func newTable(out io.Writer, heading ...string) table {
	t := table{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	if len(heading) > 0 {
		cells := make([]any, len(heading))
		for i, h := range heading {
			cells[i] = h
		}
		t.row(cells...)
	}
	return t
}

// row writes one line; empty cells are shown as a dash.
func (t table) row(cells ...any) {
	text := make([]string, len(cells))
	for i, c := range cells {
		if text[i] = plain(fmt.Sprint(c)); text[i] == "" {
			text[i] = model.Unknown
		}
	}
	_, _ = fmt.Fprintln(t.w, strings.Join(text, "\t")) // flush tells what went wrong
}

// note writes a line in which empty cells stay empty.
func (t table) note(cells ...string) { _, _ = fmt.Fprintln(t.w, plain(strings.Join(cells, "\t"))) }

func (t table) flush() error { return t.w.Flush() }

// plain is a text without what a terminal would act on: names of processes and words of engines are anybody's.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
