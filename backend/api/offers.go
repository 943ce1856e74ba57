package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"berth/model"
	"berth/model/wire"
)

// searchBundles is POST /bundles: the body is the query.
func (c offerCall) searchBundles() (any, error) {
	var q offerQuery
	if err := c.body(&q); err != nil {
		return nil, err
	}
	return c.offers(q)
}

// searchBundlesByQuery is GET /bundles?q=, as older clients search.
func (c offerCall) searchBundlesByQuery() (any, error) {
	var q offerQuery
	if text := c.r.URL.Query().Get("q"); text != "" {
		if err := json.Unmarshal([]byte(text), &q); err != nil {
			return nil, badInput("q is no JSON object")
		}
	}
	return c.offers(q)
}

// searchAsks is PUT /search/asks: the query is in the body.
func (c offerCall) searchAsks() (any, error) {
	var want struct {
		Cols []string   `json:"select_cols"`
		Q    offerQuery `json:"q"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	return c.offers(want.Q)
}

// An offerQuery is a search for offers: filters by column among other words.
type offerQuery struct {
	query
	cpu bool // it says how many GPUs, none perhaps
}

// UnmarshalJSON reads order and limit, passes over what isn't a filter (type, allocated_storage and their
// kind), and takes the rest for filters.
func (q *offerQuery) UnmarshalJSON(b []byte) error {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	q.permissive, q.filters = true, map[string]map[string]any{}
	for name, part := range parts {
		var tests map[string]any
		switch {
		case name == "order":
			var pairs [][2]string
			if err := json.Unmarshal(part, &pairs); err != nil {
				return &json.UnmarshalTypeError{Value: "value of another kind", Field: name}
			}
			for _, p := range pairs {
				q.orders = append(q.orders, ordering{p[0], p[1]})
			}
		case name == "limit":
			var limit loose
			if err := json.Unmarshal(part, &limit); err != nil {
				return err
			}
			q.limit = limit.number()
		case json.Unmarshal(part, &tests) == nil && tests != nil:
			q.filters[name] = tests
		}
	}
	_, q.cpu = q.filters["num_gpus"]
	return nil
}

// offers answers with this machine, for each number of GPUs that is free. Whatever isn't known of the machine
// lets it through: there is no other, and its users know it.
func (c offerCall) offers(q offerQuery) (any, error) {
	q.permissive = true
	rows := []row{}
	for _, o := range wire.Offers(c.fleet) {
		if o.NumGPUs == 0 && len(c.fleet.Devices) > 0 && !q.cpu {
			continue // who searches for GPU machines means GPUs
		}
		r, err := newRow(o)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	named := q.filters["gpu_name"]
	delete(q.filters, "gpu_name")
	rows, err := q.choose(rows)
	if err != nil {
		return nil, err
	}
	fitting := []row{}
	for _, r := range rows {
		if named == nil || goesBy(r["gpu_name"], named) {
			fitting = append(fitting, r)
		}
	}
	if q.limit > 0 && q.limit < len(fitting) {
		fitting = fitting[:q.limit]
	}
	return struct {
		Success bool  `json:"success"`
		Offers  []row `json:"offers"`
	}{true, fitting}, nil
}

// goesBy holds a GPU's name against a filter. Names are written in many ways: RTX_4090, H100 for NVIDIA H100
// 80GB HBM3. So a filter's name fits where it is a part of the driver's.
func goesBy(name any, tests map[string]any) bool {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("_", " ", "-", " ").Replace(s))
	}
	known, _ := name.(string)
	part := func(of any) bool {
		text, ok := of.(string)
		return ok && strings.Contains(plain(known), plain(text))
	}
	for op, operand := range tests {
		list, _ := operand.([]any)
		if op == "eq" || op == "neq" {
			list = []any{operand}
		}
		found := false
		for _, one := range list {
			found = found || part(one)
		}
		if wants := op == "eq" || op == "in"; found != wants {
			return false
		}
	}
	return true
}

// create is PUT /asks/{offer}: a launch with the offer's GPUs.
func (c *call) create() (any, error) {
	offer := c.number("offer")
	gpus, gpuModel, ok := wire.OrderOf(c.fleet, offer)
	if !ok {
		return nil, problem{http.StatusNotFound, "no_such_ask", "there is no such offer: search for offers anew"}
	}
	var want launch
	if err := c.body(&want); err != nil {
		return nil, err
	}
	o, err := c.orderOf(want)
	if err != nil {
		return nil, err
	}
	o.GPUs, o.GPUModel, o.PickGPUs = gpus, gpuModel, nil
	i, err := c.launch(o, want.TargetState == "stopped")
	if err != nil {
		return nil, err
	}
	return struct {
		Success  bool             `json:"success"`
		Contract model.InstanceID `json:"new_contract"`
		Key      string           `json:"instance_api_key"`
	}{true, i.ID, i.Plan.APIKey}, nil
}
