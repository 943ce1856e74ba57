package api

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"berth/model"
)

// insides are an instance's output and files.
type insides interface {
	// Logs is the instance's output; closing the reader ends it.
	Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error)
	// Files runs ls, rm or du on an instance's files, which needn't run, and writes what it says.
	Files(ctx context.Context, id model.InstanceID, command []string, out io.Writer) error
	// Copy copies a file or folder from one place to another as rsync would, and returns when it is there.
	Copy(ctx context.Context, from, to model.Place) error
}

// commands are the only ones that execute runs.
var commands = []string{"ls", "rm", "du"}

// mostCommand is how long a command may be, in bytes.
const mostCommand = 512

// execute is PUT /instances/command/{id}. No shell reads the command: its words are what they are.
func (c *call) execute() (any, error) {
	i, err := c.instance()
	if err != nil {
		return nil, err
	}
	var want struct {
		Command string `json:"command"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	words, err := model.SplitWords(want.Command)
	switch {
	case len(want.Command) > mostCommand:
		return nil, badInput(fmt.Sprintf("command: at most %d characters", mostCommand))
	case err != nil:
		return nil, badInput("command: " + err.Error())
	case strings.ContainsRune(want.Command, 0):
		return nil, badInput("command: this is no text")
	case len(words) == 0 || !slices.Contains(commands, words[0]):
		return nil, badInput("command: only " + strings.Join(commands, ", ") + " can be run this way; ssh runs any")
	}
	return c.later(i.ID, func(ctx context.Context, out *clip) error { return c.machine.Files(ctx, i.ID, words, out) })
}
