package model

import "testing"

func TestTheWorstVerdictCounts(t *testing.T) {
	tests := map[string]struct {
		verdicts []Verdict
		want     Verdict
	}{
		"nothing found":            {nil, VerdictOK},
		"all is well":              {[]Verdict{VerdictOK, VerdictOK}, VerdictOK},
		"a doubt":                  {[]Verdict{VerdictOK, VerdictWarn, VerdictOK}, VerdictWarn},
		"a failure before a doubt": {[]Verdict{VerdictFail, VerdictWarn}, VerdictFail},
		"a failure after a doubt":  {[]Verdict{VerdictWarn, VerdictFail, VerdictOK}, VerdictFail},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var findings []Finding
			for _, v := range test.verdicts {
				findings = append(findings, Finding{Verdict: v})
			}
			if got := Worst(findings); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
