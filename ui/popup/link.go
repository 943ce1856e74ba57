package popup

import (
	"strconv"
	"strings"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// titled returns a title that names the instance.
func titled(th theme.Theme, what string, id model.InstanceID, i model.Instance) string {
	name := id.String()
	if i.ID == id {
		name = model.NameOf(&i)
	}
	title := what + " " + th.Dot + " " + name
	if label := theme.Text(i.Label); label != "" {
		title += " " + label
	}
	return title
}

// linkItems returns links as items, each with its name before it.
func linkItems(th theme.Theme, links []model.Link) []kit.Item {
	items := make([]kit.Item, len(links))
	for n, l := range links {
		first, rest, _ := strings.Cut(l.Text, "\n")
		items[n] = kit.Item{
			Key:  l.Name + strconv.Itoa(n),
			Kind: l.Name,
			Sign: th.Dim.Render(th.Pad(l.Name, linkNameWidth)) + " ",
			Name: first,
			Text: l.Text,
		}
		if isLink(l.Text) {
			items[n].URL = l.Text
		}
		if rest != "" {
			for _, line := range strings.Split(rest, "\n") {
				items[n].More = append(items[n].More, strings.Repeat(" ", linkNameWidth+1)+line)
			}
		}
	}
	return items
}

const linkNameWidth = 11

func isURL(text string) bool {
	return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

// isLink reports whether a terminal that follows links can open it: a URL for a browser or for VS Code.
func isLink(text string) bool { return isURL(text) || strings.HasPrefix(text, "vscode://") }

// aboutLink returns the whole text of a link, if it was cut in a frame of that inner width, and what the link is for.
func aboutLink(it kit.Item, w int) []string {
	var foot []string
	if theme.Width(it.Name) > w-2-linkNameWidth-1 {
		foot = append(foot, it.Text)
	}
	kind := it.Kind
	if strings.HasPrefix(kind, "http ") { // there is one for each port: http 8081
		kind = "http"
	}
	if purpose := purposes[kind]; purpose != "" {
		foot = append(foot, purpose)
	}
	return foot
}

// purposes say what a link is for, by its name.
var purposes = map[string]string{
	"ssh":     "a shell as root",
	"scp":     "copies FILE from where you sit into the instance",
	"rsync":   "copies what changed in FOLDER from where you sit into the instance",
	"code":    "opens the instance in VS Code where you sit, which needs its Remote - SSH extension",
	"ssh -J":  "a shell as root through this machine's own SSH server, with the login that brought you here",
	"tunnels": "through this machine's own SSH server: while it runs, the ports inside are on localhost where you sit",
	"vscode":  "put into ~/.ssh/config, it makes VS Code list the instance and ssh know its name",
	"tunnel":  "while it runs, the first number on localhost where you sit leads to the port inside",
	"http":    "for a browser, where what listens on the port speaks HTTP",
	"open":    "for a browser: the port that OPEN_BUTTON_PORT names, with its token",
	"jupyter": "the certificate is signed by this machine's own authority: import its CA file, or accept the warning",
	"SHA-256": "compare it before you import the CA file: it signs the certificates of all instances here",
	"add key": "a public key's file on this machine, or the key itself in quotes, such as your laptop's",
	"CA file": "imported where you browse from, it ends the warnings",
}
