package boxes

import (
	"context"
	"fmt"
	"time"

	"berth/model"
)

// alone is what each machine keeps for itself. The screen over several has none of it, and says where it is: one is the
// name of a machine.
type alone struct{ one string }

// errOne is the error of what the screen over several machines can't do.
func (s alone) errOne(what string) error {
	return fmt.Errorf("%s about one machine: `berth --on %s` has it", what, s.one)
}

// What a machine keeps for its user is changed there.

func (s alone) SaveTemplate(context.Context, model.Template) error {
	return s.errOne("a template is")
}
func (s alone) DeleteTemplate(context.Context, string) error { return s.errOne("a template is") }
func (s alone) SetVar(context.Context, model.Var) error      { return s.errOne("an account is") }
func (s alone) UnsetVar(context.Context, string) error       { return s.errOne("an account is") }
func (s alone) AddKey(context.Context, string) error         { return s.errOne("an account is") }
func (s alone) RemoveKey(context.Context, string) error      { return s.errOne("an account is") }
func (s alone) RemoveLogin(context.Context, string) error    { return s.errOne("an account is") }
func (s alone) PutLogin(context.Context, model.Login, string) error {
	return s.errOne("an account is")
}

// History, Tenures and FirstRecord are of a machine's own books.

func (s alone) History(context.Context, int) ([]model.Event, error) {
	return nil, s.errOne("the history is")
}

func (s alone) Tenures(context.Context, time.Time) ([]model.Tenure, error) {
	return nil, s.errOne("usage is")
}

func (s alone) FirstRecord(context.Context) (time.Time, error) {
	return time.Time{}, s.errOne("usage is")
}
