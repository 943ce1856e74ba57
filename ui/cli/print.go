package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"berth/model"
)

// printJSON writes one indented JSON value.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// A table is rows of cells under a heading, for people; scripts have --json.
type table struct {
	w *tabwriter.Writer
}

func newTable(out io.Writer, heading ...string) table {
	t := table{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	t.row(toAny(heading)...)
	return t
}

// row writes one line; empty cells are shown as a dash.
func (t table) row(cells ...any) {
	text := make([]string, len(cells))
	for i, c := range cells {
		if text[i] = fmt.Sprint(c); text[i] == "" {
			text[i] = model.Unknown
		}
	}
	_, _ = fmt.Fprintln(t.w, strings.Join(text, "\t")) // flush tells what went wrong
}

func (t table) flush() error { return t.w.Flush() }

func toAny(s []string) []any {
	out := make([]any, len(s))
	for i := range s {
		out[i] = s[i]
	}
	return out
}
