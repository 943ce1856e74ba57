package popup

import (
	"fmt"
	"strings"
	"time"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// ownerKey returns the key of an owner, with which the keys of the owner's instances begin. Owners are user names and
// have no blanks.
func ownerKey(owner string) string { return owner + " " }

func ownerOf(itemKey string) string {
	owner, _, _ := strings.Cut(itemKey, " ")
	return owner
}

// usageItems returns the owners, with each one's share of all GPU time, and the time that nobody held a GPU.
func usageItems(th theme.Theme, owners []model.OwnerUse, open string, all model.GPUTime, now time.Time, w int) []kit.Item {
	bar := max(w-2-ownerWidth-2-figuresWidth, 0)
	items := []kit.Item{kit.Heading(th, th.Pad("  OWNER", 2+ownerWidth+1+bar+1)+figures(th, "SHARE", "GPU HOURS", "IDLE", "NOW"))}
	nobody := all
	for _, o := range owners {
		nobody -= o.Held
		items = append(items, ownerItem(th, o, all, bar))
		for _, i := range o.Instances {
			if o.Owner == open {
				items = append(items, instanceItem(th, o.Owner, i, now, ownerWidth+bar))
			}
		}
	}
	if nobody > 0 {
		items = append(items, kit.Item{Rest: th.Dim.Render(th.Pad("  nobody", 2+ownerWidth)) + " " + th.Bar(th.Dim, bar, nobody.Of(all)) + " " +
			th.Dim.Render(figures(th, nobody.PartOf(all), nobody.String(), "", ""))})
	}
	return items
}

const (
	ownerWidth   = 12
	figuresWidth = 5 + 11 + 6 + 5
)

// figures returns the columns at the right.
func figures(th theme.Theme, share, hours, idle, now string) string {
	return th.PadLeft(share, 5) + th.PadLeft(hours, 11) + th.PadLeft(idle, 6) + th.PadLeft(now, 5)
}

// useItems returns GPUs or days, each with its share of the time that so many GPUs had. Nobody held what is missing to 100 %.
func useItems(th theme.Theme, title string, uses []model.UseOf, name func(of string) string, gpus, w int) []kit.Item {
	bar := max(w-2-ownerWidth-2-figuresWidth, 0)
	items := []kit.Item{kit.Heading(th, th.Pad("  "+title, 2+ownerWidth+1+bar+1)+figures(th, "SHARE", "GPU HOURS", "IDLE", ""))}
	for _, u := range uses {
		whole, label := model.GPUTime(gpus)*u.Within, theme.Text(name(u.Of))
		percent, idle := u.Held.PartOf(whole), u.Idle.PartOf(u.Held)
		items = append(items, kit.Item{
			Key: u.Of, Name: th.Pad(th.Clip(label, ownerWidth), ownerWidth),
			Rest: " " + th.SplitBar(th.Own, bar, u.Held.Of(whole), u.Idle.Of(whole)) + " " + figures(th, percent, u.Held.String(), idle, ""),
			Text: fmt.Sprintf("%s %s GPU hours, %s, idle %s", label, u.Held, percent, idle),
		})
	}
	return items
}

func ownerItem(th theme.Theme, o model.OwnerUse, all model.GPUTime, bar int) kit.Item {
	name, percent, idle := theme.Text(o.Owner), o.Held.PartOf(all), o.Idle.PartOf(o.Held)
	return kit.Item{
		Key:  ownerKey(o.Owner),
		Name: th.Pad(name, ownerWidth),
		Rest: " " + th.SplitBar(th.Own, bar, o.Held.Of(all), o.Idle.Of(all)) + " " + figures(th, percent, o.Held.String(), idle, heldNow(th, o.Now)),
		Text: fmt.Sprintf("%s %s GPU hours, %s, idle %s", name, o.Held, percent, idle),
	}
}

// instanceItem returns one instance of the owner that is open.
func instanceItem(th theme.Theme, owner string, i model.InstanceUse, now time.Time, w int) kit.Item {
	when, gpus := "until "+model.Age(now.Sub(i.To))+" ago", model.GPU{Model: i.Model}.ShortModel()
	if i.Now > 0 {
		when = "still"
	}
	name := i.Instance.String()
	about := " " + th.Pad(theme.Text(i.Label), 14) + " " + gpus + ", " + when
	return kit.Item{
		Key:  ownerKey(owner) + name,
		Sign: "  ",
		Name: name,
		Rest: th.Dim.Render(th.Pad(about, max(w-theme.Width(name), 0)) + figures(th, "", i.Held.String(), i.Idle.PartOf(i.Held), heldNow(th, i.Now))),
		Text: fmt.Sprintf("%s %s %s GPU hours, %s, %s", name, theme.Text(i.Label), i.Held, gpus, when),
	}
}

func heldNow(th theme.Theme, n int) string {
	if n == 0 {
		return th.Dash
	}
	return fmt.Sprint(n)
}
