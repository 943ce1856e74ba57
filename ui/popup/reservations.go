package popup

import (
	"fmt"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// NewReservations opens the GPUs that are reserved, as the user me sees them: for whom, and when.
func NewReservations(look Look, f model.Fleet, me string) Listing {
	return newListing(look, f, me, reservationsPage)
}

func reservationsPage(r Listing) page {
	k := r.look.Keys
	pg := page{title: "Reservations", hints: hints(k.Copy, k.Close)}
	for _, reservation := range r.fleet.Reservations {
		pg.items = append(pg.items, reservationItem(r, reservation))
	}
	if len(pg.items) == 0 {
		pg.hints = hints(k.Close)
		pg.empty = "No GPU is reserved. berth reserve 4 --from \"tomorrow 9:00\" --for 6h keeps four for you, " +
			"where the machine's owner allows it ([reserve] longest)."
		return pg
	}
	it, _ := r.list.Selected(pg.items)
	pg.foot = []string{
		"nobody else is given GPUs by then, unless their run ends before or enough are left",
		"berth reserve cancel " + it.Key + " ends it",
	}
	return pg
}

// reservationItem is one reservation's row.
func reservationItem(r Listing, reservation model.Reservation) kit.Item {
	th := r.look.Theme
	owner := reservation.Owner
	if owner == r.me {
		owner = "you"
	}
	state := th.Dim.Render("in " + model.Age(reservation.From.Sub(r.fleet.At)))
	if !reservation.From.After(r.fleet.At) {
		state = th.Good.Render("now, for " + model.Age(reservation.To.Sub(r.fleet.At)))
	}
	what := fmt.Sprintf("%d %s", reservation.GPUs, model.GPU{Model: reservation.Model}.ShortModel())
	return kit.Item{
		Key: reservation.ID.String(), Name: th.Pad(reservation.ID.String(), 6),
		Rest: " " + th.Pad(theme.Text(owner), 10) + th.Pad(theme.Text(what), 14) + " " + reservation.When(r.fleet.At) + "  " + state,
		Text: reservation.Words(r.fleet.At),
	}
}
