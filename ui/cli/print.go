package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/model/wire"
	"berth/ui/theme"
)

// printJSON writes one indented JSON value.
func (p *program) printJSON(w io.Writer, v any) error {
	p.printed = true
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(wire.Escape(text.Bytes()))
	return err
}

// say tells people something beside what they asked for.
func say(c *cobra.Command, format string, args ...any) {
	_, _ = fmt.Fprintf(c.ErrOrStderr(), format+"\n", args...) // there is nobody else to tell
}

// done says what an order has done; of one that failed the error says it.
func done(c *cobra.Command, err error, format string, args ...any) error {
	if err == nil {
		say(c, format, args...)
	}
	return err
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

// row writes one line, whatever line ends and tabs its cells have; empty ones are shown as a dash.
func (t table) row(cells ...any) {
	text := make([]string, len(cells))
	for i, c := range cells {
		if text[i] = theme.Text(fmt.Sprint(c)); text[i] == "" {
			text[i] = model.Unknown
		}
	}
	_, _ = fmt.Fprintln(t.w, strings.Join(text, "\t")) // flush tells what went wrong
}

// note writes a line in which empty cells stay empty.
func (t table) note(cells ...string) {
	text := make([]string, len(cells))
	for i, c := range cells {
		text[i] = theme.Text(c)
	}
	_, _ = fmt.Fprintln(t.w, strings.Join(text, "\t"))
}

func (t table) flush() error { return t.w.Flush() }
