package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"berth/model"
)

// The bounds of a request for logs.
const (
	defaultTail = 1000
	mostTail    = 100_000
	mostFilter  = 512
	mostScanned = 256 << 20 // bytes of one log
)

// logs is PUT /instances/request_logs/{id}.
func (c *call) logs() (any, error) {
	i, err := c.instance()
	if err != nil {
		return nil, err
	}
	var want struct {
		Tail   loose  `json:"tail"`
		Filter string `json:"filter"`
		Daemon loose  `json:"daemon_logs"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	tail := defaultTail
	if want.Tail != "" {
		if tail, err = strconv.Atoi(string(want.Tail)); err != nil || tail < 1 {
			return nil, badInput("tail: want a number of lines")
		}
	}
	if len(want.Filter) > mostFilter {
		return nil, badInput(fmt.Sprintf("filter: at most %d characters", mostFilter))
	}
	fits := filterOf(want.Filter)
	if daemon, err := strconv.ParseBool(string(want.Daemon)); err == nil && daemon {
		return c.later(i.ID, func(ctx context.Context, out *clip) error { return c.deeds(ctx, i.ID, fits, out) })
	}
	r := model.LogRequest{Tail: min(tail, mostTail)}
	return c.later(i.ID, func(ctx context.Context, out *clip) error {
		log, err := c.machine.Logs(ctx, i.ID, r)
		if err != nil {
			return err
		}
		stop := context.AfterFunc(ctx, func() { _ = log.Close() }) // ends the reading
		defer stop()
		return errors.Join(sift(log, fits, out), ignoreClosed(ctx, log.Close()))
	})
}

// deeds writes what history says of an instance, oldest first: what the platform calls its daemon's log.
func (c *call) deeds(ctx context.Context, id model.InstanceID, fits func(string) bool, out io.Writer) error {
	events, err := c.machine.History(ctx, 0)
	if err != nil {
		return err
	}
	for n := len(events) - 1; n >= 0; n-- {
		e := events[n]
		line := fmt.Sprintf("%s %s %s %s", e.At.UTC().Format("2006-01-02T15:04:05Z"), e.Actor, e.Verb, e.Detail)
		if e.Instance == id && fits(line) {
			if _, err := fmt.Fprintln(out, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// ignoreClosed is the error of a close, unless the context's end closed already.
func ignoreClosed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// filterOf reads a filter as grep would: an expression, or where it is none the text itself.
func filterOf(filter string) func(line string) bool {
	if filter == "" {
		return func(string) bool { return true }
	}
	e, err := regexp.Compile(filter)
	if err != nil {
		return func(line string) bool { return strings.Contains(line, filter) }
	}
	return e.MatchString
}

// sift writes the lines that fit. A line without an end counts in pieces.
func sift(log io.Reader, fits func(string) bool, out io.Writer) error {
	const longest = 64 << 10
	lines := bufio.NewReaderSize(io.LimitReader(log, mostScanned), longest)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 && fits(strings.TrimRight(string(line), "\r\n")) {
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// A loose is a text that clients write as a text, a number, a truth or null.
type loose string

// number is the number it says, or 0.
func (l loose) number() int {
	n, err := strconv.Atoi(string(l))
	if err != nil {
		return 0
	}
	return n
}

// UnmarshalJSON reads any of them.
func (l *loose) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		*l = ""
	case string:
		*l = loose(strings.TrimSpace(v))
	case bool, float64:
		*l = loose(b)
	default:
		return &json.UnmarshalTypeError{Value: "list or object", Field: "a value"}
	}
	return nil
}
