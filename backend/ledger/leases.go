package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"berth/model"
)

// ErrTaken says that somebody else holds what should be leased. The error that wraps it names the resource and its
// holder.
var ErrTaken = errors.New("already promised")

// Promises is what is held at one moment, read in the transaction that decides.
type Promises struct {
	GPUs    map[model.GPUID]model.InstanceID
	Sockets map[model.Socket]model.InstanceID
	Disk    model.Bytes              // the sum of all, volumes too
	Volumes []model.Volume           // with who else has them
	Line    model.Line               // the instances that wait for GPUs
	Held    map[string]model.Holding // by owner, GPUs that are waited for included
	Events  []model.GPUEvent         // what the driver reported of GPUs

	Reservations model.Reservations // of which some may be over
}

// promises reads what every instance but one holds.
func promises(ctx context.Context, tx *sql.Tx, but model.InstanceID) (Promises, error) {
	p := Promises{GPUs: map[model.GPUID]model.InstanceID{}, Sockets: map[model.Socket]model.InstanceID{}}
	others := []any{but}
	err := queryEach(ctx, tx, "SELECT gpu_uuid, instance FROM gpu_leases WHERE instance <> ?", others,
		func(scan func(...any) error) error {
			var gpu model.GPUID
			var holder model.InstanceID
			err := scan(&gpu, &holder)
			p.GPUs[gpu] = holder
			return err
		})
	// One row for each protocol: two hundred instances have a thousand ports, and the cost of a row is higher than that
	// of parsing it.
	const sockets = `SELECT protocol, group_concat(host_port || ' ' || instance, ';') FROM port_leases
		WHERE instance <> ? GROUP BY protocol`
	err = errors.Join(err, queryEach(ctx, tx, sockets, others, func(scan func(...any) error) error {
		var protocol model.Protocol
		var text string
		if err := scan(&protocol, &text); err != nil {
			return err
		}
		for lease := range strings.SplitSeq(text, ";") {
			port, holder, _ := strings.Cut(lease, " ")
			n, err := strconv.Atoi(port)
			id, wrong := strconv.ParseInt(holder, 10, 64)
			if err := errors.Join(err, wrong); err != nil {
				return err
			}
			p.Sockets[model.Socket{Protocol: protocol, Port: n}] = model.InstanceID(id)
		}
		return nil
	}))
	const holdings = `SELECT owner, SUM(disk), SUM((SELECT count(*) FROM gpu_leases WHERE instance = instances.id))
		FROM instances WHERE id <> ? GROUP BY owner`
	p.Held = map[string]model.Holding{}
	err = errors.Join(err, queryEach(ctx, tx, holdings, others, func(scan func(...any) error) error {
		var owner string
		var h model.Holding
		err := scan(&owner, &h.Disk, &h.GPUs)
		p.Held[owner], p.Disk = h, p.Disk+h.Disk
		return err
	}))
	p.Line, err = waitingLine(ctx, tx, but, err)
	for _, w := range p.Line {
		h := p.Held[w.Owner]
		h.GPUs += w.GPUs
		p.Held[w.Owner] = h
	}
	if err != nil {
		return p, err
	}
	if p.Events, err = gpuEvents(ctx, tx); err != nil {
		return p, err
	}
	if p.Reservations, err = reservations(ctx, tx); err != nil {
		return p, err
	}
	p.Volumes, err = volumes(ctx, tx, but)
	for _, v := range p.Volumes {
		p.Disk += v.Size
	}
	return p, err
}

// waitingLine reads the instances that wait for GPUs, except one.
func waitingLine(ctx context.Context, tx *sql.Tx, but model.InstanceID, failed error) (model.Line, error) {
	const waiting = selectAll + " WHERE phase = ? AND id <> ? ORDER BY turn"
	var all []model.Instance
	err := queryEach(ctx, tx, waiting, []any{model.PhaseScheduling, but}, func(scan func(...any) error) error {
		k, err := scanKept(scan)
		if err != nil {
			return err
		}
		i, err := k.instance()
		all = append(all, i)
		return err
	})
	return model.LineOf(all), errors.Join(failed, err)
}

