package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"berth/model"
)

func doctorCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "doctor", Short: "say what of this machine works, what doesn't, and what to do", Args: exactly(),
		Long: "doctor looks at the engine, the disk, the driver and how containers get GPUs, and changes nothing. It ends with\n" +
			"exit code 1 where something that berth is for doesn't work.",
		RunE: func(c *cobra.Command, _ []string) error {
			find := func(m examined) error {
				findings := m.Doctor(c.Context())
				if err := printFindings(p, c, findings); err != nil {
					return err
				}
				return failing(findings)
			}
			if p.globals.Cluster {
				return withCluster(p, func(k Cluster) error { return find(k) })
			}
			return p.with(c.Context(), func(m Backend) error { return find(m) })
		},
	})
}

// An examined place says of itself what works.
type examined interface {
	Doctor(ctx context.Context) []model.Finding
}

func printFindings(p *program, c *cobra.Command, findings []model.Finding) error {
	if p.json {
		return p.printJSON(c.OutOrStdout(), findings)
	}
	t := newTable(c, cols("HOW", "WHAT", "FOUND"))
	t.prose = true
	for _, f := range findings {
		t.note(string(f.Verdict), f.Name, f.Detail)
		if f.Fix != "" {
			t.note("", "", "to do: "+f.Fix)
		}
	}
	return t.flush()
}

// failing returns an error if something doesn't work. Warnings are no error.
func failing(findings []model.Finding) error {
	n := 0
	for _, f := range findings {
		if f.Verdict == model.VerdictFail {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d things don't work", n, len(findings))
}
