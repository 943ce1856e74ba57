package keeper

import (
	"context"
	"errors"
	"strconv"

	"berth/backend/engine"
	"berth/backend/handover"
	"berth/backend/label"
	"berth/backend/world"
	"berth/model"
)

// clearShelf takes GPUs back that were handed to instances of which nothing else is left, neither a row nor a container.
// An instance that was being destroyed when its ledger was lost leaves that behind. It is done once a term, before the
// first worker is sent: later, whoever removes an instance takes back what it had, and a start may be handing GPUs over.
func (s *shared) clearShelf(ctx context.Context, w world.World) {
	ids, err := s.Handover.Handed(ctx)
	s.complain(ctx, 0, "looking for what gone instances were handed", err)
	for _, id := range ids {
		s.complain(ctx, id, "taking back what it was handed", s.clearOne(ctx, w, id))
	}
}

func (s *shared) clearOne(ctx context.Context, w world.World, id model.InstanceID) error {
	for _, c := range w.Containers {
		if mayBe(id, &c) {
			return nil
		}
	}
	if _, err := s.Ledger.Instance(ctx, id); !errors.Is(err, model.ErrNoInstance) {
		return err
	}
	if err := s.Handover.TakeBack(ctx, model.Instance{ID: id}); err != nil {
		return err
	}
	s.record(ctx, id, "destroy", "took back the GPUs that it was handed: it is gone")
	return nil
}

// mayBe reports whether a container may be that of an instance, proven or not: it says so, or asks for its GPUs.
func mayBe(id model.InstanceID, c *engine.Container) bool {
	asks, named := handover.InstanceOf(c)
	return named && asks == id || c.Labels[label.ID] == strconv.FormatInt(int64(id), 10)
}
