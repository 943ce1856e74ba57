package backend

import (
	"berth/model"
	"strings"
	"testing"
)

// A whole examination, with an engine and without.
func TestADoctorFindsSomethingOfEverything(t *testing.T) {
	e := newWitness(t)
	b := newBench(t, t.TempDir(), e).with(looseCards(t))
	got := b.Doctor(t.Context())
	if len(got) != 17 {
		t.Fatalf("%d findings", len(got))
	}
	names := map[string]bool{}
	for _, f := range got {
		if f.Name == "" || f.Detail == "" || names[f.Name] {
			t.Errorf("%+v", f)
		}
		names[f.Name] = true
	}
	if way := got[12]; way.Name != "handing in" || !strings.Contains(way.Detail, "cdi: ") {
		t.Errorf("the way is %+v", way)
	}
	e.Down(true)
	if got := b.Doctor(t.Context()); got[0].Verdict != model.VerdictFail {
		t.Errorf("without an engine: %+v", got[0])
	}
}
