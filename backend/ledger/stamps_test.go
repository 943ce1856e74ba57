package ledger

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"berth/model"
)

// Whoever changes a row, its GPUs or its pull, also by hand and past this package, changes what is read next.
func TestNoChangeOfARowIsReadFromTheCache(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 8 { // enough that one changed row is read alone
		_, err := l.Insert(t.Context(), func(id model.InstanceID, _ Promises) (model.Instance, error) {
			return model.Instance{ID: id, Owner: "tom"}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	hand := connect(nil, filepath.Join(dir, fileName), "immediate", 1)
	defer hand.Close()
	before, err := l.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		"UPDATE instances SET label = 'by hand' WHERE id = 1003",
		"INSERT INTO gpu_leases VALUES ('GPU-a', 1003, 0), ('GPU-b', 1003, 1)",
		"UPDATE gpu_leases SET gpu_uuid = 'GPU-c' WHERE gpu_uuid = 'GPU-a'",
		"UPDATE gpu_leases SET instance = 1004 WHERE gpu_uuid = 'GPU-b'",
		"DELETE FROM gpu_leases WHERE gpu_uuid = 'GPU-c'",
		`INSERT INTO pulls VALUES (1005, '{"layers":2}')`,
		`UPDATE pulls SET progress_json = '{"layers":3}'`,
		"DELETE FROM pulls",
		"DELETE FROM instances WHERE id = 1006",
		"INSERT INTO instances SELECT 1006, owner, 'again', intent, phase, message, container, exit_code, disk, asked_at," +
			" created_at, started_at, ended_at, order_json, plan_json, silent_json, wish, starting, turn, secure_json, stamp" +
			" FROM instances WHERE id = 1007",
	} {
		if _, err := hand.ExecContext(t.Context(), change); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
		got, err := l.Instances(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := (&stampCache{}).loadIn(t, l)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, fresh) {
			t.Errorf("after %s:\n got %+v\nwant %+v", change, got, fresh)
		}
		if reflect.DeepEqual(got, before) {
			t.Errorf("%s changed nothing", change)
		}
		before = got
	}
}

// loadIn reads all instances with a cache that is empty.
func (c *stampCache) loadIn(t *testing.T, l *Ledger) (all []model.Instance, err error) {
	tx, err := l.reader.BeginTx(t.Context(), nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	return c.load(t.Context(), tx)
}
