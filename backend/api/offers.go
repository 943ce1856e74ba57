package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"berth/model"
	"berth/model/wire"
)

// searchBundles answers POST /bundles. The body is the query.
func (c offerCall) searchBundles() (any, error) {
	var q offerQuery
	if err := c.body(&q); err != nil {
		return nil, err
	}
	return c.offers(q)
}

// searchBundlesByQuery answers GET /bundles?q=, which older clients use.
func (c offerCall) searchBundlesByQuery() (any, error) {
	var q offerQuery
	if text := c.r.URL.Query().Get("q"); text != "" {
		if err := json.Unmarshal([]byte(text), &q); err != nil {
			return nil, badInput("q is no JSON object")
		}
	}
	return c.offers(q)
}

// searchAsks answers PUT /search/asks. The query is the body's field q.
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

// An offerQuery is a search for offers. Filters by column and other settings share one JSON object.
type offerQuery struct {
	query
	cpu bool // the query has a filter on num_gpus, so it may mean machines without GPUs
}

// UnmarshalJSON reads order and limit. Every other key with an object is a filter. Everything else (type,
// allocated_storage and the like) is ignored.
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
			var limit looseString
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

// offers answers with one offer of this machine for each number of GPUs that is free.
func (c offerCall) offers(q offerQuery) (any, error) {
	fitting, err := c.fitting(q)
	if err != nil {
		return nil, err
	}
	return struct {
		Success bool  `json:"success"`
		Offers  []row `json:"offers"`
	}{true, fitting}, nil
}

// fitting returns the offers that match a search. A filter on a value that isn't known of the machine matches: there is
// only this machine, and its users know it.
func (c offerCall) fitting(q offerQuery) ([]row, error) {
	q.permissive = true
	rows := []row{}
	for _, o := range wire.Offers(c.fleet) {
		if o.NumGPUs == 0 && len(c.fleet.Devices) > 0 && !q.cpu {
			continue // a search for GPU machines doesn't want an offer without GPUs
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
		if named == nil || matchesName(r["gpu_model"], named) {
			fitting = append(fitting, r)
		}
	}
	if q.limit > 0 && q.limit < len(fitting) {
		fitting = fitting[:q.limit]
	}
	return fitting, nil
}

// matchesName tests the driver's name of a GPU against a filter on names.
func matchesName(name any, tests map[string]any) bool {
	known, _ := name.(string)
	for op, operand := range tests {
		list, _ := operand.([]any)
		if op == "eq" || op == "neq" {
			list = []any{operand}
		}
		found := slices.ContainsFunc(list, func(one any) bool {
			text, _ := one.(string)
			return model.GoesBy(known, text)
		})
		if wants := op == "eq" || op == "in"; found != wants {
			return false
		}
	}
	return true
}

// create answers PUT /asks/{offers}: one offer, or a list of them in brackets.
func (c offerCall) create() (any, error) {
	var want launch
	if err := c.body(&want); err != nil {
		return nil, err
	}
	path := c.r.PathValue("offers")
	var offers []int64
	for _, word := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("[], ", r) }) {
		offer, _ := strconv.ParseInt(word, 10, 64) // the route matches only numbers
		offers = append(offers, offer)
	}
	return c.createEach(offers, want, strings.HasPrefix(path, "["))
}

// createMany answers POST /asks/bulk, with the offers in the body.
func (c offerCall) createMany() (any, error) {
	var want struct {
		launch
		Offers []int64 `json:"ids"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	return c.createEach(want.Offers, want.launch, true)
}

// createEach launches an instance for each offer, whether the others succeeded or not. A launch that is wrong by itself
// is refused before the first. several is whether the answer lists ids.
func (c offerCall) createEach(offers []int64, want launch, several bool) (any, error) {
	if len(offers) == 0 || len(offers) > mostAtOnce {
		return nil, badInput(fmt.Sprintf("want 1 to %d offers", mostAtOnce))
	}
	o, err := c.orderOf(want)
	if err != nil {
		return nil, err
	}
	var made []model.Instance
	var refused []string
	var first problem
	for _, offer := range offers {
		i, err := c.createFrom(offer, o, want)
		switch {
		case err == nil:
			made = append(made, i)
			continue
		case len(refused) == 0:
			first = problemOf(err)
		}
		refused = append(refused, fmt.Sprintf("offer %d: %s", offer, problemOf(err).msg))
	}
	switch {
	case len(refused) > 0 && len(offers) == 1:
		return nil, first
	case len(refused) > 0:
		if len(made) > 0 {
			refused = append([]string{"launched " + namesOf(made)}, refused...)
		}
		return nil, problem{first.status, first.code, strings.Join(refused, "; ")}
	}
	answer := created{true, made[0].ID, nil, made[0].Plan.APIKey}
	if several {
		for _, i := range made {
			answer.Contracts = append(answer.Contracts, i.ID)
		}
	}
	return answer, nil
}

// created is the answer to one launch, or to several; then it has all their ids.
type created struct {
	Success   bool               `json:"success"`
	Contract  model.InstanceID   `json:"new_contract"`
	Contracts []model.InstanceID `json:"new_contracts,omitempty"`
	Key       string             `json:"instance_api_key"`
}

func namesOf(all []model.Instance) string {
	names := make([]string, len(all))
	for n, i := range all {
		names[n] = i.ID.String()
	}
	return strings.Join(names, ", ")
}

var errNoSuchAsk = problem{http.StatusNotFound, "no_such_ask", "there is no such offer: search for offers anew"}

// createFrom launches an order with an offer's GPUs, and with the volume that the launch asks for.
func (c offerCall) createFrom(offer int64, o model.Order, want launch) (i model.Instance, err error) {
	gpus, gpuModel, ok := wire.OrderOf(c.fleet, offer)
	if !ok {
		return model.Instance{}, errNoSuchAsk
	}
	o.GPUs, o.GPUModel, o.PickGPUs = gpus, gpuModel, nil
	err = volumeCall(c).withVolume(want.Volume, &o, func() error {
		i, err = c.launch(o, want.TargetState == "stopped")
		return err
	})
	return i, err
}

// launchBest answers PUT /launch_instance: it searches and launches the first offer found.
func (c offerCall) launchBest() (any, error) {
	var want struct {
		launch
		GPUName string     `json:"gpu_name"`
		NumGPUs *int       `json:"num_gpus"`
		Q       offerQuery `json:"q"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	q := want.Q
	if q.filters == nil {
		q.filters = map[string]map[string]any{}
	}
	if want.GPUName != "" {
		q.filters["gpu_name"] = map[string]any{"eq": want.GPUName}
	}
	if want.NumGPUs != nil {
		q.filters["num_gpus"], q.cpu = map[string]any{"eq": float64(*want.NumGPUs)}, true
	}
	found, err := c.fitting(q)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, problem{http.StatusGone, "no_such_ask", "this machine has no such GPUs free now: search for offers without the filters to see what it has"}
	}
	offer, _ := found[0]["id"].(float64)
	o, err := c.orderOf(want.launch)
	if err != nil {
		return nil, err
	}
	i, err := c.createFrom(int64(offer), o, want.launch)
	if err != nil {
		return nil, err
	}
	return created{true, i.ID, nil, i.Plan.APIKey}, nil
}
