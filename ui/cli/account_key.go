package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

// apiKeys is the part of Backend for the account's API keys.
type apiKeys interface {
	// NewAccountKey makes a key and returns it. The key can't be read again.
	NewAccountKey(ctx context.Context) (string, error)
	AccountKeys(ctx context.Context) ([]model.AccountKey, error)
	// DropAccountKey revokes a key, given whole or by its id.
	DropAccountKey(ctx context.Context, idOrKey string) error
}

func newAPIKeyCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "new", Short: "make a key for the HTTP API and print it; it can't be shown again", Args: exactly(),
		Long: "new makes a key that may do through the HTTP API whatever you may. It is printed this once: only its hash is kept.",
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Backend) error {
				key, err := m.NewAccountKey(c.Context())
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(c.OutOrStdout(), map[string]string{"key": key})
				}
				_, err = fmt.Fprintln(c.OutOrStdout(), key)
				return err
			})
		},
	})
}

func listAPIKeysCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "list your keys for the HTTP API, without the keys themselves", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Backend) error {
				keys, err := m.AccountKeys(c.Context())
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(c.OutOrStdout(), append([]model.AccountKey{}, keys...))
				}
				t := newTable(c, cols("ID", "MADE"))
				for _, k := range keys {
					t.row(k.ID, k.CreatedAt.Local().Format(time.DateTime))
				}
				return t.flush()
			})
		},
	})
}

func removeAPIKeyCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Aliases: []string{"rm"}, Short: "make one of your keys for the HTTP API invalid", Args: exactly("ID"),
		ValidArgsFunction: firstWord(p.offer(func(ctx context.Context, m Backend) []cobra.Completion {
			keys, _ := m.AccountKeys(ctx)
			var ids []string
			for _, k := range keys {
				ids = append(ids, k.ID)
			}
			return ids
		})),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), func(m Backend) error {
				return done(c, m.DropAccountKey(c.Context(), args[0]), "that key lets nobody in any more")
			})
		},
	}
}
