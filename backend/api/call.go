package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"berth/model"
)

// A call is one request whose caller is known.
type call struct {
	*Server
	ctx   context.Context // orders given in it are the caller's
	w     http.ResponseWriter
	r     *http.Request
	who   caller
	fleet model.Fleet // as of the request's arrival
}

// A call by its subject. What answers a call about instances and orders is the call itself.
type (
	listCall     struct{ *call }
	offerCall    struct{ *call }
	copyCall     struct{ *call }
	accountCall  struct{ *call }
	templateCall struct{ *call }
)

// A caller is who a key stands for. The zero caller showed none.
type caller struct {
	owner    string
	instance model.InstanceID // an instance's own key; 0: an account's
}

// orderTime is how long an order may take to be written down. It goes on when its caller hangs up: an instance
// that stops itself may be gone before the answer is.
const orderTime = 20 * time.Second

// order runs what must not end half-way because its caller hung up.
func (c *call) order(do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), orderTime)
	defer cancel()
	return do(ctx)
}

// number is a number that the path says.
func (c *call) number(name string) int64 {
	n, _ := strconv.ParseInt(strings.TrimPrefix(c.r.PathValue(name), "C."), 10, 64) // the route let only numbers through
	return n
}

// instance is the one that the path names, if it is the caller's.
func (c *call) instance() (model.Instance, error) { return c.mine(model.InstanceID(c.number("id"))) }

// mine finds an instance of the caller's. Any other doesn't exist.
func (c *call) mine(id model.InstanceID) (model.Instance, error) {
	i, there := c.fleet.Instance(id)
	if !there || !c.sees(i) {
		return model.Instance{}, errNoSuchInstance
	}
	return i, nil
}

// sees reports whether an instance is the caller's.
func (c *call) sees(i model.Instance) bool {
	if c.who.instance != 0 {
		return i.ID == c.who.instance
	}
	return i.Owner == c.who.owner
}

// body reads the request's object into a struct. An empty body is an empty object; keys that the struct doesn't
// have are passed over, since clients send many that mean nothing here. Numbers and truths may be sent as text.
func (c *call) body(into any) error {
	d := json.NewDecoder(c.r.Body)
	var sent json.RawMessage
	err := d.Decode(&sent)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.Join(errors.New("more follows"), more)
		}
	}
	if err == nil {
		err = json.Unmarshal(lenient(sent, into), into)
	}
	if err == nil {
		return nil
	}
	var p problem
	var large *http.MaxBytesError
	var slow interface{ Timeout() bool }
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &p): // a value's own words
		return p
	case errors.As(err, &large):
		return problem{http.StatusRequestEntityTooLarge, "too_large", "a request has at most 1 MB"}
	case errors.As(err, &slow) && slow.Timeout():
		return problem{http.StatusRequestTimeout, "timeout", "the request took too long to arrive"}
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return badInput(wrongType.Field + " can't be a JSON " + wrongType.Value)
	}
	return badInput("the body is no JSON object")
}

// success is the answer to an order.
type success struct {
	Success bool   `json:"success"`
	Msg     string `json:"msg,omitempty"`
}

// done is the success of an order, in words.
func done(words string) (any, error) { return success{true, words}, nil }
