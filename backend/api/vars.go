package api

import (
	"context"
	"net/http"
	"slices"

	"berth/model"
)

// accounts is the part of Backend that keeps a user's variables and SSH keys.
type accounts interface {
	Account(ctx context.Context) (model.Account, error)
	SetVar(ctx context.Context, v model.Var) error
	UnsetVar(ctx context.Context, name string) error
	AddKey(ctx context.Context, line string) error
	RemoveKey(ctx context.Context, line string) error
}

// vars answers GET /secrets: the account's variables with their values.
func (c accountCall) vars() (any, error) {
	a, err := c.machine.Account(c.ctx)
	secrets := map[string]string{}
	for _, v := range a.Env {
		secrets[v.Name] = v.Value
	}
	return struct {
		Success bool              `json:"success"`
		Secrets map[string]string `json:"secrets"`
	}{true, secrets}, err
}

// variable reads the variable of a body, and whether the account has one of that name.
func (c accountCall) variable() (v model.Var, there bool, err error) {
	var want struct {
		Key   string      `json:"key"`
		Value looseString `json:"value"`
	}
	if err := c.body(&want); err != nil {
		return v, false, err
	}
	a, err := c.machine.Account(c.ctx)
	there = slices.ContainsFunc(a.Env, func(v model.Var) bool { return v.Name == want.Key })
	return model.Var{Name: want.Key, Value: string(want.Value)}, there, err
}

// storedVar reads the variable of a body, and refuses one whose name the account doesn't have.
func (c accountCall) storedVar() (model.Var, error) {
	v, there, err := c.variable()
	if err == nil && !there {
		err = problem{http.StatusNotFound, "no_such_variable", "there is no variable of that name"}
	}
	return v, err
}

// addVar answers POST /secrets.
func (c accountCall) addVar() (any, error) {
	v, there, err := c.variable()
	switch {
	case err != nil:
		return nil, err
	case there:
		return nil, problem{http.StatusConflict, "exists", "there is a variable of that name: update it"}
	}
	return c.setVar(v, "variable created")
}

// replaceVar answers PUT /secrets.
func (c accountCall) replaceVar() (any, error) {
	v, err := c.storedVar()
	if err != nil {
		return nil, err
	}
	return c.setVar(v, "variable updated")
}

func (c accountCall) setVar(v model.Var, words string) (any, error) {
	if err := c.order(func(ctx context.Context) error { return c.machine.SetVar(ctx, v) }); err != nil {
		return nil, err
	}
	return done(words)
}

// removeVar answers DELETE /secrets.
func (c accountCall) removeVar() (any, error) {
	v, err := c.storedVar()
	if err != nil {
		return nil, err
	}
	if err := c.order(func(ctx context.Context) error { return c.machine.UnsetVar(ctx, v.Name) }); err != nil {
		return nil, err
	}
	return done("variable removed")
}
