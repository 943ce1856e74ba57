package popup

import (
	"fmt"
	"os/exec"
)

// A Browser opens a URL on the screen of this machine.
type Browser func(url string) error

// LocalBrowser returns the desktop's browser. It is nil if the user can't see one, as over SSH. getenv looks up
// variables.
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
		// No timeout: xdg-open may itself become the browser, and killing it would close the browser.
		if err := exec.Command(path, url).Run(); err != nil { //nolint:noctx // see above
			return fmt.Errorf("xdg-open: %w", err)
		}
		return nil
	}
}
