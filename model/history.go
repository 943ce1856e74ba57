package model

import (
	"fmt"
	"time"
)

// An Event is one line of history: what was ordered or done, and by whom.
type Event struct {
	At       time.Time
	Actor    string // user name, or "keeper"
	Instance InstanceID
	Verb     string // launch, start, pull, create, …
	Detail   string // in words; engine errors verbatim
	Calls    []Call // what the keeper had the engine do for it, in that order
}

// A Call is one that changed something on the engine: its method and path as the engine's API has them.
type Call struct {
	Text string        `json:"text"`
	Took time.Duration `json:"took"`
	Err  string        `json:"err,omitempty"` // the engine's words where it refused
}

// String writes a call as people read it: POST /containers/create?name=C.7, 0.12s.
func (c Call) String() string {
	text := fmt.Sprintf("%s, %.2fs", c.Text, c.Took.Seconds())
	if c.Err != "" {
		text += ": " + c.Err
	}
	return text
}

// A Tenure is one stretch for which an instance held a GPU.
type Tenure struct {
	GPU      GPUID
	Model    string
	Instance InstanceID
	Owner    string
	Label    string
	From     time.Time
	To       time.Time // zero while it still holds it
}
