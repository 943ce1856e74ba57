package world

import (
	"context"
	"errors"
	"testing"

	"berth/backend/engine"
)

// hesitant is an engine that says what it is only when it has listed its containers.
type hesitant struct {
	Engine
	listed, said chan struct{}
	facts        error
}

func (h hesitant) Facts(context.Context) (engine.Facts, error) {
	<-h.listed
	close(h.said)
	return engine.Facts{}, h.facts
}

func (h hesitant) List(context.Context) ([]engine.Container, error) {
	defer close(h.listed)
	return []engine.Container{{ID: "a"}, {ID: "b"}}, nil
}

func (h hesitant) Inspect(_ context.Context, id string) (engine.Container, error) {
	select {
	case <-h.said:
		return engine.Container{ID: id, PID: 1}, nil
	default:
		return engine.Container{}, errors.New("the engine is asked what it is once more")
	}
}

// Each inspect that began before the engine had said what it is asked for that too: eight times at once, for which the
// engine starts two programs each time.
func TestNothingIsInspectedBeforeTheEngineHasSaidWhatItIs(t *testing.T) {
	_, all, err := survey(t.Context(), hesitant{listed: make(chan struct{}), said: make(chan struct{})}, AllContainers)
	if err != nil || len(all) != 2 || all["b"].PID != 1 {
		t.Errorf("%v, %v", all, err)
	}
	away := errors.New("away")
	if _, _, err := survey(t.Context(), hesitant{listed: make(chan struct{}), said: make(chan struct{}), facts: away}, AllContainers); !errors.Is(err, away) {
		t.Errorf("%v", err)
	}
}
