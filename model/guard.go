package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Guard is a confirmation before an action: the text to show and the answer to ask for. The screen and the command
// line use the same guards. Its texts contain labels and names as users typed them: the caller must escape them for the
// terminal.
type Guard struct {
	Title string // the question: Destroy C.1012 llama-ft?
	Names string // names of the first few instances
	Means string // who owns them, what is lost and what stays
	Does  string // what a yes does, in one or two words
	Word  string // the word to type; empty if yes is enough

	Danger  bool // the action can't be undone
	several bool
}

// Text is the text below the question. The question names a single instance but only counts several, so then the text
// names them.
func (g Guard) Text() string {
	if g.several {
		return g.Names + ". " + g.Means
	}
	return g.Means
}

// GuardOf returns the guard before an action on some instances, as the user me sees them at a moment. If files are
// lost, the user must type the instance's id, or the action's name if there are several instances.
func GuardOf(a Action, targets []Instance, me string, now time.Time) Guard {
	does := strings.ToUpper(string(a[:1])) + string(a[1:])
	g := Guard{
		Title: does + " " + Called(targets...) + "?", Names: FirstOf(targets), Means: ownersText(targets, me) + a.effectText(targets, now), Does: does,
		Danger: a.LosesFiles(), several: len(targets) > 1,
	}
	switch {
	case !a.LosesFiles() || !slices.ContainsFunc(targets, Instance.hasFiles):
	case g.several:
		g.Word = string(a)
	default:
		g.Word = NameOf(&targets[0])
	}
	return g
}

// GuardVolume returns the guard before the removal of a volume, as the user me sees it: its name must be typed.
func GuardVolume(v Volume, me string) Guard {
	g := Guard{Title: "Remove volume " + v.Name + "?", Does: "Remove", Word: v.Name, Danger: true}
	if v.Owner != me {
		g.Means = "It is " + v.Owner + "'s. "
	}
	if use, known := v.Use.Get(); known {
		g.Means += use.String() + " of files in it are lost."
	} else {
		g.Means += "All files in it are lost."
	}
	return g
}

// Agrees reports whether an answer confirms the action. Case is ignored, and 7 counts as C.7, as in every command.
func (g Guard) Agrees(answer string) bool {
	answer = strings.TrimSpace(answer)
	if g.Word == "" {
		return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
	}
	return strings.EqualFold(answer, g.Word) || strings.EqualFold("C."+answer, g.Word)
}

// AsksInWords reports whether the command line must ask before an action, although the user typed the action and the
// ids. It must if files are lost, or if the action ends something of another user. The screen asks about more actions,
// because a key is pressed by mistake more easily.
func (a Action) AsksInWords(targets []Instance, me string) bool {
	theirs := slices.ContainsFunc(targets, func(i Instance) bool { return i.Owner != me })
	return len(targets) > 0 && (a.LosesFiles() || theirs && a != ActionStart)
}

// hasFiles reports whether there may be files to lose: the container was started at least once.
func (i Instance) hasFiles() bool { return !i.StartedAt.IsZero() }

// Born is when the instance was created, or launched if it has no creation time yet.
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
		return NameOf(&targets[0])
	}
	return NameOf(&targets[0]) + " " + targets[0].Label
}

// FirstOf names up to four instances and counts the rest.
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

// ownersText says who owns the instances. It is empty if the user owns them all.
func ownersText(targets []Instance, me string) string {
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
		return NameOf(&theirs[0]) + " belongs to " + who + ". "
	case len(theirs) == len(targets):
		return "They belong to " + who + ". "
	}
	return fmt.Sprintf("%d of them belong to %s. ", len(theirs), who)
}

// effectText says what an action does to instances.
func (a Action) effectText(targets []Instance, now time.Time) string {
	its, containers := "Its", "Its container is"
	if len(targets) > 1 {
		its, containers = "Their", "Their containers are"
	}
	switch a {
	case ActionStart: // takes nothing from anyone, so nobody is asked
	case ActionNewPorts:
		return heldPorts(targets) + containers + " made anew on other ports; files stay. To try the same ports again: berth start."
	case ActionStop:
		return stops(targets) + frees(targets)
	case ActionReboot:
		return its + " processes end and start again on the same GPUs. Files and ports stay."
	case ActionRecycle:
		return containers + " made anew from the image, pulled afresh: all files inside" + lossText(targets, now) +
			" are lost for ever. Id, ports, keys and variables stay."
	case ActionDestroy:
		return "Container and files" + lossText(targets, now) + " are removed for ever; " + freedText(targets) + " are given back."
	}
	return ""
}

// heldPorts says that another process holds a port, if that is true of all the instances.
func heldPorts(targets []Instance) string {
	if slices.ContainsFunc(targets, func(i Instance) bool { return !i.Plan.PortHeld }) {
		return ""
	}
	if len(targets) > 1 {
		return "A port of theirs is held by somebody else. "
	}
	return "A port of its is held by somebody else. "
}

// lossText says how much is lost, as far as known: (120G, 3d old).
func lossText(targets []Instance, now time.Time) string {
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

// freedText says what becomes available to others.
func freedText(targets []Instance) string {
	switch n := countHeld(targets); n {
	case 0:
		return "ports and disk"
	case 1:
		return "1 GPU, ports and disk"
	default:
		return fmt.Sprintf("%d GPUs, ports and disk", n)
	}
}

// countHeld counts the GPUs that instances hold together.
func countHeld(targets []Instance) int {
	n := 0
	for _, i := range targets {
		n += len(i.GPUs)
	}
	return n
}

// stops says what a stop ends.
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

// frees says how many GPUs become free after a stop.
func frees(targets []Instance) string {
	switch n := countHeld(targets); n {
	case 0:
		return ""
	case 1:
		return " 1 GPU becomes free for others; the next start may get a different one."
	default:
		return fmt.Sprintf(" %d GPUs become free for others; the next start may get different ones.", n)
	}
}
