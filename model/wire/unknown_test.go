package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"berth/model"
)

// zeros returns the paths of the numbers in a JSON value that are 0.
func zeros(at string, value any) []string {
	var found []string
	switch value := value.(type) {
	case float64:
		if value == 0 {
			found = append(found, at)
		}
	case map[string]any:
		for name, one := range value {
			found = append(found, zeros(at+"."+name, one)...)
		}
	case []any:
		for n, one := range value {
			found = append(found, zeros(fmt.Sprintf("%s[%d]", at, n), one)...)
		}
	}
	return found
}

// known are the numbers that are 0 and known to be: counts of what was asked for, and what costs nothing here.
var known = []string{"num_gpus", "direct_port_count", "dph_total", "dph_base", "min_bid", "storage_cost", "index", "gpu_frac"}

// While the engine is being asked nothing is known of the machine: 0 cores and 0 MB were shown as if they were.
func TestWhatIsntKnownIsNullNever0(t *testing.T) {
	blank := model.Fleet{Instances: []model.Instance{{ID: 7, GPUs: []model.GPUID{"x"}}}, Devices: []model.Device{{}}}
	for name, made := range map[string]any{
		"an instance": OfInstance(blank, blank.Instances[0]), "offers": Offers(blank), "the machine": OfMachine(blank),
		"a GPU": OfGPU(model.Device{}),
	} {
		text, err := json.Marshal(made)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		for _, path := range zeros("", value) {
			if !slices.Contains(known, path[strings.LastIndex(path, ".")+1:]) {
				t.Errorf("%s: %s is 0", name, path)
			}
		}
	}
}
