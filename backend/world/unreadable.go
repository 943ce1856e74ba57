package world

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"berth/backend/label"
	"berth/model"
)

// unreadable returns a message for each container that provably belongs to this ledger, has no row, and whose labels
// can't be read. Such containers are left as they are.
func (w World) unreadable() []string {
	var out []string
	for _, c := range w.Containers {
		if !w.Proven(c) || w.instanceIndex(c) >= 0 {
			continue
		}
		var promise struct {
			Order model.Order
			Plan  model.Plan
		}
		_, err := strconv.ParseInt(c.Labels[label.ID], 10, 64)
		if bad := json.Unmarshal([]byte(c.Labels[label.Order]), &promise); err == nil {
			err = bad
		}
		if err != nil {
			out = append(out, fmt.Sprintf("container %s is berth's, but its labels can't be read, so it isn't taken back: docker rm %s "+
				"removes it (%v)", c.Name, c.Name, err))
		}
	}
	slices.Sort(out)
	return out
}
