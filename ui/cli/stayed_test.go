package cli

import (
	"context"
	"strings"
	"testing"

	"berth/model"
)

// A late is a machine whose ledger learns of a program's end only after the engine was asked. Others' methods panic.
type late struct {
	Backend
	asked chan struct{}
}

func (l late) Alive(context.Context, model.InstanceID) (bool, error) {
	close(l.asked)
	return false, nil
}

func (l late) Instances(context.Context) ([]model.Instance, error) {
	i := model.Instance{ID: 1001, Order: model.Order{Mode: model.ModeEntrypoint}, Phase: model.PhaseRunning, Message: "answers"}
	select {
	case <-l.asked:
		i.Phase, i.Message = model.PhaseExited, "its main process ended with exit code 3"
	default:
	}
	return []model.Instance{i}, nil
}

func (l late) Watch(context.Context) <-chan model.Fleet {
	fleets := make(chan model.Fleet, 1)
	fleets <- model.Fleet{}
	return fleets
}

// On a busy machine, the ledger still said "running" a second after the start of a program that had ended at once.
func TestWhatEndedAtOnceIsNotTakenForRunningBecauseTheLedgerIsLate(t *testing.T) {
	if err := stayedUp(t.Context(), late{asked: make(chan struct{})}, 1001); err == nil || !strings.Contains(err.Error(), "exit code 3") {
		t.Errorf("it says %v", err)
	}
}
