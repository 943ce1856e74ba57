package ledger

import (
	"errors"
	"testing"
	"time"

	"berth/model"
)

func TestReservationsAreKeptUntilTheyAreOver(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l, err := Open(t.Context(), t.TempDir(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	reserve := func(hours int) model.Reservation {
		t.Helper()
		r, err := l.AddReservation(t.Context(), func(Promises) (model.Reservation, error) {
			return model.Reservation{Owner: "maria", GPUs: 2, Model: "H100", From: now, To: now.Add(time.Duration(hours) * time.Hour)}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first, second := reserve(1), reserve(3)
	refusal := errors.New("no")
	if _, err := l.AddReservation(t.Context(), func(p Promises) (model.Reservation, error) {
		if len(p.Reservations) != 2 || p.Reservations[0] != first {
			t.Errorf("%+v are promised", p.Reservations)
		}
		return model.Reservation{}, refusal
	}); !errors.Is(err, refusal) {
		t.Errorf("a refusal comes out as %v", err)
	}
	now = now.Add(2 * time.Hour)
	third := reserve(1)
	if all, err := l.Reservations(t.Context()); err != nil || len(all) != 2 || all[0].ID != second.ID || all[1].ID != third.ID {
		t.Errorf("%v: %+v are left", err, all)
	}
	if _, err := l.CancelReservation(t.Context(), second.ID, func(model.Reservation) error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("a refused cancellation comes out as %v", err)
	}
	may := func(model.Reservation) error { return nil }
	if r, err := l.CancelReservation(t.Context(), second.ID, may); err != nil || r.ID != second.ID {
		t.Errorf("cancelled: %+v, %v", r, err)
	}
	if _, err := l.CancelReservation(t.Context(), second.ID, may); !errors.Is(err, ErrAbsent) {
		t.Errorf("cancelled twice: %v", err)
	}
}
