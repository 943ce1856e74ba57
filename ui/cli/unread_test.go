package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"berth/model"
)

// withUnread is a machine with a container that no instance stands for.
type withUnread struct{ shared }

func (withUnread) Fleet(context.Context) (model.Fleet, error) {
	return model.Fleet{Engine: model.Condition{OK: true}, Unread: []string{"container C.1002 is berth's, but its labels can't be read"}}, nil
}

// A container whose labels can't be read was shown on the screen alone.
func TestAContainerThatNoInstanceStandsForIsSaidByLists(t *testing.T) {
	var said bytes.Buffer
	c := &cobra.Command{}
	c.SetErr(&said)
	if _, err := fleet(c, withUnread{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "container C.1002 is berth's") {
		t.Errorf("lists say %q", said.String())
	}
}
