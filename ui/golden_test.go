package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"berth/ui/theme"
	"berth/ui/uitest"
)

// mains lists the main screens that have golden views. Each size, each number of GPUs and instances and each look
// occurs, but not every combination. Each screen has run for two and a half minutes.
var mains = []struct {
	w, h, gpus, instances int
	look                  string
}{
	{60, 16, 8, 6, "mono"},
	{60, 16, 8, 200, "ascii"},
	{60, 16, 0, 0, "mono"},
	{80, 24, 8, 6, "mono"},
	{80, 24, 8, 1, "colour"},
	{80, 24, 16, 6, "mono"},
	{110, 30, 8, 6, "mono"},
	{110, 30, 16, 200, "mono"},
	{110, 30, 0, 1, "ascii"},
	{120, 40, 8, 6, "mono"},
	{120, 40, 8, 6, "colour"},
	{120, 40, 8, 6, "ascii"},
	{120, 40, 8, 200, "mono"},
	{120, 40, 16, 0, "mono"},
	{160, 50, 8, 6, "mono"},
	{160, 50, 16, 200, "colour"},
	{200, 50, 8, 1, "mono"},
	{200, 50, 16, 6, "colour"},
	{200, 50, 0, 200, "ascii"},
}

// looks lists the themes of golden views.
var looks = map[string]theme.Options{
	"mono":   {Color: "never", Env: []string{"LANG=C.UTF-8"}},
	"colour": {Color: "always", Env: []string{"LANG=C.UTF-8"}},
	"ascii":  {Color: "never", ASCII: true},
}

func TestTheMainScreenLooksAsKept(t *testing.T) {
	for _, c := range mains {
		name := fmt.Sprintf("main-%dx%d-%d-gpus-%d-instances-%s", c.w, c.h, c.gpus, c.instances, c.look)
		t.Run(name, func(t *testing.T) {
			th, err := theme.New(looks[c.look])
			if err != nil {
				t.Fatal(err)
			}
			m := uitest.New(uitest.Fleet(c.gpus, c.instances))
			p := lived(played(t, m, c.w, c.h, func(o *Options) { o.Theme = th }), m, 150*time.Second)
			p.press("G", "k")
			p.goldenOf(name, p.kept(c.look))
			for _, line := range strings.Split(p.app.View().Content, "\n") {
				if w := theme.Width(line); w > c.w {
					t.Errorf("a line of %d cells: %q", w, line)
				}
			}
		})
	}
}

// kept returns the screen as golden files have it: with its control sequences in the look with colours.
func (p *play) kept(look string) string {
	if look == "colour" {
		return strings.ReplaceAll(p.app.View().Content, "\x1b", "␛")
	}
	return p.text()
}
