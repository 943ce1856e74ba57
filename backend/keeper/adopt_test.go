package keeper

import (
	"testing"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// Whatever the labels and variables of a container are, either no instance is read from them, or one with a number that
// a ledger accepts.
func FuzzLabelsAreReadOrRefused(f *testing.F) {
	f.Add("1000", `{"order":{"image":"i","mode":"ssh"},"plan":{"gpus":["GPU-a"]}}`, "CONTAINER_API_KEY=key", true)
	f.Add("9223372036854775807", `{}`, "=", false)
	f.Add("C.1", `{"plan":{"env":[{"name":"A"}],"ports":[{}]}}`, "A=b", true)
	f.Add("-1", `[`, "", false)
	f.Fuzz(func(t *testing.T, id, order, variable string, runs bool) {
		c := engine.Container{Labels: map[string]string{label.ID: id, label.Order: order}, Env: []string{variable}, State: engine.Exited}
		if runs {
			c.State = engine.Running
		}
		i, err := fromLabels(c)
		if err == nil && (i.ID <= 0 || i.ID > model.MostInstanceID || i.Plan.APIKey == "" || i.Plan.Secret == "") {
			t.Errorf("read as %+v", i)
		}
	})
}
