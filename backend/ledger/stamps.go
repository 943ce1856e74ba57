package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync"

	"berth/model"
)

// A stamp stands for what a row says: each change gives the row a new random one (schema/9.sql). So a row whose stamp
// is known needn't be read and decoded again.
type stamp int64

// A stampCache keeps instances with the stamps that their rows had. Every screen reads all instances at each change,
// and few rows change at a time.
type stampCache struct {
	mu sync.Mutex
	of map[model.InstanceID]stamped
}

type stamped struct {
	stamp    stamp
	instance model.Instance
}

// load returns all instances, by id. It reads only rows that have changed since the last call.
func (c *stampCache) load(ctx context.Context, tx *sql.Tx) ([]model.Instance, error) {
	now := map[model.InstanceID]stamp{}
	err := queryEach(ctx, tx, "SELECT id, stamp FROM instances", nil, func(scan func(...any) error) error {
		var id, s int64 // not the types they become: package database/sql is quickest with these
		err := scan(&id, &s)
		now[model.InstanceID(id)] = stamp(s)
		return err
	})
	if err != nil {
		return nil, err
	}
	all, unknown := c.known(now)
	if len(unknown) > len(now)/4 { // then one pass over all is quicker
		all, err = loadAll(ctx, tx)
	} else {
		for _, id := range unknown {
			i, failed := instanceOf(ctx, tx, id)
			if failed != nil {
				return nil, failed
			}
			all = append(all, i)
		}
		slices.SortFunc(all, func(a, b model.Instance) int { return cmp.Compare(a.ID, b.ID) })
	}
	if err == nil {
		c.keep(all, now)
	}
	return all, err
}

// known returns the instances that are kept with these stamps, and the ids of the others.
func (c *stampCache) known(now map[model.InstanceID]stamp) (all []model.Instance, unknown []model.InstanceID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all = make([]model.Instance, 0, len(now))
	for id, s := range now {
		if kept, ok := c.of[id]; ok && kept.stamp == s {
			all = append(all, kept.instance)
		} else {
			unknown = append(unknown, id)
		}
	}
	return all, unknown
}

// keep keeps these instances, and no others.
func (c *stampCache) keep(all []model.Instance, now map[model.InstanceID]stamp) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of = make(map[model.InstanceID]stamped, len(all))
	for _, i := range all {
		c.of[i.ID] = stamped{now[i.ID], i}
	}
}
