package model

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Reservation keeps GPUs of one model for its owner during a time. What anybody else is given by then must end before,
// or leave as many. The GPUs that its owner holds during that time count.
type Reservation struct {
	ID    ReservationID `json:"id"`
	Owner string        `json:"owner"`
	GPUs  int           `json:"gpus"`
	Model string        `json:"model"` // as the driver names it
	From  time.Time     `json:"from"`
	To    time.Time     `json:"to"`
}

// A ReservationID is a reservation's number.
type ReservationID int64

// String returns the name that people use: R.3.
func (id ReservationID) String() string { return "R." + strconv.FormatInt(int64(id), 10) }

// ParseReservationID reads R.3 or 3.
func ParseReservationID(text string) (ReservationID, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(strings.ToUpper(text), "R."), 10, 64)
	if err != nil || n <= 0 {
		return 0, Fault{Field: "reservation", Value: text, Reason: "want its number, such as R.3 (berth reserve ls)"}
	}
	return ReservationID(n), nil
}

// Words says what is reserved, for whom and when: 4 H100 80GB for maria, 1 Mar 09:00 to 15:00.
func (r Reservation) Words(now time.Time) string {
	return fmt.Sprintf("%d %s for %s, %s", r.GPUs, GPU{Model: r.Model}.ShortModel(), r.Owner, r.When(now))
}

// When says from when to when, in the zone of now.
func (r Reservation) When(now time.Time) string {
	from, to := r.From.In(now.Location()), r.To.In(now.Location())
	form := stampForm
	if from.YearDay() == to.YearDay() && from.Year() == to.Year() {
		form = "15:04"
	}
	return from.Format(stampForm) + " to " + to.Format(form)
}

// overlaps reports whether two reservations have a moment in common.
func (r Reservation) overlaps(s Reservation) bool { return r.From.Before(s.To) && s.From.Before(r.To) }

// Reservations are what is reserved on a machine.
type Reservations []Reservation

// Current returns those that aren't over, by their beginnings.
func (rs Reservations) Current(now time.Time) Reservations {
	rs = slices.DeleteFunc(slices.Clone(rs), func(r Reservation) bool { return !r.To.After(now) })
	slices.SortFunc(rs, func(a, b Reservation) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.ID, b.ID)) })
	return rs
}

// A Lessee is who is to be given GPUs, and until when.
type Lessee struct {
	Owner string
	Ends  time.Time // zero: nothing ends it
}

// Keep returns the devices as somebody sees them who is to be given GPUs now: free GPUs that a reservation of somebody
// else needs, and which would not be back in time, are held.
func (rs Reservations) Keep(devices []Device, by Lessee, now time.Time) []Device {
	reaches := func(r Reservation) bool {
		return r.Owner != by.Owner && (by.Ends.IsZero() || r.From.Before(by.Ends))
	}
	kept, _ := rs.settle(devices, now, reaches)
	if len(kept) == 0 {
		return devices
	}
	devices = slices.Clone(devices)
	for n, d := range devices {
		if r, is := kept[d.ID]; is {
			devices[n].Holder = Holder{Kind: HeldForReservation, ID: r.ID.String(), Name: r.When(now), Owner: r.Owner, Ends: r.To}
		}
	}
	return devices
}

// lift returns devices without what Now marked.
func (rs Reservations) lift(devices []Device) []Device {
	if len(rs) == 0 {
		return devices
	}
	devices = slices.Clone(devices)
	for n, d := range devices {
		if d.Holder.Kind == HeldForReservation {
			devices[n].Holder = Holder{Kind: HeldByNobody}
		}
	}
	return devices
}

// Now returns the devices with those held that a reservation keeps at this moment: what lists show.
func (rs Reservations) Now(devices []Device, now time.Time) []Device {
	return rs.Keep(devices, Lessee{Ends: now.Add(1)}, now)
}

// settle gives every reservation that counts its GPUs, in the order of their beginnings. It returns the free ones that
// are kept for that, each with the first reservation that needs it, and how many GPUs are missing.
func (rs Reservations) settle(devices []Device, now time.Time, counts func(Reservation) bool) (kept map[GPUID]Reservation, missing int) {
	kept, given := map[GPUID]Reservation{}, map[GPUID][]Reservation{}
	for _, r := range rs.Current(now) {
		if !counts(r) {
			continue
		}
		chosen := r.choose(devices, given, kept, now)
		missing += r.GPUs - len(chosen)
		for _, d := range chosen {
			given[d.ID] = append(given[d.ID], r)
			if _, already := kept[d.ID]; !already && d.Free() {
				kept[d.ID] = r
			}
		}
	}
	return kept, missing
}

// choose chooses a reservation's GPUs: first those that its owner will hold then, those that will have come back, and
// those that are kept already for another time; then free ones, in the order of the driver's numbers from the end, so
// that the others' are together.
func (r Reservation) choose(devices []Device, given map[GPUID][]Reservation, kept map[GPUID]Reservation, now time.Time) []Device {
	begin := r.From
	if begin.Before(now) {
		begin = now
	}
	rank := func(d Device) int {
		leased := d.Holder.Kind == HeldByInstance && d.Trouble() == ""
		back := leased && !d.Holder.Ends.IsZero() && !d.Holder.Ends.After(begin)
		_, already := kept[d.ID]
		switch {
		case d.Model != r.Model, slices.ContainsFunc(given[d.ID], r.overlaps):
			return 0
		case leased && !back && d.Holder.Owner == r.Owner:
			return 1
		case back:
			return 2
		case d.Free() && already:
			return 3
		case d.Free():
			return 4
		}
		return 0
	}
	able := slices.DeleteFunc(slices.Clone(allocatable(devices)), func(d Device) bool { return rank(d) == 0 })
	slices.SortStableFunc(able, func(a, b Device) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Index, a.Index)) })
	return able[:min(r.GPUs, len(able))]
}

