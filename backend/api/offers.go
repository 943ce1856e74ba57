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

// offers answers with this machine, for each number of GPUs that is free.
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

// fitting are the offers that a search finds. Whatever isn't known of the machine lets it through: there is no other,
// and its users know it.
func (c offerCall) fitting(q offerQuery) ([]row, error) {
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
		if named == nil || goesBy(r["gpu_model"], named) {
			fitting = append(fitting, r)
		}
	}
	if q.limit > 0 && q.limit < len(fitting) {
		fitting = fitting[:q.limit]
	}
	return fitting, nil
}

// goesBy holds the driver's name of a GPU against a filter.
func goesBy(name any, tests map[string]any) bool {
	known, _ := name.(string)
	for op, operand := range tests {
		list, _ := operand.([]any)
		if op == "eq" || op == "neq" {
			list = []any{operand}
		}
		found := slices.ContainsFunc(list, func(one any) bool {
			text, _ := one.(string)
			return wire.GoesBy(known, text)
		})
		if wants := op == "eq" || op == "in"; found != wants {
			return false
		}
	}
	return true
}

// create is PUT /asks/{offers}: a launch with the offer's GPUs, or one for each of several offers. Clients write several
// as a list, [1001, 1002].
func (c *call) create() (any, error) {
	var want launch
	if err := c.body(&want); err != nil {
		return nil, err
	}
	var made []model.Instance
	several := strings.HasPrefix(c.r.PathValue("offers"), "[")
	offers := strings.FieldsFunc(c.r.PathValue("offers"), func(r rune) bool { return strings.ContainsRune("[], ", r) })
	if len(offers) > mostAtOnce {
		return nil, badInput(fmt.Sprintf("want 1 to %d offers", mostAtOnce))
	}
	for _, word := range offers {
		offer, _ := strconv.ParseInt(word, 10, 64) // the route let only numbers through
		i, err := c.createFrom(offer, want)
		if err != nil && len(made) > 0 {
			p := problemOf(err)
			p.msg = fmt.Sprintf("launched %s; offer %d: %s", namesOf(made), offer, p.msg)
			return nil, p
		}
		if err != nil {
			return nil, err
		}
		made = append(made, i)
	}
	if len(made) == 0 {
		return nil, errNoSuchAsk
	}
	answer := created{true, made[0].ID, nil, made[0].Plan.APIKey}
	if several {
		for _, i := range made {
			answer.Contracts = append(answer.Contracts, i.ID)
		}
	}
	return answer, nil
}

// created is the answer to a launch, or to several: then all their ids are there too.
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

// createFrom launches what is wanted with an offer's GPUs.
func (c *call) createFrom(offer int64, want launch) (model.Instance, error) {
	gpus, gpuModel, ok := wire.OrderOf(c.fleet, offer)
	if !ok {
		return model.Instance{}, errNoSuchAsk
	}
	o, err := c.orderOf(want)
	if err != nil {
		return model.Instance{}, err
	}
	o.GPUs, o.GPUModel, o.PickGPUs = gpus, gpuModel, nil
	return c.launch(o, want.TargetState == "stopped")
}

// launchBest is PUT /launch_instance: a search and a launch of the first that it finds.
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
	i, err := c.createFrom(int64(offer), want.launch)
	if err != nil {
		return nil, err
	}
	return created{true, i.ID, nil, i.Plan.APIKey}, nil
}
