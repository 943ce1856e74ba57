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

// say prints a message to standard error.
func say(c *cobra.Command, format string, args ...any) {
	_, _ = fmt.Fprintf(c.ErrOrStderr(), format+"\n", args...) // if writing fails, the message can't reach anyone
}

// done prints what an order has done if it succeeded. It returns err.
func done(c *cobra.Command, err error, format string, args ...any) error {
	if err == nil {
		say(c, format, args...)
	}
	return err
}
