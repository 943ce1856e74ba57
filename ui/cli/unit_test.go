package cli_test

import (
	"regexp"
	"strconv"
)

// fenced checks the exposure level that systemd-analyze gives the service. 10 means no sandbox at all.
func (h *host) fenced() {
	h.t.Helper()
	const most = 4.0
	said := h.root("systemd-analyze", "security", "--no-pager", "berth.service")
	found := regexp.MustCompile(`Overall exposure level for berth.service: ([0-9.]+)`).FindStringSubmatch(said)
	if found == nil {
		h.t.Errorf("systemd-analyze said\n%s", said)
		return
	}
	if score, err := strconv.ParseFloat(found[1], 64); err != nil || score > most {
		h.t.Errorf("the service's exposure is %s, want at most %v\n%s", found[1], most, said)
	}
}
