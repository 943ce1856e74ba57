package engine

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"berth/model"
)

// tracked returns a tracker that has read this stream, one line each second.
func tracked(t *testing.T, stream string) (*Tracker, time.Time) {
	t.Helper()
	var tr Tracker
	now := time.Unix(0, 0)
	for text := range strings.Lines(strings.TrimSpace(stream)) {
		var l PullLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		tr.Take(l)
		tr.Progress(now)
		now = now.Add(time.Second)
	}
	return &tr, now
}

func TestTracker(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		want         model.Progress
	}{
		{"a layer is known before its size is", `
			{"status":"Pulling from library/x","id":"latest"}
			{"status":"Pulling fs layer","id":"aa"}
			{"status":"Waiting","id":"aa"}`,
			model.Progress{Layers: 1, Detail: []model.LayerProgress{{ID: "aa", Status: "Waiting"}}}},
		{"a layer that is there already is done and costs nothing", `
			{"status":"Already exists","id":"aa"}`,
			model.Progress{Layers: 1, LayersDone: 1, Detail: []model.LayerProgress{{ID: "aa", Status: "Already exists"}}}},
		{"what was downloaded isn't counted again while it is extracted", `
			{"status":"Downloading","id":"aa","progressDetail":{"current":50,"total":100}}
			{"status":"Download complete","id":"aa"}
			{"status":"Extracting","id":"aa","progressDetail":{"current":30,"total":100}}`,
			model.Progress{Layers: 1, Bytes: 100, BytesTotal: 100, BytesPerSec: 16,
				Detail: []model.LayerProgress{{ID: "aa", Status: "Extracting", Bytes: 30, Total: 100}}}},
		{"an extraction counted in seconds isn't bytes", `
			{"status":"Downloading","id":"aa","progressDetail":{"current":100,"total":100}}
			{"status":"Extracting","id":"aa","progressDetail":{"current":2,"total":9,"units":"s"}}
			{"status":"Pull complete","id":"aa"}`,
			model.Progress{Layers: 1, LayersDone: 1, Bytes: 100, BytesTotal: 100,
				Detail: []model.LayerProgress{{ID: "aa", Status: "Pull complete", Bytes: 100, Total: 100}}}},
		{"a download that begins anew is no negative rate", `
			{"status":"Downloading","id":"aa","progressDetail":{"current":90,"total":100}}
			{"status":"Retrying in 5 seconds","id":"aa"}
			{"status":"Downloading","id":"aa","progressDetail":{"current":10,"total":100}}`,
			model.Progress{Layers: 1, Bytes: 10, BytesTotal: 100,
				Detail: []model.LayerProgress{{ID: "aa", Status: "Downloading", Bytes: 10, Total: 100}}}},
		{"lines about no layer change nothing", `
			{"status":"Digest: sha256:abc"}
			{"status":"Status: Downloaded newer image for x"}`,
			model.Progress{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr, now := tracked(t, c.stream)
			if got := tr.Progress(now); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestRateFallsToNothingWhenNothingComes(t *testing.T) {
	tr, now := tracked(t, `{"status":"Downloading","id":"aa","progressDetail":{"current":50,"total":100}}`)
	for range 5 {
		tr.Progress(now)
		now = now.Add(time.Second)
	}
	if got := tr.Progress(now).BytesPerSec; got != 0 {
		t.Errorf("standing still, it comes at %d B/s", got)
	}
}
