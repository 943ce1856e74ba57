package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui/theme"
)

// notifier is the part of Backend by which a user says how to be told of news.
type notifier interface {
	Notify() (model.Notify, error)
	// PutNotify keeps how the user wants to be told; a zero one: not at all.
	PutNotify(n model.Notify) error
	// TestNotify tells the user something now, as the keeper would.
	TestNotify(ctx context.Context) error
}

func notifyCommands(p *program) *cobra.Command {
	return group("notify", "how you are told that an instance is ready, failed, ended, rests, or is about to be stopped",
		setNotifyCommand(p), showNotifyCommand(p), offNotifyCommand(p), testNotifyCommand(p))
}

func setNotifyCommand(p *program) *cobra.Command {
	var n model.Notify
	var form string
	var events []string
	c := &cobra.Command{
		Use: "set URL | set --command COMMAND", Short: "be told by a webhook, or by a command of your own",
		Long: "set keeps in your own notify.toml where news go. A webhook is one of ntfy, Slack or Discord, or takes plain JSON. A\n" +
			"command is run by /bin/sh with your rights, with the news as JSON on its standard input and in BERTH_NEWS, BERTH_INSTANCE,\n" +
			"BERTH_LABEL, BERTH_TITLE and BERTH_TEXT. Whatever runs or asks does so with your rights, whoever keeps the machine.",
		Example: "  berth account notify set https://ntfy.sh/my-secret-topic --events ready,failed,time\n" +
			"  berth account notify set --command 'mail -s \"$BERTH_TITLE\" me@example.com'",
		RunE: func(_ *cobra.Command, args []string) error {
			n.URL, n.Form = strings.Join(args, " "), model.NotifyForm(form)
			for _, e := range events {
				n.Events = append(n.Events, model.NewsKind(e))
			}
			if err := n.Check(); err != nil {
				return Misuse(err)
			}
			return p.with(context.Background(), func(m Backend) error { return m.PutNotify(n) })
		},
	}
	c.Flags().StringVar(&n.Command, "command", "", "a `command` instead of a webhook")
	c.Flags().StringVar(&form, "form", "", "what the webhook takes: `form` ntfy, slack, discord or json; by its address where left out")
	c.Flags().StringSliceVar(&events, "events", nil, "only these `kinds`: ready, failed, exited, memory, idle, time, queue, gpu")
	return c
}

func showNotifyCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "show", Short: "show where your news go", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Backend) error {
				n, err := m.Notify()
				switch {
				case err != nil:
					return err
				case p.json:
					return p.printJSON(c.OutOrStdout(), n)
				case n.Command == "" && n.URL == "":
					say(c, "you are told nowhere but on the screen: `berth account notify set` changes that")
					return nil
				}
				kinds := "all news"
				if len(n.Events) > 0 {
					kinds = strings.Join(words(n.Events), ", ")
				}
				_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", theme.Text(n.URL+n.Command), theme.Text(kinds))
				return err
			})
		},
	})
}

func offNotifyCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "off", Short: "be told nowhere but on the screen", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Backend) error { return m.PutNotify(model.Notify{}) })
		},
	}
}

func testNotifyCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "test", Short: "send yourself something now", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Backend) error {
				err := m.TestNotify(c.Context())
				if err == nil {
					say(c, "sent")
				}
				return err
			})
		},
	}
}
