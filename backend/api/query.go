package api

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// A row is an object of the wire by its columns, as a query sees it.
type row map[string]any

// newRow is a value's row.
func newRow(v any) (row, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var r row
	return r, json.Unmarshal(text, &r)
}

// A query chooses among rows, orders them and picks columns, as the platform's clients ask for it.
type query struct {
	filters map[string]map[string]any // column → operator → operand
	orders  []ordering
	cols    []string // nil: all
	limit   int      // 0: not said
	after   string   // the token of the page before

	// permissive lets rows through whose column is unknown, rather than holding them back.
	permissive bool
}

// An ordering is one column to sort by.
type ordering struct {
	Col string `json:"col"`
	Dir string `json:"dir"` // desc; anything else is ascending
}

// query reads the query of an address: each part is JSON text.
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

// choose returns the rows that fit the filters, ordered. The id decides between equals.
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

// check sees that filters and orderings name columns and operators that exist.
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

// has reports whether rows like this one have a column. Ports are absent rather than null.
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

// place is where a row stands in the order: its values of the ordering's columns, then its id.
func (q query) place(r row) []any {
	place := make([]any, 0, len(q.orders)+1)
	for _, o := range q.orders {
		place = append(place, r[o.Col])
	}
	return append(place, r["id"])
}

// compare orders two places.
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

// page returns the rows after the token's, limit of them at most (0: all), and the token of the next page. The
// token is the place of the last row, so that rows that come and go between two pages move nothing.
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

// columns are the rows with the columns that were asked for. One that doesn't exist is null.
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
