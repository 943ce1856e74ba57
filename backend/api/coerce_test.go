package api

import (
	"encoding/json"
	"fmt"
	"testing"

	"berth/model"
)

// Clients send the values of their command line as strings: create template --disk_space 15 sends "15".
func TestNumbersAndTruthsMayBeSentAsText(t *testing.T) {
	type inner struct {
		ID model.InstanceID `json:"id"`
	}
	type wanted struct {
		Disk   *float64           `json:"disk"`
		Lab    bool               `json:"lab"`
		Dir    *bool              `json:"dir"`
		IDs    []model.InstanceID `json:"ids"`
		Number int64              `json:"number"`
		Name   string             `json:"name"`
		Rest   json.RawMessage    `json:"rest"`
		Loose  looseString        `json:"loose"`
		Inner  inner              `json:"inner"`
	}
	for sent, want := range map[string]string{
		`{"disk":"15"}`: "disk 15", `{"disk":" 12.5 "}`: "disk 12.5", `{"disk":7}`: "disk 7", `{"disk":null}`: "disk none",
		`{"lab":"true","dir":"False"}`: "lab true dir false", `{"lab":1,"dir":0}`: "lab true dir false", `{"lab":"1"}`: "lab true",
		`{"ids":["7","C.8",9]}`: "ids [C.7 C.8 C.9]", `{"number":"15.0"}`: "number 15", `{"number":15.0}`: "number 15",
		`{"name":"15"}`: "name 15", `{"rest":"15"}`: `rest "15"`, `{"loose":15}`: "loose 15", `{"inner":{"id":"C.5"}}`: "inner C.5",
		`{"disk":"many"}`: "refused", `{"name":7}`: "refused", `{"number":1.5}`: "refused", `{"ids":["x"]}`: "refused",
	} {
		var w wanted
		got := "refused"
		if err := json.Unmarshal(coerceBody([]byte(sent), &w), &w); err == nil {
			got = ""
			var object map[string]json.RawMessage
			_ = json.Unmarshal([]byte(sent), &object)
			for _, name := range []string{"disk", "lab", "dir", "ids", "number", "name", "rest", "loose", "inner"} {
				if _, said := object[name]; !said {
					continue
				}
				switch name {
				case "disk":
					if w.Disk == nil {
						got += " disk none"
					} else {
						got += fmt.Sprint(" disk ", *w.Disk)
					}
				case "lab":
					got += fmt.Sprint(" lab ", w.Lab)
				case "dir":
					got += fmt.Sprint(" dir ", *w.Dir)
				case "ids":
					got += fmt.Sprint(" ids ", w.IDs)
				case "number":
					got += fmt.Sprint(" number ", w.Number)
				case "name":
					got += " name " + w.Name
				case "rest":
					got += " rest " + string(w.Rest)
				case "loose":
					got += " loose " + string(w.Loose)
				case "inner":
					got += " inner " + w.Inner.ID.String()
				}
			}
			got = got[1:]
		}
		if got != want {
			t.Errorf("%s reads %q, want %q", sent, got, want)
		}
	}
}

// What isn't text was launched with a sign in its place.
func TestABodyThatIsntTextIsKnown(t *testing.T) {
	for sent, want := range map[string]bool{
		`{"a":"é\u00e9\ud83d\ude00 \\ud83d \n"}`: true, `{}`: true, `{"a":"\\"}`: true,
		"{\"a\":\"\xff\"}": false, `{"a":"\ud83d"}`: false, `{"a":"\udcff"}`: false, `{"a":"\ud83dx"}`: false, `{"a":"\ud83d\n"}`: false,
		`{"a":"\ud83d\ud83d"}`: false, `{"a":"\\\ud83d"}`: false, `{"\uDCFF":1}`: false,
	} {
		if got := isText([]byte(sent)); got != want {
			t.Errorf("%q is text: %t", sent, got)
		}
	}
}
