package model

import "fmt"

// An Apart is what each machine keeps for itself: several together don't have it. It is said in these words, wherever it
// is asked for.
type Apart string

// What machines keep apart.
const (
	ApartTemplates Apart = "templates are"
	ApartAccounts  Apart = "an account is"
	ApartUsage     Apart = "usage is"
	ApartCopies    Apart = "copying files is"
	ApartLooking   Apart = "looking again is"
	ApartListening Apart = "which ports are listened on is"
)

// Refusal returns the error of whoever asks several machines for it: which machine has it, and how to get there.
func (a Apart) Refusal(machine string) error {
	return fmt.Errorf("%s each machine's own: `berth --on %s` has it", string(a), machine)
}
