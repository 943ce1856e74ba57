package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
)

// A wireConnect is all links into an instance, as `connect --json` prints them.
type wireConnect struct {
	ID          model.InstanceID `json:"id"`
	Status      string           `json:"status"` // the word on the reference platform's button
	Links       []wireLink       `json:"links"`
	Fingerprint string           `json:"certificate_fingerprint"` // SHA-256 of the CA's certificate
	CAFile      string           `json:"ca_file"`
}

type wireLink struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func connectCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "connect INSTANCE", Short: "print the ways into an instance: SSH, tunnels, copying, URLs",
		Args: exactly("INSTANCE"), ValidArgsFunction: p.completeInstances,
		RunE: func(c *cobra.Command, args []string) error {
			return p.withInstance(c, args[0], func(s Screen, f model.Fleet, i model.Instance) error {
				if i.Phase != model.PhaseRunning {
					say(c, "%s doesn't answer now: it is %s", i.ID, i.Status())
				}
				open, jupyter := i.OpenDoor(), i.JupyterDoor()
				if why := i.Silence(open); why != "" {
					say(c, "%s: open leads nowhere now: %s", i.ID, plain(why))
				}
				if why := i.Silence(jupyter); why != "" && jupyter != open {
					say(c, "%s: jupyter leads nowhere now: %s", i.ID, plain(why))
				}
				if why := i.Keyless(); why != "" && !f.Host.Cluster { // there its keys are known at the launch alone
					say(c, "%s", why)
				}
				return printWays(p, c, f, i, s)
			})
		},
	})
}

// asSeen returns the fleet with the address at which whoever looks reaches the machine's ports, as the screen shows it.
// What scripts read has the machine's own.
func asSeen(f model.Fleet, me string) model.Fleet {
	if f.Host.Cluster { // its addresses don't depend on the machine where the command runs
		return f
	}
	f.Host.PublicIP = model.NewViewer(me, os.Getenv("SSH_CONNECTION")).Address(f.Host.PublicIP)
	return f
}

func printWays(p *program, c *cobra.Command, f model.Fleet, i model.Instance, s Screen) error {
	links := model.Links(i, f.Host.PublicIP)
	if p.json {
		w := wireConnect{ID: i.ID, Status: i.Button(), Links: []wireLink{}, Fingerprint: s.Fingerprint, CAFile: s.CAFile}
		for _, l := range links {
			w.Links = append(w.Links, wireLink(l))
		}
		return p.printJSON(c.OutOrStdout(), w)
	}
	links = model.Links(i, asSeen(f, s.User).Host.PublicIP)
	t := newSheet(c)
	https := false
	for _, l := range model.Distinct(links) {
		https = https || strings.HasPrefix(l.Text, "https:")
		t.note(l.Name, l.Text)
	}
	if len(links) == 0 {
		say(c, "%s opens no way in: it has no SSH server and no port", i.ID)
	}
	if https {
		t.row("CA file", s.CAFile)
		t.row("SHA-256", s.Fingerprint)
	}
	return t.flush()
}
