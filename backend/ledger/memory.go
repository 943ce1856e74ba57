package ledger

import (
	"maps"
	"sync"

	"berth/model"
)

// A memory is what rows said when they were last decoded. Decoding orders and plans is four fifths of the time
// that reading 200 instances takes, every screen reads them at each change, and few rows change at a time.
type memory struct {
	mu sync.Mutex
	of map[model.InstanceID]remembered
}

type remembered struct {
	kept     kept
	instance model.Instance
}

// instance is what is kept, decoded.
func (m *memory) instance(k kept) (model.Instance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, ok := m.of[k.id]; ok && last.kept == k {
		return last.instance, nil
	}
	i, err := k.instance()
	if err != nil {
		return i, err
	}
	if m.of == nil {
		m.of = map[model.InstanceID]remembered{}
	}
	m.of[k.id] = remembered{k, i}
	return i, nil
}

// keep forgets all but the given instances, which are all there are.
func (m *memory) keep(all []model.Instance) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.of) == len(all) {
		return
	}
	there := make(map[model.InstanceID]bool, len(all))
	for _, i := range all {
		there[i.ID] = true
	}
	maps.DeleteFunc(m.of, func(id model.InstanceID, _ remembered) bool { return !there[id] })
}
