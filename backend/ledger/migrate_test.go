package ledger

import "testing"

func TestTheNewestVersionIsTheLastStepThatIsThere(t *testing.T) {
	steps, err := schema.ReadDir("schema")
	if err != nil || len(steps) != newest {
		t.Errorf("%v, %d steps for version %d", err, len(steps), newest)
	}
}
