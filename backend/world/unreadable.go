package world

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"berth/backend/label"
	"berth/model"
)

// unreadable are the containers that are proven to be this ledger's, that no row is for, and whose labels can't be read:
// they stay as they are, and people are told.
func (w World) unreadable() []string {
	var out []string
	for _, c := range w.Containers {
		if !w.Proven(c) {
			continue
		}
		if _, known := w.InstanceOf(c); known {
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
