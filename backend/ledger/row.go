package ledger

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"berth/model"
)

// A row is an instance as its table stores it. If two rows are equal, nothing has to be written.
type row struct {
	id        model.InstanceID
	owner     string
	label     string
	wish      int64
	turn      int64
	intent    model.Intent
	phase     model.Phase
	message   string
	container string
	exitCode  sql.NullInt64
	disk      model.Bytes
	asked     int64
	created   int64
	started   int64
	ended     int64
	order     string
	plan      string
	silent    string
	secure    string
	starting  int64
}

// columns are the columns of a row, in the order of scan and values.
const columns = `id, owner, label, wish, turn, intent, phase, message, container, exit_code, disk,
	asked_at, created_at, started_at, ended_at, order_json, plan_json, silent_json, secure_json, starting`

// placeholders are the placeholders for the values of columns.
const placeholders = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

func (r *row) scan() []any {
	return []any{
		&r.id, &r.owner, &r.label, &r.wish, &r.turn, &r.intent, &r.phase, &r.message, &r.container, &r.exitCode, &r.disk,
		&r.asked, &r.created, &r.started, &r.ended, &r.order, &r.plan, &r.silent, &r.secure, &r.starting,
	}
}

func (r row) values() []any {
	return []any{
		r.id, r.owner, r.label, r.wish, r.turn, r.intent, r.phase, r.message, r.container, r.exitCode, r.disk,
		r.asked, r.created, r.started, r.ended, r.order, r.plan, r.silent, r.secure, r.starting,
	}
}

// newRow makes an instance's row. GPUs and pull progress are in tables of their own; Use isn't stored.
func newRow(i model.Instance) (row, error) {
	order, err := json.Marshal(i.Order)
	if err != nil {
		return row{}, fmt.Errorf("order of %s: %w", i.ID, err)
	}
	plan, err := json.Marshal(i.Plan)
	if err != nil {
		return row{}, fmt.Errorf("plan of %s: %w", i.ID, err)
	}
	silent, err := json.Marshal(i.Silent)
	if err != nil {
		return row{}, fmt.Errorf("silent ports of %s: %w", i.ID, err)
	}
	if len(i.Silent) == 0 {
		silent = nil
	}
	secure, err := json.Marshal(i.Secure)
	if err != nil {
		return row{}, fmt.Errorf("secure ports of %s: %w", i.ID, err)
	}
	if len(i.Secure) == 0 {
		secure = nil
	}
	code, exited := i.ExitCode.Get()
	return row{
		id: i.ID, owner: i.Owner, label: i.Label, wish: i.Wish, turn: i.Turn, intent: i.Intent, phase: i.Phase,
		message: i.Message, container: i.Container,
		exitCode: sql.NullInt64{Int64: int64(code), Valid: exited}, disk: i.Plan.Disk,
		asked: toNanos(i.AskedAt), created: toNanos(i.CreatedAt), started: toNanos(i.StartedAt), ended: toNanos(i.EndedAt),
		order: string(order), plan: string(plan), silent: string(silent), secure: string(secure), starting: i.Starting,
	}, nil
}

// instance decodes the row, without GPUs and pull progress.
func (r row) instance() (model.Instance, error) {
	i := model.Instance{
		ID: r.id, Owner: r.owner, Label: r.label, Wish: r.wish, Turn: r.turn, Starting: r.starting, Intent: r.intent, Phase: r.phase,
		Message: r.message, Container: r.container,
		AskedAt: fromNanos(r.asked), CreatedAt: fromNanos(r.created), StartedAt: fromNanos(r.started), EndedAt: fromNanos(r.ended),
	}
	if r.exitCode.Valid {
		i.ExitCode = model.Known(int(r.exitCode.Int64))
	}
	if err := json.Unmarshal([]byte(r.order), &i.Order); err != nil {
		return i, fmt.Errorf("order of %s: %w", r.id, err)
	}
	if err := json.Unmarshal([]byte(r.plan), &i.Plan); err != nil {
		return i, fmt.Errorf("plan of %s: %w", r.id, err)
	}
	if r.silent != "" {
		if err := json.Unmarshal([]byte(r.silent), &i.Silent); err != nil {
			return i, fmt.Errorf("silent ports of %s: %w", r.id, err)
		}
	}
	if r.secure != "" {
		if err := json.Unmarshal([]byte(r.secure), &i.Secure); err != nil {
			return i, fmt.Errorf("secure ports of %s: %w", r.id, err)
		}
	}
	return i, nil
}

// A kept is everything that the ledger stores of an instance.
type kept struct {
	row
	gpus string // a JSON array of their ids, in order
	pull string // the pull's progress as JSON; empty: none
}

// noGPUs are the GPUs of an instance that holds none.
const noGPUs = "[]"

// selectAll reads what is kept of one instance.
const selectAll = "SELECT " + columns + `,
	(SELECT json_group_array(gpu_uuid ORDER BY position) FROM gpu_leases WHERE instance = instances.id),
	COALESCE((SELECT progress_json FROM pulls WHERE instance = instances.id), '')
	FROM instances`

func scanKept(scan func(...any) error) (kept, error) {
	var k kept
	return k, scan(append(k.scan(), &k.gpus, &k.pull)...)
}

// instance decodes a complete instance, except for Use. It shares no memory with others.
func (k kept) instance() (model.Instance, error) {
	i, err := k.row.instance()
	if err != nil {
		return i, err
	}
	if k.gpus != noGPUs {
		if err := json.Unmarshal([]byte(k.gpus), &i.GPUs); err != nil {
			return i, fmt.Errorf("GPUs of %s: %w", k.id, err)
		}
	}
	if k.pull != "" {
		if err := json.Unmarshal([]byte(k.pull), &i.Pull); err != nil {
			return i, fmt.Errorf("progress of %s: %w", k.id, err)
		}
	}
	return i, nil
}

// toNanos returns a time as it is stored: nanoseconds since 1970, or 0 for the zero time.
func toNanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// fromNanos is the inverse of toNanos.
func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
