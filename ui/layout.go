package ui

import "berth/ui/pane"

// A paneID names one of the parts of the screen that can take the keys.
type paneID int

// The panes, in the order of their keys 1 to 4.
const (
	paneGPUs paneID = iota
	paneList
	paneDetail
	paneMessages
)

// paneNames are what the panes are called where only one of them is shown at a time.
var paneNames = [...]string{"GPUs", "Instances", "Details", "Messages"}

// A layout is how the screen's room is given out. Heights are lines, 0 where a part isn't shown.
type layout struct {
	single  bool // one pane at a time, with their names above
	notices int
	gpus    int // with headings
	list    int // with title and headings
	living  int // of the lower half, about what is selected
	body    int // of the one pane, or of the details
	left    int // width of GPUs and list
	detail  int // width of the details at the right
}

// From these sizes on the screen shows more at a time.
const (
	splitWidth   = 76  // GPUs above instances
	splitHeight  = 20  // likewise
	livingWidth  = 110 // what is selected below them, live
	livingHeight = 30  // likewise
	wideWidth    = 150 // details at the right, where the screen isn't high enough for that
	leastList    = 6   // title, headings and four rows
	leastLiving  = 9   // its title, six lines of facts and traces, two of output
)

// A content is what the screen has to show.
type content struct{ devices, instances, notices int }

// arrange gives out a screen of w × h cells. It is a pure function of what it is told.
func arrange(w, h int, c content) layout {
	l := layout{left: w, single: w < splitWidth || h < splitHeight}
	l.notices = min(c.notices, 2)
	if l.single {
		l.notices = min(c.notices, 1)
	}
	l.body = max(h-2-l.notices, 1) // without header and footer
	if l.single {
		l.body = max(l.body-1, 1)
		l.gpus, l.list = l.body, l.body
		return l
	}
	living := w >= livingWidth && h >= livingHeight
	if w >= wideWidth && !living {
		l.detail = max(w/3, 52)
		l.left = w - l.detail - 1
	}
	lines, most := c.devices, max(l.body-leastList-2, 2)
	if living {
		most = max(most-leastLiving, 2)
	}
	if lines > most && l.left >= 2*pane.LeastGPUWidth+3 {
		lines = (c.devices + 1) / 2
	}
	l.gpus = 1 + min(max(lines, 1), most)
	l.list = l.body - l.gpus
	if living {
		l = l.halved(c.instances)
	}
	return l
}

// halved gives what the list doesn't need to what is selected: the list takes what it needs first, up to half of the
// screen.
func (l layout) halved(instances int) layout {
	room := l.list
	needs := pane.ListHeadings + max(instances, leastList-pane.ListHeadings)
	l.list = max(min(needs, l.body/2, room-leastLiving), min(leastList, room))
	if l.living = room - l.list; l.living < leastLiving {
		l.list, l.living = room, 0
	}
	return l
}
