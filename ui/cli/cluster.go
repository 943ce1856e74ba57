package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/model/wire"
	"berth/ui/output"
	"berth/ui/theme"
)

// This file has what --cluster does to a command: the instances are a Kubernetes cluster's. Listings, order files, forms
// of output and exit codes are the same.

// A Cluster is a Kubernetes cluster that has instances.
type Cluster interface {
	orderSource
	output.Source
	examined
	Me(ctx context.Context) (string, error) // whom the API server takes this user for
	Fleet(ctx context.Context) (model.Fleet, error)
	// Propose says what an order would get now.
	Propose(ctx context.Context, o model.Order) (model.Plan, error)
	Launch(ctx context.Context, o model.Order) (model.Instance, error)
	Act(ctx context.Context, id model.InstanceID, a model.Action) error
	labeller
	streams
	// Watch sends the fleet now and after each change, until the context ends.
	Watch(ctx context.Context) <-chan model.Fleet
}

// onCluster lists the commands that --cluster has.
var onCluster = []string{
	"connect", "destroy", "doctor", "exec", "gpus", "gpus list", "label", "launch", "logs", "ls", "ports", "show", "ssh", "start", "stop", "version",
}

// refuseOnCluster makes the commands below c say that they aren't there for a cluster, where that is so.
func refuseOnCluster(p *program, c *cobra.Command) {
	for _, below := range c.Commands() {
		refuseOnCluster(p, below)
	}
	here := c.RunE
	_, name, _ := strings.Cut(c.CommandPath(), " ")
	if here == nil {
		return
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case !p.globals.Cluster:
		case len(p.on.names) > 0 || p.globals.Demo || p.globals.Simulate != "":
			return usagef("--cluster: --on, --demo and --simulate are about machines: leave them out")
		case name == "":
			return usagef("--cluster: the screen of a cluster isn't there yet; `berth --cluster ls` lists its instances")
		case !slices.Contains(onCluster, name):
			return usagef("--cluster: %s isn't there on a cluster; there are %s", name, strings.Join(onCluster, ", "))
		}
		return here(c, args)
	}
}

// withCluster opens the cluster for a command.
func withCluster(p *program, do func(Cluster) error) error {
	if p.Cluster == nil {
		return usagef("--cluster: this berth was built without it; `make berth-cluster` builds one that has it")
	}
	k, err := p.Cluster(p.globals)
	if err != nil {
		return Misuse(err)
	}
	return do(k)
}

// clusterFleet reads the fleet as this user may see it.
func clusterFleet(c *cobra.Command, k Cluster) (f model.Fleet, me string, err error) {
	if me, err = k.Me(c.Context()); err != nil {
		return f, "", err
	}
	f, err = k.Fleet(c.Context())
	for _, unread := range f.Unread {
		say(c, "%s", plain(unread))
	}
	return f, me, err
}

// listCluster prints a listing of a cluster.
func (f *listFlags) listCluster(c *cobra.Command, list lister) error {
	return withCluster(f.p, func(k Cluster) error {
		seen, me, err := clusterFleet(c, k)
		switch {
		case err != nil:
			return err
		case f.watch:
			return f.tellChanges(c.Context(), c, list, me, seen, k.Watch(c.Context()))
		}
		return f.print(c, list(seen, me))
	})
}

// orderCluster orders an action for instances of a cluster.
func (e actRun) orderCluster(c *cobra.Command, k Cluster) error {
	f, me, err := clusterFleet(c, k)
	if err != nil {
		return err
	}
	targets := able(f.Instances, e.action, e.ids)
	if !e.yes && e.asker().canAsk() && len(targets) > 0 && e.action.AsksInWords(targets, me) {
		if err := e.asker().agreed(model.GuardOf(e.action, targets, me, time.Now())); err != nil {
			return err
		}
	}
	return each(e.ids, func(id model.InstanceID) error {
		if err := k.Act(c.Context(), id, e.action); err != nil {
			return err
		}
		if e.wait {
			if err := awaitCluster(c, e.program, k, id, e.fulfilled); err != nil {
				return err
			}
		}
		i, there := f.Instance(id)
		if there {
			say(c, "%s: %s ordered", theme.Text(model.Called(i)), e.action)
		}
		if e.action == model.ActionStop {
			say(c, "%s: only %s and /root are kept: all else that it wrote is gone", id, theme.Text(i.Plan.DataDirectory()))
		}
		return printOnCluster(c, e.program, k, id)
	})
}

// awaitCluster waits until an instance is as wanted, or can't come to be so by itself. It prints how far it is.
func awaitCluster(c *cobra.Command, p *program, k Cluster, id model.InstanceID, fulfilled func(model.Instance, bool) bool) error {
	ctx, stop := context.WithCancel(c.Context())
	defer stop()
	last := ""
	for f := range receive(ctx, k.Watch(ctx)) {
		now := "waits: " + f.Engine.Reason
		if f.Engine.OK {
			i, there := f.Instance(id)
			switch {
			case fulfilled(i, there):
				return nil
			case !there:
				return gone(id)
			case endsBadly(i.Phase):
				return endedEarly(i)
			}
			now = progress(i)
		}
		if now != last {
			last = now
			say(c, "%s %s", id, plain(now))
		}
	}
	return interrupted(p, id, "what was ordered")
}

