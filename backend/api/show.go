package api

import (
	"encoding/json"
	"maps"
	"slices"

	"berth/model"
	"berth/model/wire"
)

// show is GET /instances/{id}: one object, or null for an account whose instance is gone.
func (c listCall) show() (any, error) {
	answer := struct {
		Instances *wire.Instance `json:"instances"`
	}{}
	if i, err := c.instance(); err == nil {
		w := wire.OfInstance(c.fleet, i)
		answer.Instances = &w
	} else if c.who.instance != 0 {
		return nil, err
	}
	return answer, nil
}

// rows are the caller's instances, by id.
func (c listCall) rows() ([]row, error) {
	rows := []row{}
	for _, i := range c.fleet.Instances {
		if !c.sees(i) {
			continue
		}
		r, err := newRow(wire.OfInstance(c.fleet, i))
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// listing is the answer to the lists of instances.
type listing struct {
	Success     bool           `json:"success"`
	Instances   []row          `json:"instances"`
	Total       int            `json:"total_instances"` // that fit the filters
	Found       int            `json:"instances_found"` // of them here
	LabelCounts map[string]int `json:"label_counts"`
	NextToken   *string        `json:"next_token"`
}

// listAll is GET /api/v0/instances: all at once, for clients that know no pages.
func (c listCall) listAll() (any, error) {
	q, err := c.query()
	if err != nil {
		return nil, err
	}
	return c.list(q, 0)
}

// mostOnPage is how many instances a page has.
const mostOnPage = 25

// listPage is GET /api/v1/instances.
func (c listCall) listPage() (any, error) {
	q, err := c.query()
	if err != nil {
		return nil, err
	}
	limit := mostOnPage
	if q.limit > 0 {
		limit = min(q.limit, mostOnPage)
	}
	return c.list(q, limit)
}

// list answers with a page of at most limit instances; 0: all of them.
func (c listCall) list(q query, limit int) (any, error) {
	rows, err := c.rows()
	if err != nil {
		return nil, err
	}
	if rows, err = q.choose(rows); err != nil {
		return nil, err
	}
	answer := listing{Success: true, Total: len(rows), LabelCounts: map[string]int{}}
	for _, r := range rows {
		label, _ := r["label"].(string)
		answer.LabelCounts[label]++
	}
	page, next, err := q.page(rows, limit)
	if err != nil {
		return nil, err
	}
	answer.Instances, answer.NextToken, answer.Found = q.columns(page), next, len(page)
	return answer, nil
}

// filters is GET /instances/filters: what there is to filter by, each combination once.
func (c listCall) filters() (any, error) {
	type combination struct {
		Status       *string `json:"actual_status"`
		Verification *string `json:"verification"`
		GPU          *string `json:"gpu_name"`
	}
	found := map[string]combination{}
	for _, i := range c.fleet.Instances {
		if c.sees(i) {
			w := wire.OfInstance(c.fleet, i)
			one := combination{w.ActualStatus, w.Verification, w.GPUName}
			key, err := json.Marshal(one)
			if err != nil {
				return nil, err
			}
			found[string(key)] = one
		}
	}
	all := []combination{}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[key])
	}
	return struct {
		Success bool          `json:"success"`
		Filters []combination `json:"filters"`
	}{true, all}, nil
}

// gpuNames is GET /gpu_names/unique: the models of this machine.
func (c listCall) gpuNames() (any, error) {
	names := []string{}
	for _, driver := range model.CapacityOf(c.fleet, model.Account{}).Models() {
		names = append(names, wire.PlatformName(driver))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return struct {
		Success bool     `json:"success"`
		Names   []string `json:"gpu_names"`
	}{true, names}, nil
}
