package popup

import (
	"context"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

const (
	// historyLines is how many events the popup reads.
	historyLines = 500
	// historyEvery is how often an open popup reads them again.
	historyEvery = 5 * time.Second
)

// A Historian returns what was ordered and done.
type Historian interface {
	History(ctx context.Context, limit int) ([]model.Event, error)
}

// History is the popup with what was ordered and done, and by whom, the newest first. For one event it can show the
// engine calls.
type History struct {
	sheet
	ctx context.Context // ends with the popup
	out Historian
	tag tag

	events []model.Event // newest first
	items  []kit.Item    // of the events that match the filter; kept, so that a key needn't draw 500 lines again
	loaded bool
	failed string
	typing bool // the filter has the focus
	filter kit.Line
	open   string // the key of the event whose calls are shown
}

// NewHistory opens the history.
func NewHistory(ctx context.Context, look Look, out Historian) History {
	return History{sheet: newSheet(look), ctx: ctx, out: out, tag: newTag()}.unfiltered()
}

// Init reads the history for the first time.
func (h History) Init() tea.Cmd { return h.ask() }

func (h History) ask() tea.Cmd {
	out := h.out
	return ask(h.ctx, h.tag, func(ctx context.Context) ([]model.Event, error) { return out.History(ctx, historyLines) })
}

// WithFleet changes nothing: the popup reads the history itself.
func (h History) WithFleet(model.Fleet) History { return h }

// Update handles keys, pasted text and answers.
func (h History) Update(msg tea.Msg) (History, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		h.size = size{msg.Width, msg.Height}
		return h.filtered(h.filter), nil
	case answer[[]model.Event]:
		if msg.tag == h.tag {
			return h.withEvents(msg), pollAfter(h.tag, historyEvery)
		}
	case pollDue:
		if msg.tag == h.tag {
			return h, h.ask()
		}
	case tea.PasteMsg:
		if h.typing {
			return h.filtered(h.filter.Update(msg)), nil
		}
	case tea.KeyPressMsg:
		if h.typing {
			return h.typed(msg), nil
		}
		return h.press(msg)
	}
	return h, nil
}

// withEvents stores an answer. After an error the known events stay.
func (h History) withEvents(msg answer[[]model.Event]) History {
	h.loaded, h.failed = true, reason(msg.err)
	if msg.err == nil {
		h.events = slices.Clone(msg.value)
		slices.SortStableFunc(h.events, func(a, b model.Event) int { return b.At.Compare(a.At) })
	}
	return h.filtered(h.filter)
}

// filtered shows the events that match a filter.
func (h History) filtered(filter kit.Line) History {
	h.filter = filter
	h.items = eventItems(h.look.Theme, matching(h.events, filter.Value()), h.open, inner(h.size.w))
	return h
}

// unfiltered shows all events.
func (h History) unfiltered() History { return h.filtered(kit.NewLine(h.look.Theme, "/", "", 100)) }

// typed handles a key while the filter has the focus.
func (h History) typed(msg tea.KeyPressMsg) History {
	switch msg.Keystroke() {
	case "enter":
		h.typing = false
	case "esc":
		h.typing = false
		return h.unfiltered()
	default:
		return h.filtered(h.filter.Update(msg))
	}
	return h
}

func (h History) press(msg tea.KeyPressMsg) (History, tea.Cmd) {
	k := h.look.Keys
	switch {
	case key.Matches(msg, k.Find):
		h.typing = true
		return h, nil
	case key.Matches(msg, k.Close) && h.filter.Value() != "":
		return h.unfiltered(), nil
	case key.Matches(msg, k.Accept):
		return h.unfolded(), nil
	}
	var cmd tea.Cmd
	h.sheet, cmd = h.take(msg, h.page(inner(h.size.w)))
	return h, cmd
}

// unfolded shows the engine calls of the selected event, or hides them.
func (h History) unfolded() History {
	it, ok := h.list.Selected(h.items)
	h.result = result{}
	switch {
	case !ok:
		return h
	case it.Key == h.open:
		h.open = ""
	case it.Kind != withCalls:
		h.result = result{text: "no call of the engine is behind this"}
		return h
	default:
		h.open = it.Key
	}
	h = h.filtered(h.filter)
	h.list = h.list.Scrolled(h.items, h.listRows(h.page(inner(h.size.w)), h.size))
	return h
}

// View draws the popup in at most w × h cells.
func (h History) View(w, height int) string { return h.view(h.page(inner(w)), w, height) }

func (h History) page(w int) page {
	k, th := h.look.Keys, h.look.Theme
	pg := page{title: "History", items: h.items, hints: append([]theme.Hint{hint(k.Accept, "engine calls")}, hints(k.Find, k.Copy, k.Close)...)}
	if f := h.filter.Value(); f != "" {
		pg.title += " " + th.Dot + " " + theme.Text(f)
	}
	if it, ok := h.list.Selected(pg.items); ok {
		line, _, _ := strings.Cut(it.Text, "\n") // its calls are shown below it
		pg.foot = []string{line}
	}
	switch {
	case len(pg.items) > 0:
	case h.failed != "":
		pg.empty = "The history can't be read: " + theme.Text(h.failed)
	case !h.loaded:
		pg.empty = "Reading the history."
	case len(h.events) > 0:
		pg.hints = hints(k.Find, k.Close)
		pg.empty = "Nothing matches the filter. Esc clears it."
	default:
		pg.hints = hints(k.Close)
		pg.empty = "Nothing was ordered yet on this machine."
	}
	if h.typing {
		pg.ask = []string{h.filter.View(th, w), ""}
		pg.hints = []theme.Hint{hint(k.Accept, "keep"), {Key: "esc", Does: "drop"}}
	}
	return pg
}
