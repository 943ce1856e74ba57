package api

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"berth/model"
)

// insides is the part of Backend that reads an instance's output and files.
type insides interface {
	// Logs opens an instance's output. Closing the reader ends the stream.
	Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error)
	// Files runs ls, rm or du on an instance's files and writes the output to out. The instance needn't be running.
	Files(ctx context.Context, id model.InstanceID, command []string, out io.Writer) error
	// Copy copies a file or folder as rsync would, and returns when the copy is complete.
	Copy(ctx context.Context, from, to model.Place) error
}

// commands are the only commands that execute runs.
var commands = []string{"ls", "rm", "du"}

// mostCommand is the longest command, in bytes.
const mostCommand = 512

// execute answers PUT /instances/command/{id}. No shell interprets the command: it is only split into words.
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
		return nil, badInput("command: " + model.Said(err))
	case strings.ContainsRune(want.Command, 0):
		return nil, badInput("command: this is no text")
	case len(words) == 0 || !slices.Contains(commands, words[0]):
		return nil, badInput("command: only " + strings.Join(commands, ", ") + " can be run this way; ssh runs any")
	}
	return c.startResult(i.ID, func(ctx context.Context, out *tailBuffer) error { return c.machine.Files(ctx, i.ID, words, out) })
}
