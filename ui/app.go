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

// An App is the whole screen. Fleets and key presses come in as messages; orders go out as commands. An App and its
// parts are values: each message makes a new App.
type App struct {
	calls
	options Options
	viewer  model.Viewer
	keys    keyMap
	inner   innerKeys

	mainScreen
	sight      sight
	overlay    overlay
	endOverlay context.CancelFunc
}

// New makes the screen of a machine. The end of the context ends all its commands.
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
			w:     80, h: 24, focus: paneList, home: paneList, traces: pane.TracesOf(o.Past, o.User),
		}.arranged(),
	}, nil
}

// Init requests the first fleet and starts the clock.
func (a App) Init() tea.Cmd {
	return tea.Batch(watch(a.ctx, a.machine, a.options.now), tick(a.options.now))
}

// Update handles a message. Then it makes the lower half follow the selection.
func (a App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	next, cmd := a.dispatch(msg)
	app, ok := next.(App)
	if !ok {
		return next, cmd
	}
	var follow tea.Cmd
	app.following, follow = app.following.show(app.calls, app.scene, app.inLowerHalf(covers(app.overlay)))
	app.sight = app.sight.report(app.machine, app.inSight())
	return app, tea.Batch(cmd, follow)
}

// dispatch passes a message on: to the panes, to the overlay or to the key map.
func (a App) dispatch(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return a.pressKey(msg)
	case fleetMsg:
		return a.withFleet(msg)
	case tickMsg:
		a.scene.Now = latest(a.scene.Now, time.Time(msg))
		return a, tick(a.options.now)
	case feedEndedMsg:
		return a.addMessage("the feed of the machine has ended; quit and start again", true), nil
	case doneMsg:
		if msg.err != nil {
			return a.showError(msg.err)
		}
		return a.addMessage(msg.did, false), nil
	case tea.WindowSizeMsg:
		a.mainScreen = a.sized(msg.Width, msg.Height)
		return a.toOverlay(a.room())
	case tea.BackgroundColorMsg:
		a.scene.Theme = a.scene.Theme.WithBackground(msg.IsDark())
		return a, nil
	case runMsg:
		return a.run(msg.command)
	case goMsg, sortMsg, settingMsg:
		return goTo(a, msg)
	case restedMsg, pastMsg, listeningMsg, listenAgainMsg, readAgainMsg, output.Lines, output.Ended:
		var follow, cmd tea.Cmd
		a.following, follow = a.following.handle(a.calls, msg, a.theme().Color)
		a, cmd = a.toOverlay(msg) // an overlay may follow an output of its own
		return a, tea.Batch(follow, cmd)
	case terminal.CantSuspend:
		return a.showError(errors.New("no shell is there to let berth go on again: q quits"))
	case draftMsg:
		return a.openDraft(msg)
	case launchedMsg:
		return a.launched(msg)
	case templatesMsg:
		return a.templatesChanged(msg)
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
		return a.typeFilter(msg)
	}
	return a.toOverlay(msg)
}

// withFleet takes a new fleet and requests the next one.
func (a App) withFleet(msg fleetMsg) (tea.Model, tea.Cmd) {
	old := a.scene.Fleet
	msg.fleet = msg.fleet.For(a.scene.Me) // hides other users' secrets from display, copying and opening
	msg.fleet.Host.PublicIP = a.viewer.Address(msg.fleet.Host.PublicIP)
	a.mainScreen = a.mainScreen.withFleet(msg, a.overlay != nil)
	if o, ok := a.overlay.(live); ok {
		a.overlay = o.withFleet(msg.fleet)
	}
	a, notify := a.announceChanges(old, msg.fleet)
	return a, tea.Batch(next(a.ctx, msg.feed, a.options.now), notify)
}

// announceChanges adds a message for each of the user's instances that became ready or failed between two fleets.
func (a App) announceChanges(old, now model.Fleet) (App, tea.Cmd) {
	before := make(map[model.InstanceID]int, len(old.Instances))
	for n := range old.Instances {
		before[old.Instances[n].ID] = n
	}
	var cmds []tea.Cmd
	for n := range now.Instances {
		i := &now.Instances[n]
		at, known := before[i.ID]
		if !known || i.Owner != a.scene.Me {
			continue
		}
		if said, short, bad := newsOf(&old.Instances[at], i); said != "" {
			name := theme.Join(model.NameOf(i), theme.Text(i.Label))
			a = a.addMessage(name+said+fixHint(a, *i), bad)
			cmds = append(cmds, emit(terminal.Notify{Text: name + short}))
		}
	}
	return a, tea.Batch(cmds...)
}

// newsOf is what to say of an instance that has changed, the same in short, and whether it is bad; empty for nothing.
func newsOf(was, i *model.Instance) (said, short string, bad bool) {
	answers := was.Silence(was.OpenDoor()) != "" && i.Silence(i.OpenDoor()) == ""
	switch {
	case was.Phase == i.Phase && i.Phase == model.PhaseRunning && answers:
		return " answers in a browser now: b opens it", " is " + i.Status(), false
	case was.Phase == i.Phase:
	case i.Phase == model.PhaseRunning && i.NoJupyter() != "":
		return " is ready without Jupyter: " + theme.Text(i.NoJupyter()), " is ready without Jupyter", true
	case i.Phase == model.PhaseRunning:
		return ready(*i), " is " + i.Status(), false
	case i.Phase == model.PhaseFailed, i.Phase == model.PhaseLost:
		return " " + i.Status() + ": " + theme.Text(i.Message), " " + i.Status(), true
	}
	return "", "", false
}

// ready is the message that an instance is ready, with the keys that help next.
func ready(i model.Instance) string {
	if i.Order.Mode.Launcher() && len(i.Plan.Keys) == 0 {
		return " is " + i.Status() + ", without an SSH key: c says how to give it one"
	}
	return " is " + i.Status() + ": p ports, c connect"
}

// fixHint names the key that opens the failed instance's form, if that instance is selected.
func fixHint(a App, i model.Instance) string {
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

// showError shows an error as a message.
func (a App) showError(err error) (App, tea.Cmd) { return a.addMessage(model.Said(err), true), nil }

// addMessage adds a message for the user.
func (a App) addMessage(text string, bad bool) App {
	a.messages = a.messages.With(a.scene.Now, text, bad)
	return a
}
