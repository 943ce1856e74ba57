package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

// volumes is the part of Backend for volumes. They are listed in the fleet.
type volumes interface {
	// CreateVolume promises a volume of that many GB; shared lets other users read it.
	CreateVolume(ctx context.Context, name string, size float64, shared bool) (model.Volume, error)
	ShareVolume(ctx context.Context, name string, shared bool) error
	// RemoveVolume orders the removal of a volume with everything in it. An instance that has it is a refusal.
	RemoveVolume(ctx context.Context, name string) error
}

func volumeCommand(p *program) *cobra.Command {
	list := listVolumes(p, &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "list the volumes", Args: exactly()})
	c := group("volume", "make, list, share and remove disk that outlives instances", list, createVolumeCommand(p),
		shareVolumeCommand(p, "share", true, "let other users read a volume of yours"),
		shareVolumeCommand(p, "unshare", false, "let only you use a volume of yours"), removeVolumeCommand(p))
	c.Aliases = []string{"volumes"}
	return listVolumes(p, c)
}

// listVolumes makes a command list the volumes.
func listVolumes(p *program, c *cobra.Command) *cobra.Command {
	f := &listFlags{p: p}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.with(c.Context(), func(m Backend) error {
			fleet, err := fleet(c, m)
			if err != nil {
				return err
			}
			return f.print(c, volumeListing(fleet, m.Screen().User))
		})
	}
	return f.add(c, "name", "owner", "state")
}

func volumeListing(f model.Fleet, me string) listing {
	l := listing{
		columns: []col{
			{Title: "NAME", Fit: true}, {Title: "OWNER", Fit: true}, {Title: "SIZE", Fit: true, Right: true},
			{Title: "USED", Fit: true, Right: true}, {Title: "STATE", Fit: true}, {Title: "LAST USED", Min: 8, Rank: 1},
		},
		wide: cols("SHARED", "MADE"),
	}
	for _, v := range f.Volumes {
		owner, last, shared := v.Owner, model.Unknown, "no"
		if owner == me {
			owner = "you"
		}
		if !v.LastUsed.IsZero() {
			last = model.Age(time.Since(v.LastUsed)) + " ago by " + v.LastUser
		}
		if v.Shared {
			shared = "yes"
		}
		l.rows = append(l.rows, listed{
			name: v.Name, object: v, facts: map[string]string{"name": v.Name, "owner": v.Owner, "state": v.State()},
			cells: []string{v.Name, owner, v.Size.String(), fmt.Sprint(v.Use), v.State(), last, shared, v.CreatedAt.Local().Format(time.DateTime)},
		})
	}
	return l
}

func createVolumeCommand(p *program) *cobra.Command {
	var size float64
	var shared bool
	c := p.jsonFlag(&cobra.Command{
		Use: "create NAME", Short: "promise a volume from this machine's disk", Args: exactly("NAME"),
		Long: "create promises disk that outlives instances. `berth launch --volume NAME` puts it in one: at DATA_DIRECTORY, or with\n" +
			"NAME:/path elsewhere. One instance writes in it, or several read it (NAME:ro), each for as long as it exists.",
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), func(m Backend) error {
				v, err := m.CreateVolume(c.Context(), args[0], size, shared)
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(c.OutOrStdout(), v)
				}
				return done(c, nil, fmt.Sprintf("volume %s is promised %s", v.Name, v.Size))
			})
		},
	})
	c.Flags().Var(&number{&size, "a number of GB"}, "size", "size in `GB`")
	c.Flags().BoolVar(&shared, "share", false, "other users may read it")
	return c
}

func shareVolumeCommand(p *program, word string, shared bool, short string) *cobra.Command {
	return &cobra.Command{
		Use: word + " NAME", Short: short, Args: exactly("NAME"), ValidArgsFunction: firstWord(p.offer(volumeNames)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), func(m Backend) error {
				said := args[0] + " is yours alone"
				if shared {
					said = "others may read " + args[0] + ", as " + args[0] + ":ro"
				}
				return done(c, m.ShareVolume(c.Context(), args[0], shared), said)
			})
		},
	}
}

func removeVolumeCommand(p *program) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "remove NAME", Aliases: []string{"rm"}, Short: "remove a volume with all that is in it, for ever", Args: exactly("NAME"),
		ValidArgsFunction: firstWord(p.offer(volumeNames)),
		RunE: func(c *cobra.Command, args []string) error {
			a := asker{p, c}
			if err := a.needsYes(model.ActionDestroy, yes); err != nil {
				return err
			}
			return p.asKeeper(c.Context(), func(ctx context.Context, m Backend) error {
				f, err := m.Fleet(ctx)
				if err != nil {
					return err
				}
				v, there := volumeNamed(f, args[0])
				if there {
					err = a.unless(yes, model.GuardVolume(v, m.Screen().User))
				}
				if err == nil {
					err = m.RemoveVolume(ctx, args[0])
				}
				if err == nil {
					err = untilRemoved(ctx, m, args[0])
				}
				return done(c, err, "volume "+args[0]+" is removed")
			})
		},
	}
	yesFlag(c.Flags(), &yes)
	return c
}

func volumeNamed(f model.Fleet, name string) (model.Volume, bool) {
	at := slices.IndexFunc(f.Volumes, func(v model.Volume) bool { return v.Name == name })
	if at < 0 {
		return model.Volume{}, false
	}
	return f.Volumes[at], true
}

// errStillThere says that a removal isn't done yet. The keeper tries again by itself.
var errStillThere = errors.New("its removal is ordered, and not done yet: a container outside of berth may have it (docker ps -a --filter volume=…)")

// untilRemoved waits for the keeper to remove a volume.
func untilRemoved(ctx context.Context, m Backend, name string) error {
	const patience, pause = 30 * time.Second, 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		f, err := m.Fleet(ctx)
		if _, there := volumeNamed(f, name); err == nil && !there {
			return nil
		}
		select {
		case <-ctx.Done():
			return errStillThere
		case <-time.After(pause):
		}
	}
}
