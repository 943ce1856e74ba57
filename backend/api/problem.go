package api

import (
	"context"
	"errors"
	"net/http"

	"berth/backend/catalog"
	"berth/model"
)

// A problem is an error answer: {"success":false,"error":code,"msg":words}.
type problem struct {
	status int
	code   string // the platform's own code if it has one
	msg    string
}

func (p problem) Error() string { return p.msg }

// body returns the JSON object that clients expect.
func (p problem) body() any {
	return struct {
		Success bool   `json:"success"`
		Error   string `json:"error"`
		Msg     string `json:"msg"`
	}{false, p.code, p.msg}
}

// These problems have one fixed wording each, so that a caller can't learn from the text what it has no right to see.
var (
	errNoSuchPath     = problem{http.StatusNotFound, "not_found", "there is nothing at this address"}
	errNoSuchRoute    = problem{http.StatusNotFound, "not_found", "there is nothing at this address: " + thisIsBerth}
	errNoSuchInstance = problem{http.StatusNotFound, "no_such_instance", "there is no such instance"}
	errNoKey          = problem{http.StatusUnauthorized, "auth_error", "this needs a valid API key: Authorization: Bearer KEY"}
	errTooOften       = problem{http.StatusTooManyRequests, "too_many_failures", "too many wrong keys from this address: wait a moment"}
	errNotYours       = problem{http.StatusForbidden, "not_authorized", "an instance's own key may show, start, stop, reboot, label and destroy it and read its logs; this takes an account key"}
	errStarting       = problem{http.StatusServiceUnavailable, "starting", "this machine's keeper has just begun: try again"}
	errBusy           = problem{http.StatusTooManyRequests, "busy", "too much of this is under way: wait until some of it is done"}
)

// badInput returns the problem of a request with a wrong value.
func badInput(msg string) problem { return problem{http.StatusBadRequest, "invalid_args", msg} }

// kinds map the machine's errors to HTTP answers. The first row that matches counts.
var kinds = []struct {
	kind   error
	status int
	code   string
}{
	{model.ErrNoInstance, http.StatusNotFound, errNoSuchInstance.code},
	{model.ErrNotAllowed, http.StatusConflict, "not_allowed"},
	{model.ErrGPUsTaken, http.StatusConflict, "gpus_taken"},
	{model.ErrDiskFull, http.StatusConflict, "disk_full"},
	{model.ErrNoPort, http.StatusConflict, "no_port"},
	{catalog.ErrNoTemplate, http.StatusNotFound, errNoSuchTemplate.code},
	{catalog.ErrReadOnly, http.StatusForbidden, errNotYours.code},
	{catalog.ErrOutOfReach, http.StatusForbidden, errNotYours.code},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "timeout"},
	{context.Canceled, http.StatusServiceUnavailable, "ending"},
}

// problemOf returns the answer to any error.
func problemOf(err error) problem {
	var p problem
	if errors.As(err, &p) {
		return p
	}
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			return problem{k.status, k.code, model.Said(err)}
		}
	}
	var fault model.Fault
	var faults model.Faults
	if errors.As(err, &fault) || errors.As(err, &faults) {
		return badInput(model.Said(err))
	}
	return problem{http.StatusInternalServerError, "internal", model.Said(err)}
}
