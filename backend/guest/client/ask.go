package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// An api is the address of a machine's API, the key, and the limits of a call.
type api struct {
	at     *url.URL
	key    string
	from   string // the source of the key
	limit  time.Duration
	pauses []time.Duration
}

// A verdict has the fields in which an answer reports success or an error.
type verdict struct {
	Success *bool  `json:"success"`
	Code    string `json:"error"`
	Msg     string `json:"msg"`
}

// ask sends a request and returns the answer's JSON. It retries while nobody listens, and while the keeper answers that
// it is starting or busy: in both cases nothing was ordered yet.
func (a api) ask(r request) (json.RawMessage, error) {
	r.key = a.key
	got, err := exchange(a.at, r, a.limit)
	for _, pause := range a.pauses {
		if !errors.Is(err, errUnheard) && !askedToRetry(got) {
			break
		}
		time.Sleep(pause)
		got, err = exchange(a.at, r, a.limit)
	}
	if err != nil && got.status < 300 {
		return nil, fmt.Errorf("%s: %w", a.at.Host, err)
	}
	return a.judge(got)
}

// askedToRetry reports whether the answer asks the client to try again later.
func askedToRetry(got answer) bool {
	var v verdict
	return json.Unmarshal(got.body, &v) == nil && (v.Code == "starting" || v.Code == "busy")
}

// judge returns the answer's JSON, and an error if the API refused. The JSON is returned with the error too.
func (a api) judge(got answer) (json.RawMessage, error) {
	var v verdict
	isJSON := json.Valid(got.body)
	if isJSON {
		_ = json.Unmarshal(got.body, &v) // an answer that is a list has no such fields
	}
	said := v.Msg
	if said == "" {
		said = fmt.Sprintf("the API answered with status %d and no reason", got.status)
	}
	switch {
	case got.status == 401:
		return got.body, fmt.Errorf("the API doesn't know the key of %s: another can be given with --api-key", a.from)
	case !isJSON:
		return nil, fmt.Errorf("%s: status %d: %w; is the address right?", a.at.Host, got.status, errNotHTTP)
	case got.status == 404:
		return got.body, fault{errNoInstance, said}
	case got.status == 400:
		return got.body, fault{errWords, said}
	case got.status >= 300 || v.Success != nil && !*v.Success:
		return got.body, errors.New(said)
	}
	return got.body, nil
}
