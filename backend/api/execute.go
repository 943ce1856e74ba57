package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"berth/model"
)

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
