package popup

import (
	"fmt"
	"strings"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// NewVolumes opens the machine's volumes, as the user me sees them: whose they are, how full, and which instances have
// them.
func NewVolumes(look Look, f model.Fleet, me string) Listing {
	return newListing(look, f, me, volumesPage)
}

func volumesPage(v Listing) page {
	k := v.look.Keys
	pg := page{title: "Volumes", hints: hints(k.Copy, k.Close)}
	for _, volume := range v.fleet.Volumes {
		pg.items = append(pg.items, volumeItem(v, volume))
	}
	if len(pg.items) == 0 {
		pg.hints = hints(k.Close)
		pg.empty = "There is no volume: disk that outlives instances. berth volume create NAME --size GB promises one; " +
			"step Data of the launch form puts it in an instance."
		return pg
	}
	it, _ := v.list.Selected(pg.items)
	for _, volume := range v.fleet.Volumes {
		if volume.Name == it.Key {
			pg.foot = volumeFoot(v, volume)
		}
	}
	return pg
}

// volumeItem is one volume's row.
func volumeItem(v Listing, volume model.Volume) kit.Item {
	th := v.look.Theme
	owner := volume.Owner
	if owner == v.me {
		owner = "you"
	}
	used := th.Dash
	if use, known := volume.Use.Get(); known {
		used = use.String()
	}
	state := th.Dim.Render(volume.State())
	if volume.Full() != "" {
		state = th.Warn.Render("nearly full ") + state
	}
	return kit.Item{
		Key: volume.Name, Name: th.Pad(theme.Text(volume.Name), 16),
		Rest: " " + th.Pad(theme.Text(owner), 10) + th.PadLeft(used, 7) + " of " + th.Pad(volume.Size.String(), 7) + " " + state,
		Text: "--volume " + volume.Name,
	}
}

// volumeFoot is what the foot says of a volume.
func volumeFoot(v Listing, volume model.Volume) []string {
	last := "never used"
	if !volume.LastUsed.IsZero() {
		last = fmt.Sprintf("last used %s ago by %s", model.Age(v.fleet.At.Sub(volume.LastUsed)), volume.LastUser)
	}
	who := "only its owner may use it"
	if volume.Shared {
		who = "others may read it, as " + volume.Name + ":ro"
	}
	var has []string
	for _, id := range volume.Readers {
		has = append(has, id.String())
	}
	if volume.Writer != 0 {
		has = append(has, volume.Writer.String())
	}
	if len(has) == 0 {
		return []string{last + ", " + who, "berth volume rm " + volume.Name + " removes it, berth volume share lets others read it"}
	}
	return []string{last + ", " + who, "in " + strings.Join(has, ", ") + ", until that is destroyed"}
}
