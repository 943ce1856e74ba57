package pane

import (
	"berth/model"
	"berth/ui/theme"
)

// status returns the sign and the word of an instance's status. Never a colour alone, because some screens have none.
func status(th theme.Theme, i model.Instance) string {
	sign, style := phaseSign(th, i)
	return style.Render(sign) + " " + theme.Text(i.Status())
}

// Sign returns the sign of an instance's status, for the help.
func Sign(th theme.Theme, i model.Instance) string {
	sign, _ := phaseSign(th, i)
	return sign
}

// phaseSign returns the sign of a status and its style.
func phaseSign(th theme.Theme, i model.Instance) (string, theme.Style) {
	switch i.Standing {
	case model.StandingPaused:
		return th.Waiting, th.Warn
	case model.StandingRestarting, model.StandingRemoving:
		return th.Busy, th.Warn
	case model.StandingDead:
		return th.Failed, th.Bad
	}
	switch i.Phase {
	case model.PhaseRunning:
		return th.Open, th.Good
	case model.PhaseStopped:
		return th.Stopped, th.Dim
	case model.PhaseExited:
		if code, known := i.ExitCode.Get(); known && code == 0 {
			return th.Stopped, th.Dim
		}
		return th.Failed, th.Warn
	case model.PhaseFailed, model.PhaseLost:
		return th.Failed, th.Bad
	case model.PhaseScheduling:
		return th.Waiting, th.Warn
	default:
		return th.Busy, th.Warn
	}
}

// paneTitle returns a pane's title, highlighted if the pane has the focus.
func paneTitle(th theme.Theme, name string, focused bool) string {
	if focused {
		return th.Strong.Render(name)
	}
	return th.Dim.Render(name)
}

// spread puts one text at the left end of a line and one at the right end. If there is too little room, the left one is
// cut; if the right one alone fills the line, it is left out.
func spread(th theme.Theme, left, right string, width int) string {
	room := width - theme.Width(right)
	if room < 1 {
		return th.Clip(left, width)
	}
	if right != "" {
		left = th.Clip(left, room-1) // they never touch
	}
	return th.Pad(left, room) + right
}
