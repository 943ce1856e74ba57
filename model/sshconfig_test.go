package model

import (
	"strings"
	"testing"
)

func TestAnSSHBlockGoesTheWayThatTheViewerCame(t *testing.T) {
	words := []string{"/usr/local/bin/berth", "ssh", "--stdio"}
	for name, test := range map[string]struct {
		connection string
		words      []string
		want       string
	}{
		"on the machine itself":      {"", words, "ProxyCommand /usr/local/bin/berth ssh --stdio %n"},
		"over SSH":                   {"10.1.0.9 51000 10.1.0.2 22", words, "ProxyCommand ssh maria@10.1.0.2 /usr/local/bin/berth ssh --stdio %n"},
		"over another port":          {"10.1.0.9 51000 10.1.0.2 2222", words, "ProxyCommand ssh -p 2222 maria@10.1.0.2 /usr/local/bin/berth ssh --stdio %n"},
		"through a router":           {"198.51.100.7 51000 10.1.0.2 22", words, "ProxyCommand ssh maria@203.0.113.5 /usr/local/bin/berth ssh --stdio %n"},
		"from the machine to itself": {"127.0.0.1 51000 127.0.0.1 22", words, "ProxyCommand /usr/local/bin/berth ssh --stdio %n"},
		"a folder with a blank": {
			"10.1.0.9 51000 10.1.0.2 22", []string{"berth", "--home", "/a b", "ssh", "--stdio"},
			`ProxyCommand ssh maria@10.1.0.2 berth --home '"/a b"' ssh --stdio %n`,
		},
	} {
		got := NewViewer("maria", test.connection).SSHConfig(test.words, "203.0.113.5")
		if !strings.Contains(got, "  "+test.want+"\n") || !strings.HasPrefix(got, "Host berth-*\n  User root\n") {
			t.Errorf("%s: it has\n%s\nwant %s", name, got, test.want)
		}
	}
}
