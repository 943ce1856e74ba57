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

// The limits of a request for logs.
const (
	defaultTail = 1000
	mostTail    = 100_000
	mostFilter  = 512
	mostScanned = 256 << 20 // bytes read of one log
)

// logs answers PUT /instances/request_logs/{id}.
func (c *call) logs() (any, error) {
	i, err := c.instance()
	if err != nil {
		return nil, err
	}
	var want struct {
		Tail   looseString `json:"tail"`
		Filter string      `json:"filter"`
		Daemon looseString `json:"daemon_logs"`
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
		return c.startResult(i.ID, func(ctx context.Context, out *tailBuffer) error { return c.daemonLog(ctx, i.ID, fits, out) })
	}
	r := model.LogRequest{Tail: min(tail, mostTail)}
	return c.startResult(i.ID, func(ctx context.Context, out *tailBuffer) error {
		log, err := c.machine.Logs(ctx, i.ID, r)
		if err != nil {
			return err
		}
		stop := context.AfterFunc(ctx, func() { _ = log.Close() }) // unblocks the reader
		defer stop()
		return errors.Join(filterLines(log, fits, out), ignoreClosed(ctx, log.Close()))
	})
}

// daemonLog writes the history of an instance, oldest first. The platform calls this the daemon's log.
func (c *call) daemonLog(ctx context.Context, id model.InstanceID, fits func(string) bool, out io.Writer) error {
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

// ignoreClosed returns the error of a Close call. If the context ended, the reader was closed already, and the
// context's error is returned.
func ignoreClosed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// filterOf compiles a filter as grep would: a regular expression, or plain text if it isn't a valid expression.
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

// filterLines writes the lines that match. A line longer than the buffer is matched in pieces.
func filterLines(log io.Reader, fits func(string) bool, out io.Writer) error {
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

// A looseString is a string that clients may also send as a number, a boolean or null.
type looseString string

// number returns the text as a number, or 0.
func (l looseString) number() int {
	n, err := strconv.Atoi(string(l))
	if err != nil {
		return 0
	}
	return n
}

// UnmarshalJSON accepts a string, a number, a boolean or null.
func (l *looseString) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		*l = ""
	case string:
		*l = looseString(strings.TrimSpace(v))
	case bool, float64:
		*l = looseString(b)
	default:
		return &json.UnmarshalTypeError{Value: "list or object", Field: "a value"}
	}
	return nil
}
