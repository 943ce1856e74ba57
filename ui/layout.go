package ui

import "berth/ui/pane"

// A paneID names a pane, which can have the focus.
type paneID int

// The panes, in the order of their keys 1 to 4.
const (
	paneGPUs paneID = iota
	paneList
	paneDetail
	paneMessages
)

// paneNames are the names of the panes, for small screens that show one pane at a time.
var paneNames = [...]string{"GPUs", "Instances", "Details", "Messages"}

// A layout divides the screen among its parts. Heights are in lines; 0 means that the part isn't shown.
type layout struct {
	single  bool // one pane at a time, below a line with the panes' names
	notices int
	gpus    int // including headings
	list    int // including title and headings
	living  int // height of the lower half, about the selection
	body    int // height of the single pane, or of the details
	left    int // width of GPUs and list
	detail  int // width of the details on the right
}

// Sizes from which the screen shows more at a time, in cells.
const (
	splitWidth   = 76  // from here on: GPUs above instances
	splitHeight  = 20  // likewise
	livingWidth  = 110 // from here on: the lower half below them
	livingHeight = 30  // likewise
	wideWidth    = 150 // from here on: details on the right, if there is no lower half
	leastList    = 6   // title, headings and four rows
	leastLiving  = 9   // title, six lines of facts and traces, two lines of output
)

// A content is how much the screen has to show.
type content struct {
	devices, instances, notices int
	beside                      int // lines that the devices need in two columns
}

// arrange lays out a screen of w × h cells. It is a pure function.
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
		lines = c.beside
	}
	l.gpus = 1 + min(max(lines, 1), most)
	l.list = l.body - l.gpus
	if living {
		l = l.halved(c.instances)
	}
	return l
}

// halved divides the list's room between the list and the lower half. The list gets the lines that it needs, up to half
// of the screen; the lower half gets the rest.
func (l layout) halved(instances int) layout {
	room := l.list
	needs := pane.ListHeadings + max(instances, leastList-pane.ListHeadings)
	l.list = max(min(needs, l.body/2, room-leastLiving), min(leastList, room))
	if l.living = room - l.list; l.living < leastLiving {
		l.list, l.living = room, 0
	}
	return l
}
