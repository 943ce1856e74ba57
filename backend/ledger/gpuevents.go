package ledger

import (
	"context"
	"database/sql"
	"encoding/json"

	"berth/model"
)

// gpuRecords is the part of a ledger that is about what the driver reported of GPUs.
type gpuRecords struct{ l *Ledger }

// bars is the condition that a report's kind keeps its GPU from being given out. Its parameter is barring.
const bars = "xid IN (SELECT value FROM json_each(?))"

// barring are those kinds, as JSON. The model says which they are; no row does, so that the two can't differ.
var barring = func() string {
	text, err := json.Marshal(model.BarringXids())
	if err != nil {
		panic(err) // numbers can always be written
	}
	return string(text)
}()

// shownEvents is how many of the last reports are read, beside those that keep a GPU from being given out.
const shownEvents = 64

// NoteGPUEvents writes down what the driver reported. What is known already isn't written again. Reports as old as
// forgotten tenures are forgotten, unless they keep a GPU from being given out.
func (r gpuRecords) NoteGPUEvents(ctx context.Context, events []model.GPUEvent) error {
	const (
		put = `INSERT OR IGNORE INTO gpu_events (gpu_uuid, at, xid, instance, cleared_at, cleared_by) VALUES (?, ?, ?, ?, 0, '')`
		old = "DELETE FROM gpu_events WHERE at < ? AND (cleared_at > 0 OR NOT " + bars + ")"
	)
	return r.l.write(ctx, func(tx *sql.Tx) error {
		for _, e := range events {
			if _, err := tx.ExecContext(ctx, put, e.GPU, toNanos(e.At), e.Xid, e.Instance); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, old, toNanos(r.l.now().Add(-tenuresKept)), barring)
		return err
	})
}

// GPUEvents returns what the driver reported, the newest first.
func (r gpuRecords) GPUEvents(ctx context.Context) (all []model.GPUEvent, err error) {
	err = r.l.read(ctx, func(tx *sql.Tx) (err error) {
		all, err = gpuEvents(ctx, tx)
		return err
	})
	return all, err
}

func gpuEvents(ctx context.Context, tx *sql.Tx) (all []model.GPUEvent, err error) {
	const query = `SELECT gpu_uuid, at, xid, instance, cleared_at, cleared_by FROM gpu_events WHERE ` + bars + ` AND cleared_at = 0
		UNION SELECT * FROM (SELECT gpu_uuid, at, xid, instance, cleared_at, cleared_by FROM gpu_events ORDER BY at DESC LIMIT ?)
		ORDER BY at DESC, xid`
	err = queryEach(ctx, tx, query, []any{barring, shownEvents}, func(scan func(...any) error) error {
		var e model.GPUEvent
		var at, cleared int64
		err := scan(&e.GPU, &at, &e.Xid, &e.Instance, &cleared, &e.ClearedBy)
		e.At, e.ClearedAt = fromNanos(at), fromNanos(cleared)
		all = append(all, e)
		return err
	})
	return all, err
}

// ClearGPU notes that somebody lets a GPU be given out again, and returns how many reports kept it from that.
func (r gpuRecords) ClearGPU(ctx context.Context, id model.GPUID, by string) (cleared int64, err error) {
	err = r.l.write(ctx, func(tx *sql.Tx) error {
		const clear = "UPDATE gpu_events SET cleared_at = ?, cleared_by = ? WHERE gpu_uuid = ? AND " + bars + " AND cleared_at = 0"
		done, err := tx.ExecContext(ctx, clear, toNanos(r.l.now()), by, id, barring)
		if err != nil {
			return err
		}
		cleared, err = done.RowsAffected()
		return err
	})
	return cleared, err
}