// ReserveRule is what the machine's owner has decided about reservations. Without it only root reserves.
type ReserveRule struct {
	Longest Span `toml:"longest" json:"longest,omitzero"` // a reservation may take; 0: there are none
	Ahead   Span `toml:"ahead" json:"ahead,omitzero"`     // how far ahead it may begin; 0: any time
}

func (r ReserveRule) check() (key, reason string) {
	switch {
	case r.Longest < 0:
		return "longest", "want a length of time, such as \"12h\""
	case r.Ahead < 0:
		return "ahead", "want a length of time, such as \"7d\""
	case r.Ahead > 0 && r.Longest == 0:
		return "ahead", "says nothing while longest isn't set"
	}
	return "", ""
}

// CheckReservation says what is wrong with a reservation, beside those that are there, and completes it: its model, where
// the machine has only one that is enough. c's devices have their holders, without what is kept.
func CheckReservation(r Reservation, c Capacity, now time.Time) (Reservation, Faults) {
	var faults Faults
	fault := func(field, value, reason string, kind error) {
		faults = append(faults, Fault{Field: field, Value: value, Reason: reason, Kind: kind})
	}
	units := allocatable(c.Devices)
	if r.GPUs < 1 {
		fault("gpus", strconv.Itoa(r.GPUs), "want a number of GPUs, 1 or more", nil)
		return r, faults
	}
	asked := r.Model
	if r.Model = onlyModel(units, Order{GPUs: r.GPUs, GPUModel: asked}); r.Model == "" || !everFits(units, r.GPUs, r.Model) {
		reason := "the machine has several models: say which (--gpu-name): " + strings.Join(modelsOf(units), ", ")
		if asked != "" || !everFits(units, r.GPUs, "") || len(units) == 0 {
			reason = tooMany(units, r.GPUs, r.Model)
		}
		fault("gpus", strconv.Itoa(r.GPUs), reason, nil)
		return r, faults
	}
	rule := c.Policy.Reserve
	switch length := r.To.Sub(r.From); {
	case length <= 0 || !r.To.After(now):
		fault("for", Span(max(length, 0)).String(), "want a time that ends after it begins, and not in the past", nil)
	case c.Account.Owner == "root":
	case rule.Longest == 0:
		fault("reservation", r.When(now), "this machine has none: its owner allows them by [reserve] longest = \"12h\" in the machine's configuration", ErrRule)
	case length > time.Duration(rule.Longest):
		fault("for", Span(length).String(), fmt.Sprintf("the machine's rule [reserve] longest lets a reservation take %s", rule.Longest), ErrRule)
	case rule.Ahead > 0 && r.From.Sub(now) > time.Duration(rule.Ahead):
		fault("from", r.From.In(now.Location()).Format(stampForm), fmt.Sprintf("the machine's rule [reserve] ahead lets a reservation begin %s ahead at most", rule.Ahead), ErrRule)
	}
	if limit, whose := c.Policy.Limits.Of(c.Account); limit.GPUs > 0 && c.Reservations.by(r)+r.GPUs > limit.GPUs {
		fault("gpus", strconv.Itoa(r.GPUs), fmt.Sprintf("the machine's rule %s gpus: %s may hold %d at once, and has reserved %d for that time",
			whose, r.Owner, limit.GPUs, c.Reservations.by(r)), ErrRule)
	}
	if len(faults) > 0 {
		return r, faults
	}
	all := func(Reservation) bool { return true }
	_, before := c.Reservations.settle(c.Devices, now, all)
	r.ID = ReservationID(1) << 62 // after all that are there
	if _, after := append(slices.Clone(c.Reservations), r).settle(c.Devices, now, all); after > before {
		fault("gpus", strconv.Itoa(r.GPUs), c.shortOf(r, r.GPUs-(after-before), now), ErrGPUsTaken)
	}
	return r, faults
}

// by counts the GPUs that the owner of a reservation has reserved already for a time that overlaps with it.
func (rs Reservations) by(r Reservation) (n int) {
	for _, other := range rs {
		if other.Owner == r.Owner && other.overlaps(r) {
			n += other.GPUs
		}
	}
	return n
}

// shortOf says why GPUs can't be reserved, of which so many can be: who has the others, and what else is reserved.
func (c Capacity) shortOf(r Reservation, can int, now time.Time) string {
	_, all := CountOf(allocatable(c.Devices), r.Model)
	words := []string{fmt.Sprintf("%d asked from %s, %d of %d %s can be free then", r.GPUs, r.When(now), can, all, r.Model)}
	for _, other := range c.Reservations {
		if other.overlaps(r) && other.Model == r.Model {
			words = append(words, other.ID.String()+" is reserved: "+other.Words(now))
		}
	}
	return strings.Join(append(words, holdings(allocatable(c.Devices), r.Model, now)...), "; ")
}

// GuardExtension says what of other people's reservations an instance would run into by the end that it now has.
func (c Capacity) GuardExtension(i Instance, now time.Time) error {
	until := i.Plan.Time.Ends
	released := slices.Clone(c.Devices)
	for n, d := range released {
		if slices.Contains(i.GPUs, d.ID) {
			released[n].Holder = Holder{}
		}
	}
	for _, d := range c.Reservations.Keep(released, Lessee{i.Owner, until}, now) {
		if d.Holder.Kind == HeldForReservation && slices.Contains(i.GPUs, d.ID) {
			return Fault{Field: "for", Value: until.In(now.Location()).Format(stampForm), Kind: ErrGPUsTaken, Reason: d.Holder.String()}
		}
	}
	return nil
}
