package backend

import (
	"slices"
	"strings"
	"testing"

	"berth/model"
)

// A whole examination, with an engine and without one.
func TestADoctorFindsSomethingOfEverything(t *testing.T) {
	e := newWitness(t)
	b := newBench(t, t.TempDir(), e).with(looseCards(t))
	got := b.Doctor(t.Context())
	if len(got) != 20 {
		t.Fatalf("%d findings", len(got))
	}
	names := map[string]bool{}
	for _, f := range got {
		if f.Name == "" || f.Detail == "" || names[f.Name] {
			t.Errorf("%+v", f)
		}
		names[f.Name] = true
	}
	way := slices.IndexFunc(got, func(f model.Finding) bool { return f.Name == "handing in" })
	if way < 0 || !strings.Contains(got[way].Detail, "cdi: ") {
		t.Errorf("the way GPUs are handed in isn't among %+v", got)
	}
	e.Down(true)
	if got := b.Doctor(t.Context()); got[0].Verdict != model.VerdictFail {
		t.Errorf("without an engine: %+v", got[0])
	}
}
