package popup

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// askFor bounds one question to the outside.
const askFor = 5 * time.Second

// An answer is what the outside said to whoever has the tag.
type answer[T any] struct {
	tag   tag
	value T
	err   error
}

// ask puts one question, with a deadline.
func ask[T any](ctx context.Context, t tag, call func(context.Context) (T, error)) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, askFor)
		defer cancel()
		value, err := call(ctx)
		return answer[T]{t, value, err}
	}
}

// An again says that it is time to ask once more. It is sent some time after an answer and not by a clock
// of its own, so that slow answers never pile up.
type again struct{ tag tag }

func later(t tag, d time.Duration) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return again{t} })
}

// reason is an error's words, or nothing.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
