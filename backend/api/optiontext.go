package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"berth/model"
)

// options is the env field of a launch or a template. It is option text, or an object whose keys are variables and
// flags, as in {"A": "1", "-p 8081:8081": "1", "-h": "box"}.
type options struct {
	model.Options
	said bool
}

// UnmarshalJSON reads either form.
func (o *options) UnmarshalJSON(b []byte) error {
	var pairs map[string]looseString
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
		return badInput(model.Said(err))
	}
	return nil
}

// optionText turns the object form into option text, sorted by key.
func optionText(pairs map[string]looseString) string {
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

// words is a command: a JSON list of words, or one string that is split into words.
type words []string

// UnmarshalJSON reads either form.
func (w *words) UnmarshalJSON(b []byte) error {
	var list []string
	var text string
	switch {
	case json.Unmarshal(b, &list) == nil:
		*w = list
	case json.Unmarshal(b, &text) == nil:
		split, err := model.SplitWords(text)
		if err != nil {
			return badInput("args: " + model.Said(err))
		}
		*w = split
	default:
		return &json.UnmarshalTypeError{Value: "value of another kind", Field: "args"}
	}
	return nil
}
