package engine_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/model"
)

// Limits that docker update sets, and that no request of berth's sets, are seen and removed.
func TestLimitsThatAHandHasSetAreLifted(t *testing.T) {
	if _, err := exec.LookPath("docker"); err != nil {
		enginetest.Skip(t, "the hand is the docker command's: install docker-cli")
	}
	d := enginetest.Docker(t)
	r := engine.Request{
		Name: "berth-test-" + enginetest.Unique(), Image: enginetest.Image(t, d),
		Resources: engine.Resources{Memory: 256 * model.MiB, Pids: 200},
	}
	id, err := d.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Remove(t.Context(), id)
	hand := exec.CommandContext(t.Context(), "docker", "--host", d.Host(), "update", "--cpus", "0.5", "--cpuset-cpus", "0",
		"--memory", "128m", "--memory-swap", "200m", "--pids-limit", "50", "--restart", "always", id)
	if out, err := hand.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	seen, err := d.Inspect(t.Context(), id)
	if want := []string{"cpus", "cpuset 0", "swap", "restart always"}; err != nil || !slices.Equal(seen.ByHand, want) {
		t.Fatalf("%v: seen are %q, want %q", err, seen.ByHand, want)
	}
	facts, err := d.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Restore(t.Context(), id, r.Resources, facts.Cores); err != nil {
		t.Fatal(err)
	}
	now, err := d.Inspect(t.Context(), id)
	if err != nil || now.Resources.Memory != r.Resources.Memory || now.Resources.Pids != r.Resources.Pids {
		t.Errorf("%v: its limits are %+v", err, now.Resources)
	}
	if by := strings.Join(now.ByHand, ", "); by != "cpuset "+engine.AllCores(facts.Cores) {
		t.Errorf("still set by hand: %s", by)
	}
}
