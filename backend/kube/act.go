package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"berth/model"
)

// Act orders something for an instance.
func (c *Cluster) Act(ctx context.Context, id model.InstanceID, a model.Action) error {
	s, err := c.look(ctx)
	if err != nil {
		return err
	}
	i, there := s.find(id)
	if !there {
		return fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	}
	if err := i.Can(a); err != nil {
		return err
	}
	switch {
	case a == model.ActionDestroy:
		background := object{"propagationPolicy": "Foreground"} // the Service is there until all else has gone
		return c.api.call(ctx, http.MethodDelete, c.api.in(services, nameOf(id)), background, nil)
	case i.job == nil:
		return fmt.Errorf("%s: %s is %w: %s", id, a, model.ErrNotAllowed, i.Message)
	case a == model.ActionStop && i.Phase == model.PhaseExited: // nothing of it runs
		return nil
	case a == model.ActionStop:
		return c.suspend(ctx, id, true)
	case a == model.ActionStart && (i.Phase == model.PhaseExited || i.Phase == model.PhaseFailed):
		return c.again(ctx, i)
	case a == model.ActionStart:
		return c.suspend(ctx, id, false)
	}
	return fmt.Errorf("%s: %s is %w on a cluster", id, a, model.ErrNotAllowed)
}

func (c *Cluster) suspend(ctx context.Context, id model.InstanceID, is bool) error {
	return c.api.patch(ctx, c.api.in(jobs, nameOf(id)), object{"spec": object{"suspend": is}})
}

// again makes an instance's Job anew from its own template: one that is over can't go on.
func (c *Cluster) again(ctx context.Context, i instance) error {
	var template struct {
		Spec json.RawMessage `json:"spec"`
	}
	if err := json.Unmarshal(i.job.Spec.Template, &template); err != nil {
		return err
	}
	d := &draft{Instance: i.Instance, owner: ownedBy(i.service)}
	made := jobObject(d.meta(""), object{"metadata": object{"labels": labelsOf(i.ID)}, "spec": template.Spec})
	path := c.api.in(jobs, nameOf(i.ID))
	// Only the Job that was seen: somebody else may have made it anew.
	gone := object{"propagationPolicy": "Background", "preconditions": object{"uid": i.job.Metadata.UID}}
	if err := c.api.call(ctx, http.MethodDelete, path, gone, nil); err != nil && !refused(err, absent) {
		return err
	}
	const patience, pause = 30 * time.Second, 100 * time.Millisecond
	for waited := time.Duration(0); ; waited += pause { // the old one goes when its pod is accounted for
		err := c.api.call(ctx, http.MethodPost, c.api.in(jobs, ""), made, nil)
		if !refused(err, exists) || waited > patience {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// Relabel changes an instance's display name.
func (c *Cluster) Relabel(ctx context.Context, id model.InstanceID, text string) error {
	if err := model.CheckLabel(text); err != nil {
		return err
	}
	err := c.api.patch(ctx, c.api.in(services, nameOf(id)), object{"metadata": object{"annotations": object{noteLabel: text}}})
	if refused(err, absent) {
		return fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	}
	return err
}
