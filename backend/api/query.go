package api

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// A row is an object of the wire as a map from column to value, as a query needs it.
type row map[string]any

// newRow converts a value to a row through its JSON form.
func newRow(v any) (row, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var r row
	return r, json.Unmarshal(text, &r)
}

// A query filters rows, sorts them and selects columns, in the form that the platform's clients use.
type query struct {
	filters map[string]map[string]any // column → operator → operand
	orders  []ordering
	cols    []string // nil: all
	limit   int      // 0: not given
	after   string   // the token that the previous page ended with

	// permissive lets a row pass a filter if its value is null.
	permissive bool
}

// An ordering is one column to sort by.
type ordering struct {
	Col string `json:"col"`
	Dir string `json:"dir"` // desc; anything else is ascending
}

// query reads the query from the request's URL. Each parameter is JSON text.
func (c *call) query() (query, error) {
	said := c.r.URL.Query()
	var q query
	for _, part := range []struct {
		name string
		into any
	}{
		{"select_filters", &q.filters}, {"order_by", &q.orders}, {"select_cols", &q.cols}, {"limit", &q.limit},
	} {
		text := said.Get(part.name)
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), part.into); err != nil {
			return q, badInput(part.name + " isn't what it should be as JSON")
		}
	}
	q.after = said.Get("after_token")
	if slices.Contains(q.cols, "*") {
		q.cols = nil
	}
	return q, nil
}

// choose returns the rows that match the filters, sorted. Rows that compare equal are sorted by id.
func (q query) choose(rows []row) ([]row, error) {
	if err := q.check(rows); err != nil {
		return nil, err
	}
	fitting := []row{}
	for _, r := range rows {
		if q.fits(r) {
			fitting = append(fitting, r)
		}
	}
	slices.SortStableFunc(fitting, func(a, b row) int { return q.compare(q.place(a), q.place(b)) })
	return fitting, nil
}

// check verifies that filters and orderings name columns and operators that exist.
func (q query) check(rows []row) error {
	for col, tests := range q.filters {
		if len(rows) > 0 && !q.permissive && !has(rows[0], col) {
			return badInput("there is no column " + strconv.Quote(col) + " to filter by")
		}
		for op := range tests {
			if operators[op] == nil {
				return badInput("there is no operator " + strconv.Quote(op) + ": eq, neq, gt, gte, lt, lte, in, notin")
			}
		}
	}
	for _, o := range q.orders {
		if len(rows) > 0 && !q.permissive && !has(rows[0], o.Col) {
			return badInput("there is no column " + strconv.Quote(o.Col) + " to order by")
		}
	}
	return nil
}

// has reports whether rows like this one have a column. An instance without ports has no ports field at all, so that
// column always counts as known.
func has(r row, col string) bool {
	_, there := r[col]
	return there || col == "ports"
}

func (q query) fits(r row) bool {
	for col, tests := range q.filters {
		value := r[col]
		if value == nil && q.permissive {
			continue
		}
		for op, operand := range tests {
			if !operators[op](value, operand) {
				return false
			}
		}
	}
	return true
}

// place returns the sort key of a row: its values in the ordering's columns, then its id.
func (q query) place(r row) []any {
	place := make([]any, 0, len(q.orders)+1)
	for _, o := range q.orders {
		place = append(place, r[o.Col])
	}
	return append(place, r["id"])
}

// compare compares two sort keys.
func (q query) compare(a, b []any) int {
	for n, o := range q.orders {
		if c := compare(a[n], b[n]); c != 0 {
			if strings.EqualFold(o.Dir, "desc") {
				return -c
			}
			return c
		}
	}
	return compare(a[len(q.orders)], b[len(q.orders)])
}

// page returns the rows after the token's, at most limit of them (0: all), and the token of the next page. The token is
// the sort key of the last row, so rows that come or go between two requests shift nothing.
func (q query) page(rows []row, limit int) ([]row, *string, error) {
	if q.after != "" {
		text, err := base64.StdEncoding.DecodeString(q.after)
		var last []any
		if err != nil || json.Unmarshal(text, &last) != nil || len(last) != len(q.orders)+1 {
			return nil, nil, badInput("after_token isn't one of this listing's")
		}
		first, _ := slices.BinarySearchFunc(rows, last, func(r row, last []any) int {
			if q.compare(q.place(r), last) <= 0 {
				return -1
			}
			return 1
		})
		rows = rows[first:]
	}
	if limit == 0 || len(rows) <= limit {
		return rows, nil, nil
	}
	text, err := json.Marshal(q.place(rows[limit-1]))
	if err != nil {
		return nil, nil, err
	}
	next := base64.StdEncoding.EncodeToString(text)
	return rows[:limit], &next, nil
}

// columns reduces rows to the columns that were asked for. A column that doesn't exist is null.
func (q query) columns(rows []row) []row {
	if q.cols == nil {
		return rows
	}
	out := make([]row, len(rows))
	for n, r := range rows {
		out[n] = row{}
		for _, col := range q.cols {
			out[n][col] = r[col]
		}
	}
	return out
}
