package api

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// coerceBody converts the values of a JSON body to the types that a struct has. Clients send values as their own
// command line gave them: "15" for a number, "true" or 1 for a boolean. A value that can't be converted stays as it is,
// so that the decoder reports it. Values for types with an UnmarshalJSON method stay as they were sent.
func coerceBody(body []byte, into any) []byte {
	out, err := json.Marshal(coerce(json.RawMessage(body), reflect.TypeOf(into)))
	if err != nil {
		return body
	}
	return out
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// coerce converts one value to a type.
func coerce(raw json.RawMessage, want reflect.Type) json.RawMessage {
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
		return coerceObject(raw, want)
	case reflect.Slice:
		return coerceList(raw, want.Elem())
	default:
		return coerceScalar(raw, want.Kind())
	}
}

// coerceObject converts the fields that a struct has, embedded ones included, by their JSON names.
func coerceObject(raw json.RawMessage, want reflect.Type) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || object == nil {
		return raw
	}
	for _, f := range reflect.VisibleFields(want) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if value, sent := object[name]; sent && name != "" {
			object[name] = coerce(value, f.Type)
		}
	}
	return marshalled(object, raw)
}

// coerceList converts each element of a list. A value that isn't a list stays as it is.
func coerceList(raw json.RawMessage, want reflect.Type) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || list == nil {
		return raw
	}
	for n := range list {
		list[n] = coerce(list[n], want)
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

// coerceScalar converts a value to a boolean or a number if that is the wanted type.
func coerceScalar(raw json.RawMessage, want reflect.Kind) json.RawMessage {
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
		return coerceInt(raw, strings.TrimSpace(text))
	case reflect.Float64:
		if n, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			return marshalled(n, raw)
		}
	default:
	}
	return raw
}

// coerceInt reads 15, "15", 15.0 and an instance's name, C.15.
func coerceInt(raw json.RawMessage, text string) json.RawMessage {
	if n, err := strconv.ParseInt(strings.TrimPrefix(text, "C."), 10, 64); err == nil {
		return json.RawMessage(strconv.FormatInt(n, 10))
	}
	const exact = 1 << 53 // beyond 2^53 a float64 isn't exact for every integer
	if f, err := strconv.ParseFloat(text, 64); err == nil && f == float64(int64(f)) && f < exact && f > -exact {
		return json.RawMessage(strconv.FormatInt(int64(f), 10))
	}
	return raw
}
