package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"berth/model"
)

// storage is the part of a ledger that is about volumes.
type storage struct{ l *Ledger }

// Volumes returns all volumes by name, with who has them.
func (s storage) Volumes(ctx context.Context) ([]model.Volume, error) {
	var all []model.Volume
	err := s.l.read(ctx, func(tx *sql.Tx) (err error) {
		all, err = volumes(ctx, tx, 0)
		return err
	})
	return all, err
}

// volumes reads all volumes, with who has them, but for one instance.
func volumes(ctx context.Context, tx *sql.Tx, but model.InstanceID) ([]model.Volume, error) {
	var all []model.Volume
	const query = `SELECT name, owner, size, shared, made, removing, created_at, last_user, last_used FROM volumes ORDER BY name`
	err := queryEach(ctx, tx, query, nil, func(scan func(...any) error) error {
		var v model.Volume
		var created, used int64
		err := scan(&v.Name, &v.Owner, &v.Size, &v.Shared, &v.Made, &v.Removing, &created, &v.LastUser, &used)
		v.CreatedAt, v.LastUsed = fromNanos(created), fromNanos(used)
		all = append(all, v)
		return err
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var holders []model.Instance
	// Few instances have a volume: the others' plans are only searched for the word, not decoded.
	const held = `SELECT instances.id, mount.value ->> 'volume', COALESCE(mount.value ->> 'read_only', 0)
		FROM instances, json_each(instances.plan_json, '$.volumes') AS mount
		WHERE instances.id <> ? AND instances.plan_json LIKE '%"volumes":%' ORDER BY instances.id`
	err = queryEach(ctx, tx, held, []any{but}, func(scan func(...any) error) error {
		var i model.Instance
		var m model.VolumeMount
		err := scan(&i.ID, &m.Volume, &m.ReadOnly)
		i.Plan.Volumes = []model.VolumeMount{m}
		holders = append(holders, i)
		return err
	})
	return model.Claimed(all, holders), err
}

// AddVolume adds a volume: decide is given what is held, and returns it. The error is ErrTaken where there is one of its
// name; decide's undoes everything and comes out unchanged.
func (s storage) AddVolume(ctx context.Context, decide func(Promises) (model.Volume, error)) (model.Volume, error) {
	var v model.Volume
	err := s.l.write(ctx, func(tx *sql.Tx) error {
		held, err := promises(ctx, tx, 0)
		if err != nil {
			return err
		}
		if v, err = decide(held); err != nil {
			return err
		}
		for _, other := range held.Volumes {
			if other.Name == v.Name {
				return fmt.Errorf("%w: a volume %s is there, of %s", ErrTaken, v.Name, other.Owner)
			}
		}
		return addVolume(ctx, tx, v)
	})
	return v, err
}

func addVolume(ctx context.Context, tx *sql.Tx, v model.Volume) error {
	const add = `INSERT INTO volumes (name, owner, size, shared, made, removing, created_at, last_user, last_used)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	_, err := tx.ExecContext(ctx, add, v.Name, v.Owner, v.Size, v.Shared, v.Made, v.Removing, toNanos(v.CreatedAt), v.LastUser, toNanos(v.LastUsed))
	if err != nil {
		return fmt.Errorf("ledger: add volume %s: %w", v.Name, err)
	}
	return nil
}

// OrderVolume writes what somebody wants of a volume: whether it is shared, and that it goes. change's error undoes
// everything and comes out unchanged. The error wraps ErrAbsent where there is none of that name. One that is to go
// stays so.
func (s storage) OrderVolume(ctx context.Context, name string, change func(*model.Volume) error) error {
	return s.l.write(ctx, func(tx *sql.Tx) error {
		v, err := volumeOf(ctx, tx, name)
		if err != nil {
			return err
		}
		was := v.Removing
		if err := change(&v); err != nil {
			return err
		}
		const update = "UPDATE volumes SET shared = ?, removing = ? WHERE name = ?"
		if _, err := tx.ExecContext(ctx, update, v.Shared, v.Removing || was, name); err != nil {
			return fmt.Errorf("ledger: volume %s: %w", name, err)
		}
		return nil
	})
}

func volumeOf(ctx context.Context, tx *sql.Tx, name string) (model.Volume, error) {
	all, err := volumes(ctx, tx, 0)
	for _, v := range all {
		if v.Name == name {
			return v, err
		}
	}
	return model.Volume{}, errors.Join(err, fmt.Errorf("volume %s: %w", name, ErrAbsent))
}

// useVolumes notes whose instance has volumes from now on.
func useVolumes(ctx context.Context, tx *sql.Tx, i model.Instance) error {
	for _, m := range i.Plan.Volumes {
		const use = "UPDATE volumes SET last_user = ?, last_used = ? WHERE name = ?"
		if _, err := tx.ExecContext(ctx, use, i.Owner, toNanos(i.AskedAt), m.Volume); err != nil {
			return fmt.Errorf("ledger: volume %s: %w", m.Volume, err)
		}
	}
	return nil
}

// VolumeMade notes that the engine has a volume.
func (t *Term) VolumeMade(ctx context.Context, name string) error {
	return t.volume(ctx, name, "UPDATE volumes SET made = 1 WHERE name = ?")
}

// VolumeGone forgets a volume that was to go.
func (t *Term) VolumeGone(ctx context.Context, name string) error {
	return t.volume(ctx, name, "DELETE FROM volumes WHERE name = ? AND removing = 1")
}

func (t *Term) volume(ctx context.Context, name, statement string) error {
	return t.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, statement, name); err != nil {
			return fmt.Errorf("ledger: volume %s: %w", name, err)
		}
		return nil
	})
}

// AdoptVolume adds a volume that the engine has, unless there is one of its name.
func (t *Term) AdoptVolume(ctx context.Context, v model.Volume) (added bool, err error) {
	err = t.write(ctx, func(tx *sql.Tx) error {
		switch _, err := volumeOf(ctx, tx, v.Name); {
		case errors.Is(err, ErrAbsent):
			added = true
			return addVolume(ctx, tx, v)
		default:
			return err
		}
	})
	return added && err == nil, err
}
