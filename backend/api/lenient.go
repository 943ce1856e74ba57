package api

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// lenient turns the values of a body into the types that a struct wants them in. Clients send what their own command
// line gave them: "15" for a number, "true" or 1 for a truth. A value that can't be what is wanted stays as
// it is, for the decoder to name. Types that read JSON themselves read what was sent.
func lenient(body []byte, into any) []byte {
	out, err := json.Marshal(turned(json.RawMessage(body), reflect.TypeOf(into)))
	if err != nil {
		return body
	}
	return out
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// turned is one value as a type wants it.
func turned(raw json.RawMessage, want reflect.Type) json.RawMessage {
	for want.Kind() == reflect.Pointer {
		if want.Implements(unmarshaler) {
			return raw
		}
		want = want.Elem()
	}
	if want == reflect.TypeFor[json.RawMessage]() || reflect.PointerTo(want).Implements(unmarshaler) {
		return raw
	}
	switch want.Kind() {
	case reflect.Struct:
		return turnedObject(raw, want)
	case reflect.Slice:
		return turnedList(raw, want.Elem())
	default:
		return turnedScalar(raw, want.Kind())
	}
}

// turnedObject turns the fields that a struct has, its embedded ones included, by the names they have in JSON.
func turnedObject(raw json.RawMessage, want reflect.Type) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || object == nil {
		return raw
	}
	for _, f := range reflect.VisibleFields(want) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if value, sent := object[name]; sent && name != "" {
			object[name] = turned(value, f.Type)
		}
	}
	return marshalled(object, raw)
}

// turnedList turns each element. A single value is a list of one.
func turnedList(raw json.RawMessage, want reflect.Type) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || list == nil {
		return raw
	}
	for n := range list {
		list[n] = turned(list[n], want)
	}
	return marshalled(list, raw)
}

func marshalled(v any, otherwise json.RawMessage) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		return otherwise
	}
	return out
}

// turnedScalar turns a text into a number or a truth where that is what is wanted.
func turnedScalar(raw json.RawMessage, want reflect.Kind) json.RawMessage {
	var value any
	if json.Unmarshal(raw, &value) != nil || value == nil {
		return raw
	}
	text, isText := value.(string)
	if !isText {
		text = string(raw)
	}
	switch want {
	case reflect.Bool:
		if truth, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(text))); err == nil {
			return json.RawMessage(strconv.FormatBool(truth))
		}
	case reflect.Int, reflect.Int64:
		return turnedInt(raw, strings.TrimSpace(text))
	case reflect.Float64:
		if n, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			return marshalled(n, raw)
		}
	default:
	}
	return raw
}

// turnedInt reads 15, "15", 15.0 and an instance's name, C.15.
func turnedInt(raw json.RawMessage, text string) json.RawMessage {
	if n, err := strconv.ParseInt(strings.TrimPrefix(text, "C."), 10, 64); err == nil {
		return json.RawMessage(strconv.FormatInt(n, 10))
	}
	const exact = 1 << 53 // beyond it a number has no whole parts of its own
	if f, err := strconv.ParseFloat(text, 64); err == nil && f == float64(int64(f)) && f < exact && f > -exact {
		return json.RawMessage(strconv.FormatInt(int64(f), 10))
	}
	return raw
}
