package keeper

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/model"
)

// A failed instance had the engine's words bare, as if they were berth's own.
func TestTheEnginesWordsAreNeverBare(t *testing.T) {
	about := model.Subject{Image: "demo:1"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&engine.Error{Words: "OCI runtime create failed: something new"}, "the engine says: OCI runtime create failed: something new"},
		{fmt.Errorf("create: %w", &engine.Error{Words: "something new"}), "the engine says: create: something new"},
		{&engine.Error{Words: "exec format error"}, "demo:1: its program isn't made for this machine's processor"},
		{&engine.Error{Kind: engine.ErrUnavailable, Words: "no answer for 4 s"}, "no answer for 4 s"},
		{errors.New("GPU 3 was lost"), "GPU 3 was lost"},
	} {
		if got := explained(model.AreaStart, c.err, about); !strings.HasPrefix(got.Error(), c.want) || !errors.Is(got, c.err) {
			t.Errorf("%v is said as %q, want %q", c.err, got, c.want)
		}
	}
}
