package ui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/form"
	"berth/ui/output"
	"berth/ui/pane"
	"berth/ui/popup"
	"berth/ui/terminal"
	"berth/ui/theme"
)

// An App is the whole screen. Fleets and keys come in, orders go out. It is a value, as are its parts: each message
// makes a new one.
type App struct {
	calls
	options Options
	viewer  model.Viewer
	keys    keyMap
	inner   innerKeys

	mainScreen
	overlay    overlay
	endOverlay context.CancelFunc
}

// New makes the screen of a machine. The context ends it.
func New(ctx context.Context, m Backend, o Options) (App, error) {
	keys, err := newKeyMap(outer(o.Keys))
	if err != nil {
		return App{}, err
	}
	inner, err := newInnerKeys(o.Keys)
	if err != nil {
		return App{}, err
	}
	return App{
		calls: calls{ctx, m}, options: o, viewer: o.viewer(), keys: keys, inner: inner,
		mainScreen: mainScreen{
			scene: pane.Scene{Theme: o.Theme, Me: o.User, Now: o.now()}.Indexed(),
			w:     80, h: 24, focus: paneList, home: paneList, traces: pane.Remembered(o.Past, o.User),
		}.arranged(),
	}, nil
}

// Init asks for the first fleet and lets time pass.
func (a App) Init() tea.Cmd {
	return tea.Batch(watch(a.ctx, a.machine, a.options.now), tick(a.options.now))
}

// Update takes a message, and lets the lower half follow what is selected after it.
func (a App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	next, cmd := a.updated(msg)
	app, ok := next.(App)
	if !ok {
		return next, cmd
	}
	var follow tea.Cmd
	app.following, follow = app.following.on(app.calls, app.scene, app.inLowerHalf(covers(app.overlay)))
	return app, tea.Batch(cmd, follow)
}

// updated takes a message and hands it on: to the fleet's panes, to the overlay, to the key map.
func (a App) updated(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return a.pressed(msg)
	case fleetMsg:
		return a.withFleet(msg)
	case tickMsg:
		a.scene.Now = latest(a.scene.Now, time.Time(msg))
		return a, tick(a.options.now)
	case feedEndedMsg:
		return a.noted("the feed of the machine has ended; quit and start again", true), nil
	case doneMsg:
		if msg.err != nil {
			return a.refused(msg.err)
		}
		return a.noted(msg.did, false), nil
	case tea.WindowSizeMsg:
		a.mainScreen = a.sized(msg.Width, msg.Height)
		return a.toOverlay(a.room())
	case tea.BackgroundColorMsg:
		a.scene.Theme = a.scene.Theme.WithBackground(msg.IsDark())
		return a, nil
	case runMsg:
		return a.run(msg.command)
	case goMsg, sortMsg, settingMsg:
		return toPlace(a, msg)
	case restedMsg, listeningMsg, listenAgainMsg, readAgainMsg, output.Lines, output.Ended:
		var follow, cmd tea.Cmd
		a.following, follow = a.following.told(a.calls, msg, a.theme().Color)
		a, cmd = a.toOverlay(msg) // which may follow an output of its own
		return a, tea.Batch(follow, cmd)
	case terminal.CantSuspend:
		return a.refused(errors.New("no shell is there to let berth go on again: q quits"))
	case draftMsg:
		return a.openDraft(msg)
	case launchedMsg:
		return a.launched(msg)
	case templatesMsg:
		return a.changed(msg)
	case form.Submitted, form.Cancelled, form.SaveTemplate, form.DeleteTemplate, form.Use, form.Copy:
		return a.fromForm(msg)
	case popup.Close, popup.Copy, popup.Toast, popup.Run:
		return a.fromPopup(msg)
	case tea.MouseWheelMsg:
		if a.overlay == nil {
			a.mainScreen = a.wheeled(msg)
		}
		return a, nil
	case tea.MouseClickMsg:
		if a.overlay == nil {
			a.mainScreen = a.clicked(msg)
		}
		return a, nil
	}
	if a.typing {
		return a.typed(msg)
	}
	return a.toOverlay(msg)
}

// withFleet takes in a new fleet and waits for the next.
func (a App) withFleet(msg fleetMsg) (tea.Model, tea.Cmd) {
	old := a.scene.Fleet
	msg.fleet = msg.fleet.For(a.scene.Me) // others' secrets aren't shown, copied or opened
	msg.fleet.Host.PublicIP = a.viewer.Address(msg.fleet.Host.PublicIP)
	a.mainScreen = a.mainScreen.withFleet(msg, a.overlay != nil)
	if o, ok := a.overlay.(live); ok {
		a.overlay = o.withFleet(msg.fleet)
	}
	a, notify := a.announced(old, msg.fleet)
	return a, tea.Batch(next(a.ctx, msg.feed, a.options.now), notify)
}

// announced says which of the user's instances have become ready or failed since.
func (a App) announced(old, now model.Fleet) (App, tea.Cmd) {
	before := make(map[model.InstanceID]model.Instance, len(old.Instances))
	for _, i := range old.Instances {
		before[i.ID] = i
	}
	var cmds []tea.Cmd
	for _, i := range now.Instances {
		was, known := before[i.ID]
		if !known || i.Owner != a.scene.Me {
			continue
		}
		if said, short, bad := news(was, i); said != "" {
			name := theme.Join(i.ID.String(), theme.Text(i.Label))
			a = a.noted(name+said+correction(a, i), bad)
			cmds = append(cmds, say(terminal.Notify{Text: name + short}))
		}
	}
	return a, tea.Batch(cmds...)
}

// news is what to say of an instance that has changed, the same in short, and whether it is bad; empty for nothing.
func news(was, i model.Instance) (said, short string, bad bool) {
	answers := was.Silence(was.OpenDoor()) != "" && i.Silence(i.OpenDoor()) == ""
	switch {
	case was.Phase == i.Phase && i.Phase == model.PhaseRunning && answers:
		return " answers in a browser now: b opens it", " is " + i.Status(), false
	case was.Phase == i.Phase:
	case i.Phase == model.PhaseRunning && i.NoJupyter() != "":
		return " is ready without Jupyter: " + theme.Text(i.NoJupyter()), " is ready without Jupyter", true
	case i.Phase == model.PhaseRunning:
		return ready(i), " is " + i.Status(), false
	case i.Phase == model.PhaseFailed, i.Phase == model.PhaseLost:
		return " " + i.Status() + ": " + theme.Text(i.Message), " " + i.Status(), true
	}
	return "", "", false
}

// ready says that an instance is ready, and which keys lead on.
func ready(i model.Instance) string {
	if i.Order.Mode.Launcher() && len(i.Plan.Keys) == 0 {
		return " is " + i.Status() + ", without an SSH key: c says how to give it one"
	}
	return " is " + i.Status() + ": p ports, c connect"
}

// correction names the key that brings back the form of the selected instance, if it is the one that failed.
func correction(a App, i model.Instance) string {
	b, ok := a.keys.named("new-like")
	if current, some := a.current(); !ok || !b.on.Enabled() || i.Phase != model.PhaseFailed || !some || current.ID != i.ID {
		return ""
	}
	return "; " + b.shown(a.theme()) + " brings its form back"
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// refused tells the user why nothing is done.
func (a App) refused(err error) (App, tea.Cmd) { return a.noted(err.Error(), true), nil }

// noted adds a message for the user.
func (a App) noted(text string, bad bool) App {
	a.messages = a.messages.With(a.scene.Now, text, bad)
	return a
}
