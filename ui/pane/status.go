package pane

import (
	"berth/model"
	"berth/ui/theme"
)

// status is the word and the sign of an instance's phase: never only a colour.
func status(th theme.Theme, i model.Instance) string {
	sign, style := phaseSign(th, i)
	return style.Render(sign) + " " + theme.Text(i.Status())
}

// Sign is the sign of how an instance is, for whoever explains it.
func Sign(th theme.Theme, i model.Instance) string {
	sign, _ := phaseSign(th, i)
	return sign
}

// phaseSign is the sign of a phase and its style.
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

// paneTitle is the name of a pane; the one that takes the keys stands out.
func paneTitle(th theme.Theme, name string, focused bool) string {
	if focused {
		return th.Strong.Render(name)
	}
	return th.Dim.Render(name)
}

// spread puts one text at the left edge and one at the right edge of a line; the left one gives way.
func spread(th theme.Theme, left, right string, width int) string {
	room := width - theme.Width(right)
	if room < 1 {
		return th.Clip(left, width)
	}
	return th.Pad(left, room) + right
}
