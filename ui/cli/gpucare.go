package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"berth/model"
)

// gpuCare is the part of Backend for GPUs in trouble.
type gpuCare interface {
	// ClearGPU lets a GPU be given out again that the driver's reports keep from that.
	ClearGPU(ctx context.Context, id model.GPUID) error
}

func clearGPUCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "clear GPU", Short: "give a GPU out again after the driver reported trouble with it", Args: exactly("GPU"),
		Long: "clear says that a GPU is well again which isn't given out because of a Xid event. GPU is its number or UUID.",
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), func(m Backend) error {
				f, err := m.Fleet(c.Context())
				if err != nil {
					return err
				}
				id, found := boardNamed(f, args[0])
				if !found {
					return usagef("gpus clear: %q: there is no such GPU; `berth gpus` lists them", args[0])
				}
				if err := m.ClearGPU(c.Context(), id); err != nil {
					return err
				}
				say(c, "GPU %s is given out again", args[0])
				return nil
			})
		},
	}
}

// boardNamed finds a whole GPU by its number, its UUID or that of a MIG instance of it.
func boardNamed(f model.Fleet, name string) (model.GPUID, bool) {
	for _, d := range f.Devices {
		if strconv.Itoa(d.Index) == name || string(d.ID) == name || string(d.Board()) == name {
			return d.Board(), true
		}
	}
	return "", false
}
