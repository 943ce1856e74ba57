package popup

import (
	"context"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// usageEvery is how often an open popup reads the usage.
const usageEvery = 10 * time.Second

// spans are the times that the popup can show, in the order of Tab. 0 is all time.
var spans = []struct {
	title string
	back  time.Duration
}{
	{"24 hours", 24 * time.Hour},
	{"7 days", 7 * 24 * time.Hour},
	{"30 days", 30 * 24 * time.Hour},
	{"ever", 0},
}

// groupings are what the usage can be summed by, in the order of → and ←.
var groupings = []string{"owner", "GPU", "day"}

// A Bookkeeper returns which instance held which GPU and when.
type Bookkeeper interface {
	// Tenures returns all tenures that hadn't ended by since.
	Tenures(ctx context.Context, since time.Time) ([]model.Tenure, error)
	// FirstRecord returns the time of the first record. Before that, nothing was counted.
	FirstRecord(ctx context.Context) (time.Time, error)
}

// A books is what a Bookkeeper returned for a span.
type books struct {
	tenures []model.Tenure
	first   time.Time
}

// Usage is the popup with how long each owner held GPUs. It can show the instances of one owner.
type Usage struct {
	sheet
	ctx context.Context // ends with the popup
	out Bookkeeper
	tag tag

	fleet  model.Fleet
	span   int    // an index of spans
	by     int    // an index of groupings
	open   string // the owner whose instances are shown
	books  books
	loaded bool
	failed string
}

// NewUsage opens the usage of the last day.
func NewUsage(ctx context.Context, look Look, out Bookkeeper, f model.Fleet) Usage {
	return Usage{sheet: newSheet(look), ctx: ctx, out: out, tag: newTag(), fleet: f}
}

// Init reads the usage for the first time.
func (u Usage) Init() tea.Cmd { return u.ask() }

func (u Usage) ask() tea.Cmd {
	out, since := u.out, u.since()
	return ask(u.ctx, u.tag, func(ctx context.Context) (books, error) {
		first, err := out.FirstRecord(ctx)
		if err != nil {
			return books{}, err
		}
		tenures, err := out.Tenures(ctx, since)
		return books{tenures, first}, err
	})
}

// since returns the start of the span. It is the zero time for all time, and while the fleet has no time.
func (u Usage) since() time.Time {
	back := spans[u.span].back
	if back == 0 || u.fleet.At.IsZero() {
		return time.Time{}
	}
	return u.fleet.At.Add(-back)
}

// WithFleet returns the popup with a newer fleet. The popup counts by the fleet's time.
func (u Usage) WithFleet(f model.Fleet) Usage {
	u.fleet = f
	return u
}

// Update handles keys and answers.
func (u Usage) Update(msg tea.Msg) (Usage, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		u.size = size{msg.Width, msg.Height}
	case answer[books]:
		if msg.tag == u.tag {
			u.loaded, u.failed = true, reason(msg.err)
			if msg.err == nil {
				u.books = msg.value
			}
			return u, pollAfter(u.tag, usageEvery)
		}
	case pollDue:
		if msg.tag == u.tag {
			return u, u.ask()
		}
	case tea.KeyPressMsg:
		return u.press(msg)
	}
	return u, nil
}

func (u Usage) press(msg tea.KeyPressMsg) (Usage, tea.Cmd) {
	switch {
	case key.Matches(msg, u.look.Keys.Accept):
		return u.unfolded(), nil
	case key.Matches(msg, u.look.Keys.Tab):
		u.span = (u.span + 1) % len(spans)
		u.tag, u.loaded, u.books = newTag(), false, books{}
		return u, u.ask()
	case key.Matches(msg, u.look.Keys.Move.Right):
		return u.grouped(1), nil
	case key.Matches(msg, u.look.Keys.Move.Left):
		return u.grouped(len(groupings) - 1), nil
	}
	var cmd tea.Cmd
	u.sheet, cmd = u.take(msg, u.page(inner(u.size.w)))
	return u, cmd
}

// grouped sums by another grouping.
func (u Usage) grouped(by int) Usage {
	u.by, u.open = (u.by+by)%len(groupings), ""
	u.list = kit.List{}
	return u
}

// unfolded shows the instances of the selected owner, or hides them.
func (u Usage) unfolded() Usage {
	pg := u.page(inner(u.size.w))
	it, ok := u.list.Selected(pg.items)
	if !ok {
		return u
	}
	if owner := ownerOf(it.Key); owner != u.open {
		u.open = owner
	} else {
		u.open, u.list.Key = "", ownerKey(owner)
	}
	return u
}

// View draws the popup in at most w × h cells.
func (u Usage) View(w, h int) string { return u.view(u.page(inner(w)), w, h) }

func (u Usage) page(w int) page {
	k, th := u.look.Keys, u.look.Theme
	pg := page{title: "Usage " + th.Dot + " " + spans[u.span].title}
	if u.by > 0 {
		pg.title = "Usage by " + groupings[u.by] + " " + th.Dot + " " + spans[u.span].title
	} else {
		pg.hints = []theme.Hint{hint(k.Accept, "instances")}
	}
	pg.hints = append(pg.hints, hint(k.Tab, spans[(u.span+1)%len(spans)].title), hint(k.Move.Right, "by "+groupings[(u.by+1)%len(groupings)]))
	pg.hints = append(pg.hints, hints(k.Copy, k.Close)...)
	since := u.counted()
	owners := model.Usage(u.books.tenures, since, u.fleet.At)
	switch {
	case u.failed != "":
		pg.empty = "The usage can't be read: " + theme.Text(u.failed)
	case !u.loaded:
		pg.empty = "Reading who held which GPU."
	case len(owners) == 0:
		pg.empty = "Nobody held a GPU in this span. Tab looks further back."
	}
	if pg.empty != "" {
		return pg
	}
	pg.items = u.items(owners, since, w)
	it, _ := u.list.Selected(pg.items)
	pg.foot = append(footLine(it.Text), "GPU hours: an hour of two GPUs counts twice. The share is of all GPUs of the machine.",
		"IDLE is the part in which a held GPU computed nothing for "+model.Age(model.LeastRest)+" or longer.")
	if since.After(u.since()) {
		pg.foot = append(pg.foot, "Counted since "+since.Local().Format("2006-01-02 15:04")+": of the time before nothing is known.")
	}
	return pg
}

// items returns the rows, by owner, GPU or day.
func (u Usage) items(owners []model.OwnerUse, since time.Time, w int) []kit.Item {
	th, now := u.look.Theme, u.fleet.At
	switch groupings[u.by] {
	case "GPU":
		named := func(id string) string { return model.NameGPUs(u.fleet.Devices, []model.GPUID{model.GPUID(id)}) }
		return useItems(th, "GPU", model.UsageOfGPUs(u.books.tenures, u.fleet.Devices, since, now), named, 1, w)
	case "day":
		days := model.UsageOfDays(u.books.tenures, since, now.Local())
		slices.Reverse(days)
		return useItems(th, "DAY", days, func(day string) string { return day }, len(u.fleet.Devices), w)
	}
	return usageItems(th, owners, u.open, model.GPUTime(len(u.fleet.Devices))*model.GPUTime(now.Sub(since)), now, w)
}

// counted returns the time from which GPU time is counted: the start of the span, or the first record if that is later,
// since nothing is known about the time before.
func (u Usage) counted() time.Time {
	return model.CountedSince(u.books.tenures, u.books.first, u.since(), u.fleet.At)
}
