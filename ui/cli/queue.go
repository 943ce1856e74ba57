package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"berth/model"
)

// offerLine offers to wait for GPUs that aren't free. It asks the user if possible, otherwise the error names the flag.
func offerLine(p *program, c *cobra.Command, m Backend, o model.Order, refused error) (model.Instance, error) {
	would, _, err := prospectOf(c.Context(), m, o)
	if err != nil {
		return model.Instance{}, refused
	}
	place, waits := o.Waits(would.capacity)
	switch {
	case !waits:
		return model.Instance{}, refused
	case !(asker{p, c}).canAsk():
		return model.Instance{}, errors.Join(refused, fmt.Errorf("--queue waits for them: %s", place))
	}
	say(c, "%s", plain(model.Said(refused)))
	wait := model.Guard{Title: "Wait for " + model.CountGPUs(o.GPUs) + "?", Means: "It would be " + place + ". A stop cancels that.", Does: "Wait"}
	if err := (asker{p, c}).agreed(wait); err != nil {
		return model.Instance{}, err
	}
	o.Queue = true
	return m.Launch(c.Context(), o)
}

// sayLine prints the place of a launch that waits.
func sayLine(c *cobra.Command, m Backend, i model.Instance) {
	if i.Phase != model.PhaseScheduling {
		return
	}
	if f, err := m.Fleet(c.Context()); err == nil {
		if now, there := f.Instance(i.ID); there {
			say(c, "%s waits: %s", i.ID, plain(now.Message))
		}
	}
}
