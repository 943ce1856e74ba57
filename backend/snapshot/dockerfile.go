package snapshot

import (
	"encoding/json"
	"strings"
)

// quoted writes a value of a Dockerfile line in quotes. The engine expands $NAME in it unless that is escaped.
func quoted(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\n", "\\\n").Replace(value) + `"`
}

// escaped writes a value of a Dockerfile line that takes the whole line.
func escaped(value string) string { return strings.NewReplacer(`\`, `\\`, `$`, `\$`).Replace(value) }

// list writes words as the Dockerfile's JSON form, in which the engine expands nothing.
func list(words []string) string {
	text, err := json.Marshal(words)
	if err != nil {
		panic(err) // texts always can be written
	}
	return string(text)
}
