package popup

import (
	"fmt"
	"strings"
	"time"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// matching returns the events that contain every word of the filter. Case doesn't matter.
func matching(events []model.Event, filter string) []model.Event {
	search := kit.SearchFor(filter)
	if len(search) == 0 {
		return events
	}
	var out []model.Event
	for _, e := range events {
		if search.Finds(eventLine(e)) {
			out = append(out, e)
		}
	}
	return out
}

// eventLine returns the whole event as one line, which is also the text to copy.
func eventLine(e model.Event) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s",
		e.At.Local().Format(time.DateTime), e.Actor, e.About(), e.Verb, e.Detail))
}

// withCalls is the kind of events that have engine calls.
const withCalls = "calls"

// eventItems returns the events, one row each, and below the open one its engine calls, in w cells. Two events may have
// the same text; each still has a key of its own.
func eventItems(th theme.Theme, events []model.Event, open string, w int) []kit.Item {
	items, seen := make([]kit.Item, len(events)), make(map[string]int, len(events))
	about := 7
	for _, e := range events {
		about = max(about, min(theme.Width(e.About()), 2*about))
	}
	for n, e := range events {
		line := eventLine(e)
		seen[line]++
		items[n] = kit.Item{
			Key:  fmt.Sprint(line, seen[line]),
			Sign: th.Dim.Render(e.At.Local().Format("01-02 15:04:05")) + " " + th.Pad(theme.Text(e.Actor), 8) + " ",
			Name: th.Pad(e.About(), about) + " " + th.Pad(theme.Text(e.Verb), 8),
			Rest: " " + th.Dim.Render(theme.Text(e.Detail)),
			Text: line,
		}
		if len(e.Calls) > 0 {
			items[n].Kind = withCalls
			items[n].Rest += th.Dim.Render(" " + th.Dot + " " + theme.Count(len(e.Calls), "call"))
		}
		if items[n].Key == open {
			items[n] = opened(th, items[n], e.Calls, w)
		}
	}
	return items
}

// opened returns an event with its engine calls below it.
func opened(th theme.Theme, it kit.Item, calls []model.Call, w int) kit.Item {
	const indent = 4
	for _, c := range calls {
		sign := "  " + th.Dim.Render(th.Arrow) + " "
		for _, l := range theme.Wrap(theme.Text(c.String()), w-2-indent) {
			it.More = append(it.More, sign+l)
			sign = strings.Repeat(" ", indent)
		}
		it.Text += "\n  " + c.String()
	}
	return it
}
