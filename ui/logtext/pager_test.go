package logtext

import (
	"testing"

	"berth/ui/theme"
)

func TestThePlaceOfALineThatWasDroppedIsTheOldestOneKept(t *testing.T) {
	th, err := theme.New(noColor)
	if err != nil {
		t.Fatal(err)
	}
	p := Pager{Wrap: true}.Emptied().With(make([]Line, 100), nil).Top()
	for range 30 {
		p = p.With(make([]Line, 1000), nil)
	}
	if first := p.ring.first; first == 0 || p.start(th, 100, 30).line != first {
		t.Errorf("the oldest line kept is %d, the first in sight %d", first, p.start(th, 100, 30).line)
	}
}
