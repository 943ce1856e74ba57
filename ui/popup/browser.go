package popup

import (
	"fmt"
	"os/exec"
)

// A Browser shows a URL to whoever sits before the machine.
type Browser func(url string) error

// LocalBrowser is the desktop's own; nil where there is none to see, as over SSH. Variables are looked up
// with getenv.
func LocalBrowser(getenv func(string) string) Browser {
	remote := getenv("SSH_CONNECTION") != "" || getenv("SSH_TTY") != ""
	if remote || getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" {
		return nil
	}
	path, err := exec.LookPath("xdg-open")
	if err != nil {
		return nil
	}
	return func(url string) error {
		// No deadline: xdg-open may turn into the browser itself, and ending it would close the browser.
		if err := exec.Command(path, url).Run(); err != nil { //nolint:noctx // see above
			return fmt.Errorf("xdg-open: %w", err)
		}
		return nil
	}
}
