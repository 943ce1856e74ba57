package keeper

import (
	"testing"
	"time"
)

func TestAConflictIsNewsOnce(t *testing.T) {
	minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	type look struct {
		at   time.Time
		who  string
		news bool
	}
	tests := map[string][]look{
		"nobody": {{minute(0), "", false}, {minute(1), "", false}},
		"somebody who was seen once may be gone already": {
			{minute(0), "python root", false}, {minute(1), "", false}, {minute(2), "python root", false}},
		"seen twice in one reading is seen once": {
			{minute(0), "python root", false}, {minute(0), "python root", false}},
		"seen in two readings is news, and no more after that": {
			{minute(0), "python root", false}, {minute(1), "python root", true}, {minute(2), "python root", false}, {minute(90), "python root", false}},
		"away for a moment and back is no news": {
			{minute(0), "python root", false}, {minute(1), "python root", true}, {minute(2), "", false}, {minute(10), "python root", false},
			{minute(11), "python root", false}},
		"away for long and back is": {
			{minute(0), "python root", false}, {minute(1), "python root", true}, {minute(12), "", false}, {minute(13), "python root", false},
			{minute(14), "python root", true}},
		"somebody else is": {
			{minute(0), "python root", false}, {minute(1), "python root", true}, {minute(2), "miner ben", false}, {minute(3), "miner ben", true}},
	}
	for name, looks := range tests {
		t.Run(name, func(t *testing.T) {
			var c conflict
			for n, l := range looks {
				var news bool
				if c, news = c.after(l.who, l.at); news != l.news {
					t.Errorf("look %d: news %v", n, news)
				}
			}
		})
	}
}
