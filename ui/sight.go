package ui

import (
	"slices"

	"berth/model"
)

// A sight is the instances that are on the screen, as the machine was last told: it measures these each second, and the
// others seldom.
type sight []model.InstanceID

// report is the sight now, of which the machine is told where it is another one. That never blocks.
func (s sight) report(m feed, now []model.InstanceID) sight {
	if !slices.Equal(s, now) {
		m.Sight(now)
	}
	return now
}

// inSight are the instances whose readings are on the screen: the list's rows in view, what the details and the lower
// half are about, and what an order would go to.
func (m mainScreen) inSight() []model.InstanceID {
	ids := m.list.InSight()
	if i, some := m.current(); some {
		ids = append(ids, i.ID)
	}
	return append(ids, m.subject().Instance, m.following.shown.Instance)
}
