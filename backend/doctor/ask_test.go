package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"berth/backend/apiport"
	"berth/backend/gpu/cdi"
	"berth/backend/world"
	"berth/model"
)

// A quietMachine answers no question that its function doesn't let through.
type quietMachine struct {
	hang func(context.Context, question) error
}

func (m quietMachine) look(ctx context.Context) (world.World, model.Fleet, error) {
	err := m.hang(ctx, aboutWorld)
	return sound().w, sound().fleet, err
}

func (m quietMachine) Way(ctx context.Context) (cdi.Choice, error) {
	return sound().choice, m.hang(ctx, aboutToolkit)
}

func (quietMachine) Toolkit(context.Context) string { return "1.17.4" }

func (m quietMachine) Strangers(ctx context.Context) ([]apiport.Stranger, error) {
	return nil, m.hang(ctx, aboutPort)
}

func (quietMachine) Reach(context.Context) (string, error) { return "", nil }

// On an engine that took connections and answered nothing, the doctor took 40 seconds: one question came after the
// other, and each had a time of its own.
func TestADoctorWaitsForNobodyLongerThanItsDeadline(t *testing.T) {
	for name, hangs := range map[string][]question{
		"nobody hangs":      nil,
		"the engine hangs":  {aboutWorld},
		"the toolkit hangs": {aboutToolkit},
		"all hang":          {aboutWorld, aboutToolkit, aboutPort},
	} {
		for _, listens := range []bool{true, false} { // to its context, as a call into a driver or a file system doesn't
			synctest.Test(t, func(t *testing.T) {
				over := make(chan struct{})
				defer close(over)
				m := quietMachine{func(ctx context.Context, q question) error {
					for _, quiet := range hangs {
						if q != quiet {
							continue
						}
						if !listens {
							ctx = context.Background()
						}
						select {
						case <-ctx.Done():
							return ctx.Err()
						case <-over:
							return errors.New("too late")
						}
					}
					return nil
				}}
				began := time.Now()
				got := Examine(t.Context(), Parts{Home: t.TempDir(), Keeper: func() int { return 0 }, Look: m.look, Handover: m, Port: m})
				took, most := time.Since(began), patience
				switch {
				case len(hangs) == 0:
					most = 0
				case !listens:
					most += slack
				}
				if took != most {
					t.Errorf("%s, listening %v: it took %v, want %v", name, listens, took, most)
				}
				if listens {
					return
				}
				for n, f := range got {
					want := ""
					for _, q := range findings[n].of {
						for _, quiet := range hangs {
							if q == quiet && want == "" {
								want = string(q) + " gave no answer within 5s"
							}
						}
					}
					if f.Name == "" || want != "" && (!strings.Contains(f.Detail, want) || f.Verdict == model.VerdictOK || f.Fix == "") ||
						want == "" && strings.Contains(f.Detail, "gave no answer") {
						t.Errorf("%s: %+v, want %q in it", name, f, want)
					}
				}
			})
		}
	}
}

// Whoever doesn't know must not say that all is well.
func TestWithoutAnEngineNothingIsSaidThatOnlyItKnows(t *testing.T) {
	x := sound()
	x.w.Engine, x.w.Facts = model.Condition{Reason: "no engine runs"}, world.World{}.Facts
	x.way = errors.New("context deadline exceeded")
	for _, row := range findings {
		f := row.find(x)
		switch f.Name {
		case "disk", "cgroups", "port proxy", "host services", "containers", "handing in", "device links", "subordinate IDs":
			if f.Verdict != model.VerdictWarn || f.Fix != "the engine first" || strings.Contains(f.Detail, "deadline") {
				t.Errorf("%+v", f)
			}
		case "engine":
			if f.Verdict != model.VerdictFail {
				t.Errorf("%+v", f)
			}
		default:
			if f.Fix == "the engine first" {
				t.Errorf("%+v", f)
			}
		}
	}
}