// leaseGPUs makes an instance's GPU leases what it says after a change, and keeps the tenures in step.
func (l *Ledger) leaseGPUs(ctx context.Context, tx *sql.Tx, before, after model.Instance) error {
	for n, gpu := range after.GPUs {
		if slices.Contains(after.GPUs[:n], gpu) {
			return fmt.Errorf("ledger: %s asks for GPU %s twice", after.ID, gpu)
		}
	}
	for _, gpu := range before.GPUs {
		if slices.Contains(after.GPUs, gpu) {
			continue
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM gpu_leases WHERE gpu_uuid = ?", gpu); err != nil {
			return fmt.Errorf("ledger: release GPU %s: %w", gpu, err)
		}
	}
	if !slices.Equal(before.GPUs, after.GPUs) {
		for n, gpu := range after.GPUs {
			if err := leaseGPU(ctx, tx, after.ID, gpu, n); err != nil {
				return err
			}
		}
	}
	return keepTenures(ctx, tx, before, after, l.now())
}

// leaseGPU leases a GPU, or changes its position in its holder's list.
func leaseGPU(ctx context.Context, tx *sql.Tx, id model.InstanceID, gpu model.GPUID, position int) error {
	const lease = `INSERT INTO gpu_leases (gpu_uuid, instance, position) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET position = excluded.position WHERE instance = excluded.instance`
	won, err := changes(tx.ExecContext(ctx, lease, gpu, id, position))
	if err != nil {
		return fmt.Errorf("ledger: lease GPU %s: %w", gpu, err)
	}
	if won == 0 {
		return takenError(ctx, tx, fmt.Sprintf("GPU %s", gpu),
			"SELECT instance FROM gpu_leases WHERE gpu_uuid = ?", gpu)
	}
	return nil
}

// leasePorts updates an instance's port leases to the external ports of its plan.
func leasePorts(ctx context.Context, tx *sql.Tx, i model.Instance) error {
	stale := map[model.Socket]bool{}
	err := queryEach(ctx, tx, "SELECT protocol, host_port FROM port_leases WHERE instance = ?", []any{i.ID},
		func(scan func(...any) error) error {
			var s model.Socket
			err := scan(&s.Protocol, &s.Port)
			stale[s] = true
			return err
		})
	if err != nil {
		return err
	}
	var fresh []model.Socket
	for _, p := range i.Plan.Ports {
		s := model.Socket{Protocol: p.Protocol, Port: p.External}
		if s.Port != 0 && !stale[s] {
			fresh = append(fresh, s)
		}
		delete(stale, s)
	}
	for s := range stale {
		const release = "DELETE FROM port_leases WHERE protocol = ? AND host_port = ?"
		if _, err := tx.ExecContext(ctx, release, s.Protocol, s.Port); err != nil {
			return fmt.Errorf("ledger: release port %d/%s: %w", s.Port, s.Protocol, err)
		}
	}
	for _, s := range fresh {
		if err := leasePort(ctx, tx, i.ID, s); err != nil {
			return err
		}
	}
	return nil
}

func leasePort(ctx context.Context, tx *sql.Tx, id model.InstanceID, s model.Socket) error {
	const lease = "INSERT INTO port_leases (protocol, host_port, instance) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
	won, err := changes(tx.ExecContext(ctx, lease, s.Protocol, s.Port, id))
	if err != nil {
		return fmt.Errorf("ledger: lease port %d/%s: %w", s.Port, s.Protocol, err)
	}
	if won == 0 {
		return takenError(ctx, tx, fmt.Sprintf("port %d/%s", s.Port, s.Protocol),
			"SELECT instance FROM port_leases WHERE protocol = ? AND host_port = ?", s.Protocol, s.Port)
	}
	return nil
}

// changes returns how many rows a statement changed.
func changes(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// takenError returns the refusal of a lease. The query finds the holder's id.
func takenError(ctx context.Context, tx *sql.Tx, what, query string, args ...any) error {
	var holder model.InstanceID
	var owner, label string
	const whose = "SELECT id, owner, label FROM instances WHERE id = (%s)"
	err := tx.QueryRowContext(ctx, fmt.Sprintf(whose, query), args...).Scan(&holder, &owner, &label)
	if err != nil {
		return fmt.Errorf("ledger: holder of %s: %w", what, err)
	}
	if label != "" {
		label = " " + label
	}
	return fmt.Errorf("%w: %s is held by %s%s (%s)", ErrTaken, what, holder, label, owner)
}
