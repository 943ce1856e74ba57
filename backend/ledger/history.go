package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"berth/model"
)

// eventsKept is how many events history holds; older ones are deleted.
const eventsKept = 10_000

// Record adds events to history.
func (l *Ledger) Record(ctx context.Context, events ...model.Event) error {
	return l.commit(ctx, func(tx *sql.Tx) error { return record(ctx, tx, events...) })
}

func record(ctx context.Context, tx *sql.Tx, events ...model.Event) error {
	const add = "INSERT INTO events (at, actor, instance, verb, detail, calls_json) VALUES (?, ?, ?, ?, ?, ?)"
	for _, e := range events {
		calls, err := packedCalls(e.Calls)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, add, toNanos(e.At), e.Actor, e.Instance, e.Verb, e.Detail, calls); err != nil {
			return fmt.Errorf("ledger: record %s: %w", e.Verb, err)
		}
	}
	const forget = "DELETE FROM events WHERE id <= (SELECT MAX(id) FROM events) - ?"
	if _, err := tx.ExecContext(ctx, forget, eventsKept); err != nil {
		return fmt.Errorf("ledger: forget old events: %w", err)
	}
	return nil
}

// packedCalls encodes an event's calls for its row. Most events have none.
func packedCalls(calls []model.Call) (string, error) {
	if len(calls) == 0 {
		return "", nil
	}
	text, err := json.Marshal(calls)
	return string(text), err
}

// History returns the latest events, newest first: at most limit, or all if limit is 0.
func (l *Ledger) History(ctx context.Context, limit int) ([]model.Event, error) {
	if limit <= 0 {
		limit = eventsKept
	}
	var all []model.Event
	const latest = "SELECT at, actor, instance, verb, detail, calls_json FROM events ORDER BY id DESC LIMIT ?"
	err := l.read(ctx, func(tx *sql.Tx) error {
		return queryEach(ctx, tx, latest, []any{limit}, func(scan func(...any) error) error {
			var e model.Event
			var at int64
			var calls string
			err := scan(&at, &e.Actor, &e.Instance, &e.Verb, &e.Detail, &calls)
			if err == nil && calls != "" {
				err = json.Unmarshal([]byte(calls), &e.Calls)
			}
			e.At = fromNanos(at)
			all = append(all, e)
			return err
		})
	})
	return all, err
}
