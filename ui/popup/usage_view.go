package popup

import (
	"fmt"
	"strings"
	"time"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// An owner's key and those of its instances; owners are user names and hold no blank.
func ownerKey(owner string) string { return owner + " " }

func ownerOf(itemKey string) string {
	owner, _, _ := strings.Cut(itemKey, " ")
	return owner
}

// usageItems are the owners with their share of all GPU time there was, and what nobody held.
func usageItems(th theme.Theme, owners []model.OwnerUse, open string, all time.Duration, now time.Time, w int) []kit.Item {
	bar := max(w-2-ownerWidth-2-figuresWidth, 0)
	items := []kit.Item{kit.Heading(th, th.Pad("  OWNER", 2+ownerWidth+1+bar+1)+figures(th, "SHARE", "GPU HOURS", "NOW"))}
	nobody := all
	for _, o := range owners {
		nobody -= time.Duration(o.Held)
		items = append(items, ownerItem(th, o, all, bar))
		for _, i := range o.Instances {
			if o.Owner == open {
				items = append(items, instanceItem(th, o.Owner, i, now, ownerWidth+bar))
			}
		}
	}
	if nobody > 0 {
		percent := share(model.GPUTime(nobody), all)
		items = append(items, kit.Item{Rest: th.Dim.Render(th.Pad("  nobody", 2+ownerWidth)) + " " + th.Bar(th.Dim, bar, percent) + " " +
			th.Dim.Render(figures(th, fmt.Sprintf("%.0f%%", percent), hours(model.GPUTime(nobody)), ""))})
	}
	return items
}

const (
	ownerWidth   = 12
	figuresWidth = 5 + 11 + 5
)

// figures are the columns at the right.
func figures(th theme.Theme, share, hours, now string) string {
	return th.PadLeft(share, 5) + th.PadLeft(hours, 11) + th.PadLeft(now, 5)
}

func ownerItem(th theme.Theme, o model.OwnerUse, all time.Duration, bar int) kit.Item {
	part := share(o.Held, all)
	name, percent := theme.Text(o.Owner), fmt.Sprintf("%.0f%%", part)
	return kit.Item{
		Key:  ownerKey(o.Owner),
		Name: th.Pad(name, ownerWidth),
		Rest: " " + th.Bar(th.Own, bar, part) + " " + figures(th, percent, hours(o.Held), heldNow(th, o.Now)),
		Text: fmt.Sprintf("%s %s GPU hours, %s", name, hours(o.Held), percent),
	}
}

// instanceItem is one instance of the owner that is unfolded.
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
		Rest: th.Dim.Render(th.Pad(about, max(w-theme.Width(name), 0)) + figures(th, "", hours(i.Held), heldNow(th, i.Now))),
		Text: fmt.Sprintf("%s %s %s GPU hours, %s, %s", name, theme.Text(i.Label), hours(i.Held), gpus, when),
	}
}

// share is a part in percent; 0 where there is no whole.
func share(part model.GPUTime, whole time.Duration) float64 {
	if whole <= 0 {
		return 0
	}
	return 100 * part.Hours() / whole.Hours()
}

// hours writes GPU time as people add it up.
func hours(t model.GPUTime) string { return fmt.Sprintf("%.1f", t.Hours()) }

func heldNow(th theme.Theme, n int) string {
	if n == 0 {
		return th.Dash
	}
	return fmt.Sprint(n)
}
