package api

import (
	"encoding/json"
	"maps"
	"slices"

	"berth/model"
	"berth/model/wire"
)

// show answers GET /instances/{id} with one object. For an account the object is null if the instance is gone.
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

// rows returns the caller's instances, sorted by id.
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
	Total       int            `json:"total_instances"` // that match the filters
	Found       int            `json:"instances_found"` // of them on this page
	LabelCounts map[string]int `json:"label_counts"`
	NextToken   *string        `json:"next_token"`
}

// listAll answers GET /api/v0/instances with all instances at once, for clients that don't page.
func (c listCall) listAll() (any, error) {
	q, err := c.query()
	if err != nil {
		return nil, err
	}
	return c.list(q, 0)
}

// mostOnPage is the most instances on a page.
const mostOnPage = 25

// listPage answers GET /api/v1/instances.
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

// list answers with a page of at most limit instances; 0 means all.
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

// filters answers GET /instances/filters: the combinations of values that one can filter by, each once.
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

// gpuNames answers GET /gpu_names/unique: the GPU models of this machine, by the platform's names.
func (c listCall) gpuNames() (any, error) {
	names := []string{}
	for _, driver := range model.CapacityOf(c.fleet, model.Account{}).Models() {
		names = append(names, model.PlatformName(driver))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return struct {
		Success bool     `json:"success"`
		Names   []string `json:"gpu_names"`
	}{true, names}, nil
}
