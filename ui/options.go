package ui

import (
	"os"
	"strings"
	"time"

	"berth/model"
	"berth/ui/popup"
	"berth/ui/theme"
)

// Options are the parameters of the screen.
type Options struct {
	Theme theme.Theme
	User  string // the user whose instances are "mine"
	// Keys maps a command's name to the keys that replace its own. The names of keys within popups begin with popup-.
	// The help lists all names.
	Keys    map[string][]string
	Mouse   bool          // use the mouse; if off, the terminal can select text itself
	Notify  bool          // ring the bell and send OSC 9 when an instance becomes ready
	Browser popup.Browser // opens URLs; nil if the user doesn't sit at the machine
	// Certificate is what clients need in order to trust an instance's HTTPS.
	Certificate popup.Certificate

	// Dir is the default destination for copies out of instances. Empty means the working directory at the start.
	Dir string

	// Past has the fleets before the start, oldest first, so that traces aren't empty. Only a demo has them.
	Past []model.Fleet

	Clock func() time.Time // nil: the system's clock
	In    *os.File         // nil: standard input
	Out   *os.File         // nil: standard output
	Env   []string         // nil: the process's environment
}

// viewer returns where the user looks from, as SSH_CONNECTION tells.
func (o Options) viewer() model.Viewer {
	env := o.Env
	if env == nil {
		env = os.Environ()
	}
	session := ""
	for _, v := range env {
		if ends, ok := strings.CutPrefix(v, "SSH_CONNECTION="); ok {
			session = ends
		}
	}
	return model.NewViewer(o.User, session)
}

// now returns the time of the options' clock.
func (o Options) now() time.Time {
	if o.Clock == nil {
		return time.Now()
	}
	return o.Clock()
}
