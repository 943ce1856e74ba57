package popup

import (
	"context"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// usageEvery is how often usage is asked for while it is open.
const usageEvery = 10 * time.Second

// spans are the times that the popup can show, in the order Tab goes through them. 0 is everything.
var spans = []struct {
	title string
	back  time.Duration
}{
	{"24 hours", 24 * time.Hour},
	{"7 days", 7 * 24 * time.Hour},
	{"30 days", 30 * 24 * time.Hour},
	{"ever", 0},
}

// A Bookkeeper knows which instance held which GPU and when.
type Bookkeeper interface {
	// Tenures are all that had not ended by then.
	Tenures(ctx context.Context, since time.Time) ([]model.Tenure, error)
	// FirstRecord is when the first thing happened that is known of: before that nobody was counted.
	FirstRecord(ctx context.Context) (time.Time, error)
}

// A books is what a Bookkeeper knows of a span.
type books struct {
	tenures []model.Tenure
	first   time.Time
}

// Usage is who held the GPUs for how long, by owner, with one owner's instances unfolded.
type Usage struct {
	sheet
	ctx context.Context // ends with the popup
	out Bookkeeper
	tag tag

	fleet  model.Fleet
	span   int    // of spans
	open   string // the owner whose instances are shown
	books  books
	loaded bool
	failed string
}

// NewUsage opens the usage of the last day.
func NewUsage(ctx context.Context, look Look, out Bookkeeper, f model.Fleet) Usage {
	return Usage{sheet: newSheet(look), ctx: ctx, out: out, tag: newTag(), fleet: f}
}

// Init asks for the first time.
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

// since is where the span begins: the zero time for everything, or while the fleet's clock isn't known.
func (u Usage) since() time.Time {
	back := spans[u.span].back
	if back == 0 || u.fleet.At.IsZero() {
		return time.Time{}
	}
	return u.fleet.At.Add(-back)
}

// WithFleet is the popup with newer knowledge: the fleet's clock is the one it counts by.
func (u Usage) WithFleet(f model.Fleet) Usage {
	u.fleet = f
	return u
}

// Update takes keys and answers.
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
			return u, later(u.tag, usageEvery)
		}
	case again:
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
	}
	var cmd tea.Cmd
	u.sheet, cmd = u.take(msg, u.page(inner(u.size.w)))
	return u, cmd
}

// unfolded shows the instances of the selected owner, or no longer.
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
	pg.hints = []theme.Hint{hint(k.Accept, "instances"), hint(k.Tab, spans[(u.span+1)%len(spans)].title)}
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
	all := time.Duration(len(u.fleet.Devices)) * u.fleet.At.Sub(since)
	pg.items = usageItems(th, owners, u.open, all, u.fleet.At, w)
	it, _ := u.list.Selected(pg.items)
	pg.foot = append(whole(it.Text), "GPU hours: an hour of two GPUs counts twice. The share is of all GPUs of the machine.")
	if since.After(u.since()) {
		pg.foot = append(pg.foot, "Counted since "+since.Local().Format("2006-01-02 15:04")+": of the time before nothing is known.")
	}
	return pg
}

// counted is where the time begins that GPUs are counted in: with the span, or with the first record, before which
// nobody knows who had them.
func (u Usage) counted() time.Time {
	since, first := u.since(), earliest(u.books.tenures)
	if known := u.books.first; first.IsZero() || !known.IsZero() && known.Before(first) {
		first = known
	}
	if first.After(since) {
		return first
	}
	return since
}

// earliest is when the first tenure began.
func earliest(tenures []model.Tenure) time.Time {
	var first time.Time
	for _, t := range tenures {
		if first.IsZero() || t.From.Before(first) {
			first = t.From
		}
	}
	return first
}
