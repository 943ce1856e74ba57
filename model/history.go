package model

import "time"

// An Event is one line of history: what was ordered or done, and by whom.
type Event struct {
	At       time.Time
	Actor    string // user name, or "keeper"
	Instance InstanceID
	Verb     string // launch, start, pull, create, …
	Detail   string // in words; engine errors verbatim
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
