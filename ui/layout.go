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
	body    int // of the one pane, or of the details
	left    int // width of GPUs and list
	detail  int // width of the details at the right
}

// From these sizes on the screen shows more at a time.
const (
	splitWidth  = 76  // GPUs above instances
	splitHeight = 20  // likewise
	wideWidth   = 150 // details at the right
	leastList   = 6   // title, headings and four rows
)

// arrange gives out a screen of w × h cells. It is a pure function of what it is told.
func arrange(w, h, devices, notices int) layout {
	l := layout{left: w, single: w < splitWidth || h < splitHeight}
	l.notices = min(notices, 2)
	if l.single {
		l.notices = min(notices, 1)
	}
	l.body = max(h-2-l.notices, 1) // without header and footer
	if l.single {
		l.body = max(l.body-1, 1)
		l.gpus, l.list = l.body, l.body
		return l
	}
	if w >= wideWidth {
		l.detail = max(w/3, 52)
		l.left = w - l.detail - 1
	}
	lines := devices
	if most := max(l.body-leastList-2, 2); lines > most && l.left >= 2*pane.LeastGPUWidth+3 {
		lines = (devices + 1) / 2
	}
	l.gpus = 1 + min(max(lines, 1), max(l.body-leastList-2, 2))
	l.list = l.body - l.gpus
	return l
}
