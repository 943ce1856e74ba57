package files

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"berth/model"
)

func TestTheLinkIsTheArchivesLastEntry(t *testing.T) {
	guest := model.Guest{Instance: 7, Start: "a1", Mode: model.ModeSSH, Keys: []string{"k"}, Grace: time.Second}
	r, err := Archive(guest, strings.NewReader("program"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	bodies := map[string]string{}
	var last *tar.Header
	for entries := tar.NewReader(r); ; {
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(entries)
		if err != nil {
			t.Fatal(err)
		}
		names, last = append(names, h.Name), h
		bodies[h.Name] = string(body)
	}
	want := []string{".berth/", ".berth/start-a1/", ".berth/start-a1/guest", ".berth/start-a1/guest.json", ".berth/guest"}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("entries %q, want %q", names, want)
	}
	if last.Typeflag != tar.TypeSymlink || last.Linkname != "start-a1/guest" {
		t.Errorf("the last entry is %c to %q, want a link to this start's launcher", last.Typeflag, last.Linkname)
	}
	if bodies[".berth/start-a1/guest"] != "program" {
		t.Errorf("the launcher is %q", bodies[".berth/start-a1/guest"])
	}
	var read model.Guest
	if err := json.Unmarshal([]byte(bodies[".berth/start-a1/guest.json"]), &read); err != nil || !reflect.DeepEqual(read, guest) {
		t.Errorf("the orders read back are %+v, %v, want %+v", read, err, guest)
	}
}

func TestArchiveRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		guest model.Guest
	}{
		{"a start without a name", model.Guest{Mode: model.ModeSSH}},
		{"a start whose name leads elsewhere", model.Guest{Mode: model.ModeSSH, Start: "../../etc"}},
		{"a mode without a launcher", model.Guest{Mode: model.ModeEntrypoint, Start: "a1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Archive(c.guest, strings.NewReader("")); err == nil {
				t.Error("it was made")
			}
		})
	}
}
