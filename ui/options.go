package ui

import (
	"os"
	"strings"
	"time"

	"berth/model"
	"berth/ui/popup"
	"berth/ui/theme"
)

// Options are what the screen is started with.
type Options struct {
	Theme theme.Theme
	User  string // whose instances are "mine"
	// Keys are, for a command's word, the keys that replace its own; the words of keys within popups begin
	// with popup-. Help lists them all.
	Keys    map[string][]string
	Mouse   bool          // take the mouse; off, the terminal's own selection of text works
	Notify  bool          // bell and OSC 9 when an instance becomes ready
	Browser popup.Browser // shows URLs; nil where nobody sits before the machine
	// Certificate is what clients need to trust an instance's HTTPS.
	Certificate popup.Certificate

	// Dir is the folder that copies out of instances are offered to go to; empty: where the program was started.
	Dir string

	// Past is what somebody would have seen who had watched before, the oldest first. Only a demo knows it.
	Past []model.Fleet

	Clock func() time.Time // nil: the system's
	In    *os.File         // nil: standard input
	Out   *os.File         // nil: standard output
	Env   []string         // nil: the process's
}

// viewer is where the user looks at the machine from, as an SSH server tells its sessions.
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

// now is the time by the options' clock.
func (o Options) now() time.Time {
	if o.Clock == nil {
		return time.Now()
	}
	return o.Clock()
}