// printOnCluster prints an instance if --json is given: null if it is gone.
func printOnCluster(c *cobra.Command, p *program, k Cluster, id model.InstanceID) error {
	if !p.json {
		return nil
	}
	f, err := k.Fleet(context.WithoutCancel(c.Context()))
	if err != nil {
		return err
	}
	i, there := f.Instance(id)
	if !there {
		return p.printJSON(c.OutOrStdout(), nil)
	}
	return p.printJSON(c.OutOrStdout(), wire.OfInstance(f, i))
}

// launchOnCluster launches on a cluster, or with --dry-run says what would come of it.
func (f *orderFlags) launchOnCluster(p *program, c *cobra.Command, k Cluster, wait, dry bool) error {
	o, err := f.order(c, k)
	if err != nil {
		return err
	}
	if dry {
		if p.json {
			return usagef("--dry-run --json isn't there on a cluster")
		}
		plan, err := k.Propose(c.Context(), o)
		if err != nil {
			return f.named(c, err)
		}
		return printPlan(c, o.WithDefaults(), plan)
	}
	i, err := k.Launch(c.Context(), o)
	if err != nil {
		return f.named(c, err)
	}
	say(c, "%s: only %s and /root outlive a stop on a cluster", i.ID, theme.Text(i.Plan.DataDirectory()))
	if i.Keyless() != "" {
		say(c, "%s: no SSH key is at hand here, so nobody can log in: make one with ssh-keygen and launch anew", i.ID)
	}
	if wait {
		err = awaitCluster(c, p, k, i.ID, runs)
	}
	if p.json {
		return errors.Join(err, printOnCluster(c, p, k, i.ID))
	}
	_, failed := fmt.Fprintln(c.OutOrStdout(), i.ID)
	return errors.Join(err, failed)
}

func printPlan(c *cobra.Command, o model.Order, p model.Plan) error {
	say(c, "nothing is launched: this is what it would get now")
	cores, memory, shm := p.Share.Words()
	s := newSheet(c)
	s.note("image", theme.Text(o.Image))
	s.note("mode", string(o.Mode))
	s.note("GPUs", fmt.Sprint(o.GPUs))
	s.note("share", fmt.Sprintf("%.3g of a node: %s cores, %s RAM, %s shm", p.Share.Fraction, cores, memory, shm))
	s.note("disk", p.Disk.String())
	s.note("kept", "only "+theme.Text(p.DataDirectory())+" and /root outlive a stop")
	s.note("ports", fmt.Sprint(len(p.Ports)))
	return s.flush()
}

// loginOnCluster runs the SSH client against an instance. Its host key is known: nobody is asked about it.
func loginOnCluster(c *cobra.Command, k Cluster, id model.InstanceID, tty bool, command []string) error {
	f, err := k.Fleet(c.Context())
	if err != nil {
		return err
	}
	i, there := f.Instance(id)
	port := i.Plan.External(model.PortSSH, model.TCP)
	switch {
	case !there:
		return fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	case !i.Order.Mode.Launcher():
		return exitError{fmt.Errorf("%s: %s mode has no SSH server", id, i.Order.Mode), ExitRefused}
	case i.Phase != model.PhaseRunning && i.Phase != model.PhaseConnecting:
		return fmt.Errorf("%s: log in is %w: it is %s", id, model.ErrNotAllowed, i.Status())
	}
	folder, err := os.MkdirTemp("", "berth-known-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	known := filepath.Join(folder, "known_hosts")
	if err := os.WriteFile(known, []byte(nameForKey+" "+i.Guest.HostKey+"\n"), 0o600); err != nil {
		return err
	}
	args := []string{
		"-p", strconv.Itoa(port), "-o", "HostKeyAlias=" + nameForKey, "-o", "UserKnownHostsFile=" + known, "-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "StrictHostKeyChecking=yes", "-o", "LogLevel=ERROR",
	}
	if tty {
		args = append(args, "-t")
	}
	// The client owns the terminal and ends by itself: ctrl-c is for the client, so this context must not end it.
	client := exec.CommandContext(context.WithoutCancel(c.Context()), "ssh", append(append(args, "root@"+f.Host.PublicIP), command...)...)
	client.Stdin, client.Stdout, client.Stderr = c.InOrStdin(), raw(c.OutOrStdout()), raw(c.ErrOrStderr())
	err = client.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return exitError{errQuiet, ended.ExitCode()}
	}
	return err
}

// nameForKey stands for the instance in the file of its host key, whatever its address is.
const nameForKey = "instance"
