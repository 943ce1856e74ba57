package popup

import (
	"berth/model"
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// askTimeout is the timeout of one call to the outside.
const askTimeout = 5 * time.Second

// An answer is the result of such a call, for the popup with the tag.
type answer[T any] struct {
	tag   tag
	value T
	err   error
}

// ask returns a command that makes one call, with a timeout.
func ask[T any](ctx context.Context, t tag, call func(context.Context) (T, error)) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		value, err := call(ctx)
		return answer[T]{t, value, err}
	}
}

// A pollDue says that it is time for the next call. It is sent some time after an answer, and not at fixed intervals,
// so that slow answers don't pile up.
type pollDue struct{ tag tag }

func pollAfter(t tag, d time.Duration) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return pollDue{t} })
}

// reason returns an error's text, or "" for nil.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return model.Said(err)
}
