package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// habits are words of docker, kubectl and their like, and what says the same here. They aren't taken: what they would do
// isn't always what the other tool does.
var habits = map[string]string{
	"rm": "destroy", "delete": "destroy", "remove": "destroy", "down": "destroy", "kill": "stop", "pause": "stop",
	"run": "launch", "create": "launch", "up": "launch", "apply": "launch -f", "pull": "launch", "new": "launch",
	"inspect": "show", "describe": "show", "status": "show", "get": "ls", "instances": "ls", "restart": "reboot", "rename": "label",
	"port": "ports", "port-forward": "ports", "attach": "ssh", "shell": "ssh", "log": "logs", "stats": "top", "events": "history",
	"image": "templates", "images": "templates", "template": "templates", "info": "doctor", "login": "account registry login", "nvidia-smi": "gpus",
	"copy": "cp", "scp": "cp", "env": "account env",
}

// meant is what a word may have been meant for; empty where nobody can tell.
func meant(c *cobra.Command, word string) string {
	if same := habits[word]; same != "" && !c.HasParent() {
		return fmt.Sprintf("here it is `%s %s`", c.CommandPath(), same)
	}
	if alike := c.SuggestionsFor(word); len(alike) > 0 {
		return "did you mean " + orList(alike) + "?"
	}
	return ""
}
