package backend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// The service of another state folder closes the bridge that both share. What a screen launched beside it was once refused
// by its own keeper's API.
func TestAKeeperBesideAServiceIsReachedByItsInstances(t *testing.T) {
	if os.Geteuid() != 0 {
		enginetest.Skip(t, "only root changes the machine's firewall")
	}
	dir := t.TempDir()
	said := filepath.Join(dir, "said")
	check(t, os.WriteFile(filepath.Join(dir, "nft"), []byte("#!/bin/sh\ncat >> "+said+"\n"), 0o700))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	e := inMemory(t)
	facts, err := e.Facts(t.Context())
	check(t, err)
	facts.Local = true
	e.SetFacts(facts)
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(0)).ID, model.PhaseRunning)
	c, err := b.parts.Engine.Inspect(t.Context(), i.Container)
	check(t, err)
	var port string
	for _, v := range c.Env {
		if address, is := strings.CutPrefix(v, "VAST_URL=http://"); is {
			_, port, _ = strings.Cut(address, ":")
		}
	}
	text, err := os.ReadFile(said)
	if err != nil || port == "" || !strings.Contains(string(text), "add element inet berth api { "+port+" }\n") {
		t.Errorf("its API is at port %q, and the firewall was told %q, %v", port, text, err)
	}
}
