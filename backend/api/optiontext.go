package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"berth/model"
)

// Options are the env of a launch or template: option text, or an object with variables and flags as keys, as
// in {"A": "1", "-p 8081:8081": "1", "-h": "box"}.
type options struct {
	model.Options
	said bool
}

// UnmarshalJSON reads either.
func (o *options) UnmarshalJSON(b []byte) error {
	var pairs map[string]loose
	var text string
	var err error
	switch {
	case string(b) == "null":
		return nil
	case json.Unmarshal(b, &text) == nil:
		o.Options, err = model.ParseOptions(text)
	case json.Unmarshal(b, &pairs) == nil:
		o.Options, err = model.ParseOptions(optionText(pairs))
	default:
		return &json.UnmarshalTypeError{Value: "value of another kind", Field: "env"}
	}
	o.said = true
	if err != nil {
		return badInput(err.Error())
	}
	return nil
}

// optionText is an object's option text, in the order of its keys.
func optionText(pairs map[string]loose) string {
	var text []string
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		flag, value, joined := strings.Cut(key, " ")
		switch {
		case !strings.HasPrefix(key, "-"):
			text = append(text, "-e", model.QuoteWord(key+"="+string(pairs[key])))
		case joined:
			text = append(text, flag, model.QuoteWord(value))
		default:
			text = append(text, flag, model.QuoteWord(string(pairs[key])))
		}
	}
	return strings.Join(text, " ")
}

// Words are a command: a list, or the text of one.
type words []string

// UnmarshalJSON reads either.
func (w *words) UnmarshalJSON(b []byte) error {
	var list []string
	var text string
	switch {
	case json.Unmarshal(b, &list) == nil:
		*w = list
	case json.Unmarshal(b, &text) == nil:
		split, err := model.SplitWords(text)
		if err != nil {
			return badInput("args: " + err.Error())
		}
		*w = split
	default:
		return &json.UnmarshalTypeError{Value: "value of another kind", Field: "args"}
	}
	return nil
}
