package api

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// operators are the filter operators: each tests a column's value against the operand.
var operators = map[string]func(value, operand any) bool{
	"eq":    same,
	"neq":   func(v, o any) bool { return !same(v, o) },
	"gt":    func(v, o any) bool { return ordered(v, o) && compare(v, matchType(v, o)) > 0 },
	"gte":   func(v, o any) bool { return ordered(v, o) && compare(v, matchType(v, o)) >= 0 },
	"lt":    func(v, o any) bool { return ordered(v, o) && compare(v, matchType(v, o)) < 0 },
	"lte":   func(v, o any) bool { return ordered(v, o) && compare(v, matchType(v, o)) <= 0 },
	"in":    oneOf,
	"notin": func(v, o any) bool { return !oneOf(v, o) },
}

func same(v, operand any) bool { return compare(v, matchType(v, operand)) == 0 }

func oneOf(v, operand any) bool {
	list, ok := operand.([]any)
	return ok && slices.ContainsFunc(list, func(one any) bool { return same(v, one) })
}

func ordered(v, operand any) bool { return v != nil && operand != nil }

// matchType converts an operand to the type of the value it is compared with: clients send numbers and booleans as
// strings.
func matchType(v, operand any) any {
	text, ok := operand.(string)
	if !ok {
		return operand
	}
	switch v.(type) {
	case float64:
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
	case bool:
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	}
	return operand
}

// compare orders any two JSON values: null first, then booleans, numbers, strings, and everything else by its formatted
// text.
func compare(a, b any) int {
	if c := cmp.Compare(kind(a), kind(b)); c != 0 {
		return c
	}
	switch a := a.(type) {
	case nil:
		return 0
	case bool:
		return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
	case float64:
		return cmp.Compare(a, b.(float64))
	case string:
		return strings.Compare(a, b.(string))
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func kind(v any) int {
	switch v.(type) {
	case nil:
		return 0
	case bool:
		return 1
	case float64:
		return 2
	case string:
		return 3
	}
	return 4
}
