package popup

import (
	"strconv"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// titled is a title that names what the popup is about.
func titled(th theme.Theme, what string, id model.InstanceID, i model.Instance) string {
	title := what + " " + th.Dot + " " + id.String()
	if label := theme.Text(i.Label); label != "" {
		title += " " + label
	}
	return title
}

// linkItems are ways in, each with its name before it.
func linkItems(th theme.Theme, links []model.Link) []item {
	items := make([]item, len(links))
	for n, l := range links {
		first, rest, _ := strings.Cut(l.Text, "\n")
		items[n] = item{
			key:  l.Name + strconv.Itoa(n),
			kind: l.Name,
			sign: th.Dim.Render(th.Pad(l.Name, linkNameWidth)) + " ",
			name: first,
			text: l.Text,
		}
		if isURL(l.Text) {
			items[n].url = l.Text
		}
		if rest != "" {
			for _, line := range strings.Split(rest, "\n") {
				items[n].more = append(items[n].more, strings.Repeat(" ", linkNameWidth+1)+line)
			}
		}
	}
	return items
}

const linkNameWidth = 11

func isURL(text string) bool {
	return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}
