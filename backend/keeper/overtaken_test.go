package keeper

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/inside"
	"berth/backend/ledger"
	"berth/model"
)

// A slowInside calls meanwhile before it answers.
type slowInside struct {
	Inside
	meanwhile func()
}

func (s slowInside) Ask(context.Context, model.Instance, *engine.Container, bool) inside.Answer {
	s.meanwhile()
	return inside.Answer{Says: "answers"}
}

// A reboot was ordered while the keeper waited for an instance's answer. The keeper's next write overwrote the order,
// and the reboot never happened.
func TestAnOrderThatComesDuringALookIsntWrittenOver(t *testing.T) {
	for name, order := range map[string]func(i *model.Instance){
		"reboot": func(i *model.Instance) { i.AskedAt, i.Phase, i.Message = time.Now(), model.PhaseRebooting, "rebooting" },
		"stop": func(i *model.Instance) {
			i.Intent, i.Phase, i.Message = model.WantStopped, model.PhaseStopping, "stopping"
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := ledger.Open(t.Context(), t.TempDir(), time.Now)
			check(t, err)
			defer func() { check(t, l.Close()) }()
			seen, err := l.Insert(t.Context(), func(id model.InstanceID, _ ledger.Promises) (model.Instance, error) {
				return model.Instance{ID: id, Intent: model.WantRunning, Phase: model.PhaseConnecting, Container: "c", AskedAt: time.Now()}, nil
			})
			check(t, err)
			term, err := l.Begin(t.Context())
			check(t, err)
			k := New(Parts{Ledger: term, Say: func(string) {}, News: func(context.Context, model.News) {}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Inside: slowInside{meanwhile: func() {
				_, err := l.Order(t.Context(), seen.ID, func(i *model.Instance, _ ledger.Promises) error { order(i); return nil })
				check(t, err)
			}}})
			if err := k.steps.probe(t.Context(), seen, &engine.Container{ID: "c", State: engine.Running}); !errors.Is(err, ledger.ErrStale) {
				t.Errorf("the look ended with %v", err)
			}
			want := seen
			order(&want)
			if now, err := l.Instance(t.Context(), seen.ID); err != nil || now.Phase != want.Phase || now.Message != want.Message {
				t.Errorf("%v: it is %s (%s), ordered was %s", err, now.Phase, now.Message, want.Phase)
			}
		})
	}
}
