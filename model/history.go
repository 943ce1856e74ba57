package model

import (
	"fmt"
	"time"
)

// An Event is one entry of the history: what was ordered or done, and by whom.
type Event struct {
	At       time.Time
	Machine  string // among several; empty where there is one
	Actor    string // user name, or "keeper"
	Instance InstanceID
	Verb     string // launch, start, pull, create, …
	Detail   string // a sentence; errors of the engine verbatim
	Calls    []Call // the engine calls that the keeper made for it, in order
}

// About returns the name of the instance that the event is about: C.14, or box2/C.14 among several machines'. It is empty
// if it is about none.
func (e Event) About() string {
	if e.Instance == 0 {
		return ""
	}
	return NameOf(&Instance{ID: e.Instance, Machine: e.Machine})
}

// A Call is an API call that changed something on the engine: its method and path as in the engine's API.
type Call struct {
	Text string        `json:"text"`
	Took time.Duration `json:"took"`
	Err  string        `json:"err,omitempty"` // the engine's error, if it refused
}

// String formats a call: POST /containers/create?name=C.7, 0.12s.
func (c Call) String() string {
	text := fmt.Sprintf("%s, %.2fs", c.Text, c.Took.Seconds())
	if c.Err != "" {
		text += ": " + c.Err
	}
	return text
}

// A Tenure is one period in which an instance held a GPU.
type Tenure struct {
	GPU      GPUID
	Model    string
	Instance InstanceID
	Owner    string
	Label    string
	From     time.Time
	To       time.Time // zero while the instance still holds the GPU
	Rests    []Spell   // when the GPU computed nothing, in order; a spell may reach beyond the tenure
}

// A Spell is a length of time on the calendar.
type Spell struct{ From, To time.Time }

// LeastRest is how long a GPU must compute nothing for it to count as rest: a pause between two steps of a program
// isn't one.
const LeastRest = 10 * time.Minute
