package model

// A Finding is what an examination of the machine says of one thing.
type Finding struct {
	Name    string  `json:"name"` // of the thing, in one or two words
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail"`        // what was found
	Fix     string  `json:"fix,omitempty"` // what to do about it; empty where nothing is to be done
}

// A Verdict says how a thing stands.
type Verdict string

// The verdicts, from best to worst.
const (
	VerdictOK   Verdict = "ok"
	VerdictWarn Verdict = "warn" // it works, and not as well as it could
	VerdictFail Verdict = "fail" // something that berth is for doesn't work
)
