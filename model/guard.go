package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Guard stands between a user and an order: what is said before the order is given, and what has to be answered. The
// screen and the command line ask by the same one. Its texts hold labels and names as they are: whoever shows them
// makes them safe to draw.
type Guard struct {
	Title string // the question: Destroy C.1012 llama-ft?
	Names string // the first few instances
	Means string // whose they are, what goes and what stays
	Does  string // what a yes does, in a word or two
	Word  string // has to be typed; empty where yes is enough

	Danger  bool // what it does can't be undone
	several bool
}

// Text is what is said below the question, which names one instance and only counts several.
func (g Guard) Text() string {
	if g.several {
		return g.Names + ". " + g.Means
	}
	return g.Means
}

// GuardOf is the guard before an action on some instances, as one user sees them at a moment. Where files are lost, the
// id has to be typed, or the action's word for several instances.
func GuardOf(a Action, targets []Instance, me string, now time.Time) Guard {
	does := strings.ToUpper(string(a[:1])) + string(a[1:])
	g := Guard{
		Title: does + " " + Called(targets...) + "?", Names: FirstOf(targets), Means: others(targets, me) + a.means(targets, now), Does: does,
		Danger: a.LosesFiles(), several: len(targets) > 1,
	}
	switch {
	case !a.LosesFiles() || !slices.ContainsFunc(targets, Instance.hasFiles):
	case g.several:
		g.Word = string(a)
	default:
		g.Word = targets[0].ID.String()
	}
	return g
}

// Agrees reports whether an answer is the yes that the guard wants. 7 is C.7, as in every command.
func (g Guard) Agrees(answer string) bool {
	answer = strings.TrimSpace(answer)
	if g.Word == "" {
		return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
	}
	return strings.EqualFold(answer, g.Word) || strings.EqualFold("C."+answer, g.Word)
}

// AsksInWords reports whether an order is asked about although somebody wrote it out, ids and all: it loses files, or
// it ends something of somebody else's. A key is pressed by mistake more easily, so the screen asks about more.
func (a Action) AsksInWords(targets []Instance, me string) bool {
	theirs := slices.ContainsFunc(targets, func(i Instance) bool { return i.Owner != me })
	return len(targets) > 0 && (a.LosesFiles() || theirs && a != ActionStart)
}

// hasFiles reports whether there is something to lose: its container ran at least once.
func (i Instance) hasFiles() bool { return !i.StartedAt.IsZero() }

// Born is when an instance's life began.
func (i Instance) Born() time.Time {
	if i.CreatedAt.IsZero() {
		return i.AskedAt
	}
	return i.CreatedAt
}

// Called names instances for a title: C.1012 llama-ft, or 3 instances.
func Called(targets ...Instance) string {
	if len(targets) != 1 {
		return fmt.Sprintf("%d instances", len(targets))
	}
	if targets[0].Label == "" {
		return targets[0].ID.String()
	}
	return targets[0].ID.String() + " " + targets[0].Label
}

// FirstOf names the first few instances.
func FirstOf(targets []Instance) string {
	const most = 4
	var names []string
	for _, i := range targets[:min(len(targets), most)] {
		names = append(names, Called(i))
	}
	if more := len(targets) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// others says whose the instances are, where they aren't all the user's own.
func others(targets []Instance, me string) string {
	var theirs []Instance
	owners := map[string]bool{}
	for _, i := range targets {
		if i.Owner != me {
			theirs, owners[i.Owner] = append(theirs, i), true
		}
	}
	if len(theirs) == 0 {
		return ""
	}
	who := theirs[0].Owner
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

// means says what an action does to instances.
func (a Action) means(targets []Instance, now time.Time) string {
	its, containers := "Its", "Its container is"
	if len(targets) > 1 {
		its, containers = "Their", "Their containers are"
	}
	switch a {
	case ActionStart: // it takes nothing from anybody, and nobody is asked
	case ActionNewPorts:
		return heldPorts(targets) + containers + " made anew on other ports; files stay. To try the same ports again: berth start."
	case ActionStop:
		return stops(targets) + frees(targets)
	case ActionReboot:
		return its + " processes end and start again on the same GPUs. Files and ports stay."
	case ActionRecycle:
		return containers + " made anew from the image, pulled afresh: all files inside" + goes(targets, now) +
			" are lost for ever. Id, ports, keys and variables stay."
	case ActionDestroy:
		return "Container and files" + goes(targets, now) + " are removed for ever; " + given(targets) + " are given back."
	}
	return ""
}

// heldPorts says that somebody has a port, where that is so of all instances.
func heldPorts(targets []Instance) string {
	if slices.ContainsFunc(targets, func(i Instance) bool { return !i.Plan.PortHeld }) {
		return ""
	}
	if len(targets) > 1 {
		return "A port of theirs is held by somebody else. "
	}
	return "A port of its is held by somebody else. "
}

// goes says how much is lost, as far as that is known: (120G, 3d old).
func goes(targets []Instance, now time.Time) string {
	var size Bytes
	var oldest time.Time
	for _, i := range targets {
		size += max(i.Use.Disk.Or(0), 0)
		if born := i.Born(); !born.IsZero() && (oldest.IsZero() || born.Before(oldest)) {
			oldest = born
		}
	}
	var parts []string
	if size > 0 {
		parts = append(parts, size.String())
	}
	if !oldest.IsZero() && !now.Before(oldest) {
		upTo := ""
		if len(targets) > 1 {
			upTo = "up to "
		}
		parts = append(parts, upTo+Age(now.Sub(oldest))+" old")
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// given says what others can have afterwards.
func given(targets []Instance) string {
	switch n := held(targets); n {
	case 0:
		return "ports and disk"
	case 1:
		return "1 GPU, ports and disk"
	default:
		return fmt.Sprintf("%d GPUs, ports and disk", n)
	}
}

// held is how many GPUs instances hold together.
func held(targets []Instance) int {
	n := 0
	for _, i := range targets {
		n += len(i.GPUs)
	}
	return n
}

// stops is what a stop ends.
func stops(targets []Instance) string {
	all := func(phases ...Phase) bool {
		return !slices.ContainsFunc(targets, func(i Instance) bool { return !slices.Contains(phases, i.Phase) })
	}
	one := len(targets) == 1
	switch {
	case all(PhaseCreating, PhaseLoading):
		return "The download ends. Ports and disk stay reserved for the next start."
	case all(PhaseScheduling) && one:
		return "It no longer waits for GPUs. Files and ports stay."
	case all(PhaseScheduling):
		return "They no longer wait for GPUs. Files and ports stay."
	case one:
		return "Its processes end. Files and ports stay."
	}
	return "Their processes end. Files and ports stay."
}

// frees says how many GPUs others can have after a stop.
func frees(targets []Instance) string {
	switch n := held(targets); n {
	case 0:
		return ""
	case 1:
		return " 1 GPU becomes free for others; the next start may get a different one."
	default:
		return fmt.Sprintf(" %d GPUs become free for others; the next start may get different ones.", n)
	}
}
