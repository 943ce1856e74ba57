package popup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// usageEvery is how often usage is asked for while it is open.
const usageEvery = 10 * time.Second

// spans are what the popup can look back over, in the order Tab goes through them. 0 is everything.
var spans = []struct {
	title string
	back  time.Duration
}{
	{"24 hours", 24 * time.Hour},
	{"7 days", 7 * 24 * time.Hour},
	{"30 days", 30 * 24 * time.Hour},
	{"ever", 0},
}

// A Bookkeeper knows which instance held which GPU and when: every tenure that had not ended by then.
type Bookkeeper interface {
	Tenures(ctx context.Context, since time.Time) ([]model.Tenure, error)
}

// Usage is who held the GPUs for how long, by owner, with one owner's instances unfolded.
type Usage struct {
	sheet
	ctx context.Context // ends with the popup
	out Bookkeeper
	tag tag

	fleet   model.Fleet
	span    int    // of spans
	open    string // the owner whose instances are shown
	tenures []model.Tenure
	loaded  bool
	failed  string
}

// NewUsage opens the usage of the last day.
func NewUsage(ctx context.Context, look Look, out Bookkeeper, f model.Fleet) Usage {
	return Usage{sheet: newSheet(look), ctx: ctx, out: out, tag: newTag(), fleet: f}
}

// Init asks for the first time.
func (u Usage) Init() tea.Cmd { return u.ask() }

func (u Usage) ask() tea.Cmd {
	out, since := u.out, u.since()
	return ask(u.ctx, u.tag, func(ctx context.Context) ([]model.Tenure, error) { return out.Tenures(ctx, since) })
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
	case answer[[]model.Tenure]:
		if msg.tag == u.tag {
			u.loaded, u.failed = true, reason(msg.err)
			if msg.err == nil {
				u.tenures = msg.value
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
		u.tag, u.loaded, u.tenures = newTag(), false, nil
		return u, u.ask()
	}
	var cmd tea.Cmd
	u.sheet, cmd = u.take(msg, u.page(inner(u.size.w)))
	return u, cmd
}

// unfolded shows the instances of the selected owner, or no longer.
func (u Usage) unfolded() Usage {
	pg := u.page(inner(u.size.w))
	it, ok := u.list.selected(pg.items)
	if !ok {
		return u
	}
	if owner := ownerOf(it.key); owner != u.open {
		u.open = owner
	} else {
		u.open, u.list.key = "", ownerKey(owner)
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
	since := u.since()
	if since.IsZero() {
		since = earliest(u.tenures)
	}
	owners := model.Usage(u.tenures, since, u.fleet.At)
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
	pg.foot = []string{"GPU hours: an hour of two GPUs counts twice. The share is of all GPUs of the machine."}
	return pg
}

// An owner's key and those of its instances; owners are user names and hold no blank.
func ownerKey(owner string) string { return owner + " " }

func ownerOf(itemKey string) string {
	owner, _, _ := strings.Cut(itemKey, " ")
	return owner
}

// usageItems are the owners with their share of all GPU time there was, and what nobody held.
func usageItems(th theme.Theme, owners []model.OwnerUse, open string, all time.Duration, now time.Time, w int) []item {
	bar := max(w-2-ownerWidth-2-figuresWidth, 0)
	items := []item{heading(th, th.Pad("  OWNER", 2+ownerWidth+1+bar+1)+figures(th, "SHARE", "GPU HOURS", "NOW"))}
	nobody := all
	for _, o := range owners {
		nobody -= time.Duration(o.Held)
		items = append(items, ownerItem(th, o, all, bar))
		for _, i := range o.Instances {
			if o.Owner == open {
				items = append(items, instanceItem(th, o.Owner, i, now, ownerWidth+bar))
			}
		}
	}
	if nobody > 0 {
		percent := share(model.GPUTime(nobody), all)
		items = append(items, heading(th, th.Pad("  nobody", 2+ownerWidth)+" "+th.Bar(bar, percent)+" "+
			figures(th, fmt.Sprintf("%.0f%%", percent), hours(model.GPUTime(nobody)), "")))
	}
	return items
}

const (
	ownerWidth   = 12
	figuresWidth = 5 + 11 + 5
)

// figures are the columns at the right.
func figures(th theme.Theme, share, hours, now string) string {
	return th.PadLeft(share, 5) + th.PadLeft(hours, 11) + th.PadLeft(now, 5)
}

func ownerItem(th theme.Theme, o model.OwnerUse, all time.Duration, bar int) item {
	part := share(o.Held, all)
	name, percent := theme.Text(o.Owner), fmt.Sprintf("%.0f%%", part)
	return item{
		key:  ownerKey(o.Owner),
		name: th.Pad(name, ownerWidth),
		rest: " " + th.Accent.Render(th.Bar(bar, part)) + " " + figures(th, percent, hours(o.Held), heldNow(th, o.Now)),
		text: fmt.Sprintf("%s %s GPU hours, %s", name, hours(o.Held), percent),
	}
}

// instanceItem is one instance of the owner that is unfolded.
func instanceItem(th theme.Theme, owner string, i model.InstanceUse, now time.Time, w int) item {
	when, gpus := "until "+model.Age(now.Sub(i.To))+" ago", model.GPU{Model: i.Model}.ShortModel()
	if i.Now > 0 {
		when = "still"
	}
	name := i.Instance.String()
	about := " " + th.Pad(theme.Text(i.Label), 14) + " " + gpus + ", " + when
	return item{
		key:  ownerKey(owner) + name,
		sign: "  ",
		name: name,
		rest: th.Dim.Render(th.Pad(about, max(w-theme.Width(name), 0)) + figures(th, "", hours(i.Held), heldNow(th, i.Now))),
		text: fmt.Sprintf("%s %s %s GPU hours, %s, %s", name, theme.Text(i.Label), hours(i.Held), gpus, when),
	}
}

// share is a part in percent; 0 where there is no whole.
func share(part model.GPUTime, whole time.Duration) float64 {
	if whole <= 0 {
		return 0
	}
	return 100 * part.Hours() / whole.Hours()
}

// hours writes GPU time as people add it up.
func hours(t model.GPUTime) string { return fmt.Sprintf("%.1f", t.Hours()) }

func heldNow(th theme.Theme, n int) string {
	if n == 0 {
		return th.Dash
	}
	return fmt.Sprint(n)
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
