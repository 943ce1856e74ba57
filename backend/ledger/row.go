package ledger

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"berth/model"
)

// A row is an instance as its table keeps it. Two rows are equal where nothing has to be written.
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
	starting  bool
}

// columns are a row's, in the order of scan and values.
const columns = `id, owner, label, wish, turn, intent, phase, message, container, exit_code, disk,
	asked_at, created_at, started_at, ended_at, order_json, plan_json, silent_json, secure_json, starting`

// places are where the values of columns go in a statement.
const places = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

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

// newRow is an instance's row. Its GPUs and its pull are kept in tables of their own, its Use nowhere.
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
		asked: stamp(i.AskedAt), created: stamp(i.CreatedAt), started: stamp(i.StartedAt), ended: stamp(i.EndedAt),
		order: string(order), plan: string(plan), silent: string(silent), secure: string(secure), starting: i.Starting,
	}, nil
}

// instance is the row's instance, without GPUs and pull.
func (r row) instance() (model.Instance, error) {
	i := model.Instance{
		ID: r.id, Owner: r.owner, Label: r.label, Wish: r.wish, Turn: r.turn, Starting: r.starting, Intent: r.intent, Phase: r.phase,
		Message: r.message, Container: r.container,
		AskedAt: moment(r.asked), CreatedAt: moment(r.created), StartedAt: moment(r.started), EndedAt: moment(r.ended),
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

// A kept is all that the ledger keeps of an instance.
type kept struct {
	row
	gpus string // a JSON array of their ids, in their order
	pull string // its progress as JSON, empty for none
}

// whole reads what is kept of instances.
const whole = "SELECT " + columns + `,
	(SELECT json_group_array(gpu_uuid ORDER BY position) FROM gpu_leases WHERE instance = instances.id),
	COALESCE((SELECT progress_json FROM pulls WHERE instance = instances.id), '')
	FROM instances`

func scanned(scan func(...any) error) (kept, error) {
	var k kept
	return k, scan(append(k.scan(), &k.gpus, &k.pull)...)
}

// instance is the instance, complete but for its Use. Nothing of it is shared.
func (k kept) instance() (model.Instance, error) {
	i, err := k.row.instance()
	if err != nil {
		return i, err
	}
	if k.gpus != "[]" {
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

// stamp is a time as it is kept: nanoseconds since 1970, 0 for the zero time.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment reads what stamp wrote.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
