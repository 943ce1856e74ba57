package simulation

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"berth/backend/label"
	"berth/backend/ledger"
	"berth/model"
)

// check sees, when all faults have ended and everybody has had time, that everything is as somebody ordered it.
func (m *machine) check(ctx context.Context, l *ledger.Ledger) {
	instances, err := l.Instances(ctx)
	if err != nil {
		m.violate("the ledger can't be read: %v", err)
		return
	}
	containers, err := m.engine.List(ctx)
	if err != nil {
		m.violate("the engine can't be read: %v", err)
		return
	}
	alive, of := map[model.InstanceID]bool{}, map[model.InstanceID]int{}
	there := map[string]bool{}
	for _, c := range containers {
		there[c.ID] = true
		if m.stranger(c.ID) != "" {
			continue
		}
		id, _ := model.ParseInstanceID(c.Labels[label.ID])
		of[id]++
		alive[id] = alive[id] || c.Alive()
	}
	for id, name := range m.strangers {
		if !there[id] {
			m.violate("the stranger %s is gone", name)
		}
	}
	rows := map[model.InstanceID]model.Instance{}
	held := map[model.GPUID]model.InstanceID{}
	for _, i := range instances {
		rows[i.ID] = i
		for _, id := range i.GPUs {
			if other, twice := held[id]; twice {
				m.violate("%s is leased to %s and %s", id, other, i.ID)
			}
			held[id] = i.ID
		}
		m.checkRow(i, alive[i.ID])
	}
	for id, n := range of {
		if _, known := rows[id]; !known {
			m.violate("%d containers of %s are left, which has no row", n, id)
		}
		if n > 1 {
			m.violate("%s has %d containers", id, n)
		}
	}
	for id, w := range m.wishes {
		m.checkWish(id, *w, rows, alive, len(held))
	}
	m.checkFiles(rows)
	m.checkVolumes(ctx, l, containers)
}

// checkRow sees that a row says what is.
func (m *machine) checkRow(i model.Instance, alive bool) {
	switch {
	case i.Phase.Busy():
		m.violate("%s is still %s: %s", i.ID, i.Phase, i.Message)
	case alive && i.Phase != model.PhaseRunning:
		m.violate("%s runs, and its row says %s: %s", i.ID, i.Phase, i.Message)
	case !alive && i.Phase == model.PhaseRunning:
		m.violate("%s doesn't run, and its row says that it does", i.ID)
	case !alive && len(i.GPUs) > 0:
		m.violate("%s is %s and holds %v", i.ID, i.Phase, i.GPUs)
	case alive && len(i.GPUs) != i.Order.GPUs && !m.restored:
		m.violate("%s runs with %v and asked for %d", i.ID, i.GPUs, i.Order.GPUs)
	}
	if alive && i.Order.GPUs > 0 {
		if real := m.handedOf(i.Container); !model.SameGPUs(real, i.GPUs) {
			m.violate("%s holds %v and really has %v", i.ID, i.GPUs, real)
		}
	}
}

// checkWish sees that what a user ordered last has come true.
func (m *machine) checkWish(id model.InstanceID, w wish, rows map[model.InstanceID]model.Instance, alive map[model.InstanceID]bool, held int) {
	i, there := rows[id]
	switch {
	case w.unsure:
	case w.action == model.ActionDestroy:
		if there {
			m.violate("%s was destroyed and is there: %s, %s", id, i.Intent, i.Phase)
		}
	case !there && !m.restored:
		m.violate("%s is gone, and nobody destroyed it", id)
	case w.action == model.ActionStop:
		if alive[id] && !w.excused {
			m.violate("%s was stopped last and runs", id)
		}
	case w.excused || alive[id]:
	case i.Phase == model.PhaseScheduling && waits(i, rows, held):
	default:
		m.violate("%s was to run and doesn't: %s: %s", id, i.Phase, i.Message)
	}
}

// waits reports whether an instance waits rightly: it doesn't fit, or one that asked earlier doesn't.
func waits(i model.Instance, rows map[model.InstanceID]model.Instance, held int) bool {
	for _, other := range rows {
		if other.Phase == model.PhaseScheduling && other.Turn <= i.Turn && held+other.Order.GPUs > cardCount {
			return true
		}
	}
	return false
}

// checkTurn sees that whoever is given GPUs leaves enough for all who asked earlier and wait: order is kept, and nobody is
// starved by somebody who asks for less.
func (m *machine) checkTurn(i model.Instance, held ledger.Promises) {
	if len(i.GPUs) == 0 {
		return
	}
	m.checkReserved(i, held)
	earlier := 0
	for _, w := range held.Line.Before(i.Turn) {
		earlier += w.GPUs
	}
	if free := cardCount - len(held.GPUs) - len(i.GPUs); earlier > free && len(held.Line.Before(i.Turn)) > 0 {
		m.violate("%s is given %d GPUs, %d are left, and those who asked earlier wait for %d", i.ID, len(i.GPUs), free, earlier)
	}
}

// checkFiles sees that no file is left of what isn't.
func (m *machine) checkFiles(rows map[model.InstanceID]model.Instance) {
	entries, err := os.ReadDir(filepath.Join(m.home, "simulated"))
	if err != nil {
		return // no GPU was ever handed in
	}
	for _, e := range entries {
		id, err := model.ParseInstanceID(strings.TrimSuffix(e.Name(), ".new"))
		if _, known := rows[id]; !known && m.restored {
			continue // of one that this ledger has never heard of
		}
		if err != nil || len(rows[id].GPUs) == 0 {
			m.violate("the file %s is left of an instance without GPUs", e.Name())
		}
	}
}

// describe is a list of violations without repetitions.
func describe(violations []string) string {
	slices.Sort(violations)
	return strings.Join(slices.Compact(violations), "\n")
}
