package api

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"berth/model"
)

// A call is one request whose caller is known.
type call struct {
	*Server
	ctx   context.Context // orders given in this context count as the caller's
	w     http.ResponseWriter
	r     *http.Request
	who   caller
	fleet model.Fleet // the fleet when the request arrived
}

// These types group the handlers by subject. Handlers about instances and orders are methods of call itself.
type (
	listCall     struct{ *call }
	offerCall    struct{ *call }
	copyCall     struct{ *call }
	accountCall  struct{ *call }
	templateCall struct{ *call }
	volumeCall   struct{ *call }
)

// A caller is who a key stands for. The zero caller is anonymous.
type caller struct {
	owner    string
	instance model.InstanceID // set if the key is an instance's own; 0 for an account
}

// orderTime is how long writing an order into the ledger may take. It isn't cut short when the caller hangs up: an
// instance that stops itself may be gone before the answer is sent.
const orderTime = 20 * time.Second

// order runs work that must not be cut off when its caller hangs up.
func (c *call) order(do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), orderTime)
	defer cancel()
	return do(ctx)
}

// number returns the number in a path variable.
func (c *call) number(name string) int64 {
	n, _ := strconv.ParseInt(strings.TrimPrefix(c.r.PathValue(name), "C."), 10, 64) // the route matches only numbers
	return n
}

// instance returns the instance that the path names, if the caller may see it.
func (c *call) instance() (model.Instance, error) { return c.mine(model.InstanceID(c.number("id"))) }

// mine finds an instance of the caller's. For an instance of another user it fails as if there were none.
func (c *call) mine(id model.InstanceID) (model.Instance, error) {
	i, there := c.fleet.Instance(id)
	if !there || !c.sees(i) {
		return model.Instance{}, errNoSuchInstance
	}
	return i, nil
}

// sees reports whether the caller may see an instance.
func (c *call) sees(i model.Instance) bool {
	if c.who.instance != 0 {
		return i.ID == c.who.instance
	}
	return i.Owner == c.who.owner
}

// body decodes the request's JSON object into a struct. An empty body counts as an empty object. Unknown keys are
// ignored, because clients send many that mean nothing here. Numbers and booleans may be sent as strings.
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
	if err == nil && !isText(sent) {
		return badInput("the body isn't UTF-8 text, or has half of a character (such as \\udcff, for a byte that is no UTF-8)")
	}
	if err == nil {
		err = json.Unmarshal(coerceBody(sent, into), into)
	}
	if err == nil {
		return nil
	}
	var p problem
	var large *http.MaxBytesError
	var slow interface{ Timeout() bool }
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &p): // an UnmarshalJSON method's own message
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

// isText reports whether a JSON text says what its sender meant. The decoder would replace bytes that aren't UTF-8, and
// halves of UTF-16 pairs, by a sign for what is lost. Python writes such a half for a byte of its command line that is no
// UTF-8.
func isText(sent []byte) bool {
	if !utf8.Valid(sent) {
		return false
	}
	for n := 0; n+1 < len(sent); n++ {
		if sent[n] != '\\' {
			continue
		}
		if n++; sent[n] != 'u' {
			continue
		}
		if first := escapedUnit(sent[n+1:]); utf16.IsSurrogate(first) {
			if n+6 >= len(sent) || sent[n+5] != '\\' || sent[n+6] != 'u' || utf16.DecodeRune(first, escapedUnit(sent[n+7:])) == utf8.RuneError {
				return false
			}
			n += 6
		}
	}
	return true
}

// escapedUnit reads the four hex digits behind \u.
func escapedUnit(digits []byte) rune {
	var unit [2]byte
	if len(digits) < hex.EncodedLen(len(unit)) {
		return 0
	}
	if _, err := hex.Decode(unit[:], digits[:hex.EncodedLen(len(unit))]); err != nil {
		return 0
	}
	return rune(unit[0])<<8 | rune(unit[1])
}

// success is the answer to an order.
type success struct {
	Success bool   `json:"success"`
	Msg     string `json:"msg,omitempty"`
}

// done returns the answer to an order that succeeded, with a message.
func done(words string) (any, error) { return success{true, words}, nil }
