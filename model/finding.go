package model

// A Finding is the result of one check of the machine.
type Finding struct {
	Name    string  `json:"name"` // the thing that was checked, in one or two words
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail"`        // what was found
	Fix     string  `json:"fix,omitempty"` // what to do about it; empty if nothing is to be done
}

// A Verdict is the outcome of a check.
type Verdict string

// The verdicts, from best to worst.
const (
	VerdictOK   Verdict = "ok"
	VerdictWarn Verdict = "warn" // it works, but not as well as it could
	VerdictFail Verdict = "fail" // something that berth needs doesn't work
)
