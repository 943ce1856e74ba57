package pane

import (
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/theme"
)

// The narrowest list has 21 cells for a holder: whose a reserved GPU is, and until when, is whole there.
func TestAReservedGPUSaysForWhomAndUntilWhen(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	th, err := theme.New(theme.Options{Color: "never", Env: []string{"LANG=C.UTF-8"}})
	if err != nil {
		t.Fatal(err)
	}
	s := Scene{Theme: th, Now: now, Me: "jonas"}
	d := model.Device{Holder: model.Holder{
		Kind: model.HeldForReservation, ID: "R.3", Name: "1 Mar 09:00 to 15:00", Owner: "maria", Ends: now.Add(6 * time.Hour),
	}}
	d.Health.OK = true
	if got := ansi.Strip(holder(s, d)); got != "reserved maria –15:00" {
		t.Errorf("it shows %q", got)
	}
}
