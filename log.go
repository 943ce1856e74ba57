package main

import (
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"

	"berth/model"
	"berth/ui/cli"
)

// logger writes to standard error for a `berth serve` that is run by hand or as the machine's service (Verbose).
// Otherwise it discards everything: the screen and the history show what matters, and a berth command in a user's own
// systemd unit shouldn't add lines to that unit's log.
func logger(g cli.Globals) *slog.Logger {
	if !g.Verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{ReplaceAttr: logged(isJournal(os.Stderr, os.Getenv("JOURNAL_STREAM")))}))
}

// logged changes what a line of the log has: errors are said as everywhere, an error that is none is left out, and so are
// times where the journal adds its own.
func logged(journal bool) func([]string, slog.Attr) slog.Attr {
	return func(_ []string, a slog.Attr) slog.Attr {
		err, isError := a.Value.Any().(error)
		switch {
		case journal && a.Key == slog.TimeKey, a.Value.Kind() == slog.KindAny && a.Value.Any() == nil:
			return slog.Attr{}
		case isError:
			return slog.String(a.Key, model.Said(err))
		}
		return a
	}
}

// isJournal reports whether a file is the connection to systemd's journal. JOURNAL_STREAM has the device and inode of
// that file. The variable alone isn't enough: programs inherit it even if their output goes elsewhere.
func isJournal(f *os.File, stream string) bool {
	var s unix.Stat_t
	return unix.Fstat(int(f.Fd()), &s) == nil && stream == fmt.Sprintf("%d:%d", s.Dev, s.Ino)
}
