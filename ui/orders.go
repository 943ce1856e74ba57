package ui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// endOf is what a stop ends.
func endOf(targets []model.Instance) string {
	all := func(phases ...model.Phase) bool {
		return !slices.ContainsFunc(targets, func(i model.Instance) bool { return !slices.Contains(phases, i.Phase) })
	}
	switch {
	case all(model.PhaseCreating, model.PhaseLoading):
		return "The download ends. Ports and disk stay reserved for the next start."
	case all(model.PhaseScheduling):
		return plural(targets, "It no longer waits", "They no longer wait") + " for GPUs. Files and ports stay."
	}
	return plural(targets, "Its", "Their") + " processes end. Files and ports stay."
}

// freed says how many GPUs others can have then.
func freed(targets []model.Instance) string {
	held := 0
	for _, i := range targets {
		held += len(i.GPUs)
	}
	switch held {
	case 0:
		return ""
	case 1:
		return " 1 GPU becomes free for others; the next start may get a different one."
	}
	return fmt.Sprintf(" %d GPUs become free for others; the next start may get different ones.", held)
}

// plural is one word or the other, as there are one or more.
func plural(targets []model.Instance, one, more string) string {
	if len(targets) == 1 {
		return one
	}
	return more
}

func reboot(a App) (App, tea.Cmd) {
	return a.ask("Reboot", model.ActionReboot, func(targets []model.Instance) string {
		return plural(targets, "Its", "Their") + " processes end and start again on the same GPUs. Files and ports stay."
	})
}

func recycle(a App) (App, tea.Cmd) {
	return a.ask("Recycle", model.ActionRecycle, func(targets []model.Instance) string {
		return plural(targets, "Its container is", "Their containers are") +
			" made anew from the image, pulled afresh. All files inside are lost for ever: " + files(targets, a.scene.Now) +
			". Id, ports, keys and variables stay."
	})
}

func destroy(a App) (App, tea.Cmd) {
	return a.ask("Destroy", model.ActionDestroy, func(targets []model.Instance) string {
		return "Container and files are removed for ever: " + files(targets, a.scene.Now) + ". " + givenBack(targets)
	})
}

// files is what of instances' own is lost with their containers: how much they wrote, and in what time.
func files(targets []model.Instance, now time.Time) string {
	wrote, known, oldest := model.Bytes(0), true, now
	for _, i := range targets {
		used, is := i.Use.Disk.Get()
		wrote, known = wrote+used, known && is
		if born := cmp.Or(i.CreatedAt, i.AskedAt); born.Before(oldest) {
			oldest = born
		}
	}
	switch age := model.Age(now.Sub(oldest)); {
	case !withData(targets):
		return "nothing was written yet"
	case !known:
		return "written in " + age + ", how much isn't known"
	default:
		return wrote.String() + " written in " + age
	}
}

// givenBack is what others can have once instances are gone.
func givenBack(targets []model.Instance) string {
	gpus, disk := 0, model.Bytes(0)
	for _, i := range targets {
		gpus, disk = gpus+len(i.GPUs), disk+i.Plan.Disk
	}
	what := disk.String() + " of disk and " + plural(targets, "its", "their") + " ports"
	if gpus > 0 {
		what = model.CountGPUs(gpus) + ", " + what
	}
	return "Given back: " + what + "."
}

// withData reports whether there is something to lose: a container that ran at least once.
func withData(targets []model.Instance) bool {
	for _, i := range targets {
		if !i.StartedAt.IsZero() {
			return true
		}
	}
	return false
}

// list3 names the first few instances.
func list3(targets []model.Instance) string {
	const most = 4
	var out []string
	for _, i := range targets[:min(len(targets), most)] {
		out = append(out, theme.Join(i.ID.String(), theme.Text(i.Label)))
	}
	if more := len(targets) - most; more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, ", ")
}

// ask opens the question before an action on the targets it is possible for. Where files would be lost the id has to
// be typed, or the action's word for several.
func (a App) ask(does string, action model.Action, meaning func([]model.Instance) string) (App, tea.Cmd) {
	targets, err := a.able(action)
	if err != nil {
		return a.refused(err)
	}
	text := others(targets, a.scene.Me) + meaning(targets)
	word := targets[0].ID.String()
	if len(targets) > 1 {
		word, text = string(action), list3(targets)+". "+text
	}
	if left := a.passedOver(targets); left != "" {
		text += " " + left + "."
	}
	did := string(action) + " ordered: " + names(targets)
	q := asked(a.theme(), does+" "+names(targets)+"?", text, does, a.act(did, action, targets))
	q.danger = action.LosesFiles()
	if q.danger && withData(targets) {
		q = q.typed(word)
	}
	return a.open(q, nil), nil
}

// passedOver names the marked instances that an order isn't possible for; empty where there are none.
func (m mainScreen) passedOver(ordered []model.Instance) string {
	all, _ := m.targets()
	left := slices.DeleteFunc(slices.Clone(all), func(i model.Instance) bool {
		return slices.ContainsFunc(ordered, func(o model.Instance) bool { return o.ID == i.ID })
	})
	if len(left) == 0 {
		return ""
	}
	return list3(left) + plural(left, " stays as it is", " stay as they are")
}

// editLabel asks for a new label.
func editLabel(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.refused(err)
	}
	use := func(label string) tea.Cmd {
		did := fmt.Sprintf("%s is now called %s", i.ID, label)
		if label == "" {
			did = i.ID.String() + " has no label any more"
		}
		return a.order(did, func(ctx context.Context) error { return a.machine.Relabel(ctx, i.ID, label) })
	}
	e := edited(a.theme(), "Label of "+i.ID.String(), "Enter saves, Esc leaves it as it is", i.Label, use)
	return a.open(e, nil), nil
}

// names lists instances for a title: C.1012 llama-ft, or 3 instances.
func names(targets []model.Instance) string {
	if len(targets) == 1 {
		return theme.Join(targets[0].ID.String(), theme.Text(targets[0].Label))
	}
	return theme.Count(len(targets), "instance")
}

// others says whose the instances are, where they aren't all the user's own.
func others(targets []model.Instance, me string) string {
	var theirs []model.Instance
	owners := map[string]bool{}
	for _, i := range targets {
		if i.Owner != me {
			theirs, owners[i.Owner] = append(theirs, i), true
		}
	}
	if len(theirs) == 0 {
		return ""
	}
	who := theme.Text(theirs[0].Owner)
	if len(owners) > 1 {
		who = fmt.Sprintf("%d other users", len(owners))
	}
	switch {
	case len(targets) == 1:
		return "It belongs to " + who + ". "
	case len(theirs) == 1:
		return theirs[0].ID.String() + " belongs to " + who + ". "
	case len(theirs) == len(targets):
		return "They belong to " + who + ". "
	}
	return fmt.Sprintf("%d of them belong to %s. ", len(theirs), who)
}
