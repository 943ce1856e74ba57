package popup

import (
	"testing"
	"time"

	"berth/model"
)

func TestReservationsViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := testFleet()
		drive(t, NewReservations(testLook(t), f, "maria")).golden("reservations-none")
		f.Reservations = model.Reservations{
			{ID: 3, Owner: "maria", GPUs: 4, Model: "NVIDIA H100 80GB HBM3", From: f.At.Add(-time.Hour), To: f.At.Add(5 * time.Hour)},
			{ID: 12, Owner: "陳大文", GPUs: 8, Model: "NVIDIA H100 80GB HBM3", From: f.At.Add(20 * time.Hour), To: f.At.Add(44 * time.Hour)},
		}
		drive(t, NewReservations(testLook(t), f, "maria")).golden("reservations")
		drive(t, NewReservations(testLook(t), f, "maria"), "j").shows("berth reserve cancel R.12")
	})
}
