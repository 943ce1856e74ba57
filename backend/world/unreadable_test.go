package world

import (
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// A container with unreadable labels was once only logged, at every look.
func TestAContainerWhoseLabelsCantBeReadIsSaid(t *testing.T) {
	home := t.TempDir()
	key, err := label.OpenKey(home)
	if err != nil {
		t.Fatal(err)
	}
	ours := func(id, name, number, order string) engine.Container {
		labels := map[string]string{label.ID: number, label.Home: home, label.Order: order}
		labels[label.Proof] = key.Sign(name, "image", labels)
		return engine.Container{ID: id, Name: name, Image: "image", State: engine.Running, Labels: labels}
	}
	forged := ours("f", "C.1005", "1005", "{")
	forged.Labels[label.Proof] = strings.Repeat("0", len(forged.Labels[label.Proof]))
	w := World{Home: home, Key: key, Containers: map[string]engine.Container{}, Instances: []model.Instance{{ID: 1004, Container: "k"}}}
	for _, c := range []engine.Container{
		ours("a", "C.1001", "1001", `{"Order":{},"Plan":{}}`), ours("b", "C.1002", "1002", "{"), ours("c", "C.1003", "many", "{}"),
		ours("k", "C.1004", "1004", "{"), forged,
	} {
		w.Containers[c.ID] = c
	}
	got := w.unreadable()
	if len(got) != 2 || !strings.HasPrefix(got[0], "container C.1002 is berth's") || !strings.Contains(got[1], "docker rm C.1003") {
		t.Errorf("said of C.1002 and C.1003, and of neither what reads, what a row is for nor what isn't proven: %q", got)
	}
}
