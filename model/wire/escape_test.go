package wire

import (
	"encoding/json"
	"testing"
)

func TestJSONIsEscapedForTerminalsAndMeansTheSame(t *testing.T) {
	hostile := "a\x1b]52;c;eA==\a\u009b31m\u202eb\u200bc\u2066\u2028\U000e0041\x7f 漢 \u00e9\n\t"
	text, err := json.Marshal(map[string]string{"k": hostile})
	if err != nil {
		t.Fatal(err)
	}
	escaped := Escape(text)
	for _, r := range string(escaped) {
		if acted(r) {
			t.Errorf("%U is still there: %q", r, escaped)
		}
	}
	var back map[string]string
	if err := json.Unmarshal(escaped, &back); err != nil || back["k"] != hostile {
		t.Errorf("it comes back as %q, %v", back["k"], err)
	}
}
