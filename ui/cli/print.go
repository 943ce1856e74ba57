package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"berth/model/wire"
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
