package boxes

import (
	"context"
	"time"

	"berth/model"
)

// alone is what each machine keeps for itself. The screen over several has none of it, and says where it is: one is the
// name of a machine.
type alone struct{ one string }

// no is the error of what the screen over several machines doesn't have.
func (s alone) no(what model.Apart) error { return what.Refusal(s.one) }

// What a machine keeps for its user is changed there.

func (s alone) SaveTemplate(context.Context, model.Template) error {
	return s.no(model.ApartTemplates)
}
func (s alone) DeleteTemplate(context.Context, string) error { return s.no(model.ApartTemplates) }
func (s alone) SetVar(context.Context, model.Var) error      { return s.no(model.ApartAccounts) }
func (s alone) UnsetVar(context.Context, string) error       { return s.no(model.ApartAccounts) }
func (s alone) AddKey(context.Context, string) error         { return s.no(model.ApartAccounts) }
func (s alone) RemoveKey(context.Context, string) error      { return s.no(model.ApartAccounts) }
func (s alone) RemoveLogin(context.Context, string) error    { return s.no(model.ApartAccounts) }
func (s alone) PutLogin(context.Context, model.Login, string) error {
	return s.no(model.ApartAccounts)
}

// Tenures and FirstRecord are of a machine's own books.

func (s alone) Tenures(context.Context, time.Time) ([]model.Tenure, error) {
	return nil, s.no(model.ApartUsage)
}

func (s alone) FirstRecord(context.Context) (time.Time, error) {
	return time.Time{}, s.no(model.ApartUsage)
}
