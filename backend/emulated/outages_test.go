package emulated

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"berth/backend/engine/enginetest"
)

// serviceRestarts restarts the service in good order, and kills it: instances notice nothing.
func (w *town) serviceRestarts() {
	before := w.begun()
	w.as("root", "systemctl restart berth")
	w.all("the service restarted")
	w.as("root", "kill -9 $(systemctl show -p MainPID --value berth)")
	w.until("the service is back", "systemctl is-active berth")
	w.all("the service killed")
	if now := w.begun(); now != before {
		w.Errorf("containers are %s, before %s", now, before)
	}
}

func (w *town) engineRestarts() {
	w.as("root", "systemctl restart docker")
	w.all("the engine restarted")
}

func (w *town) engineKilled() {
	w.as("root", "kill -9 $(systemctl show -p MainPID --value docker)")
	w.until("the engine is back", "docker version >/dev/null 2>&1")
	w.all("the engine killed")
}

// engineKilledInStart kills the engine while it starts an instance, at moments drawn by chance.
func (w *town) engineKilledInStart() {
	id := w.ids["two"]
	for range 3 {
		w.as("maria", "berth stop "+id)
		w.until("it has stopped", w.phase("two", "stopped"))
		after := w.chance.Float64() * w.slowness()
		w.as("root", fmt.Sprintf("su maria -c 'berth start --wait=false %s'; sleep %.2f; kill -9 $(systemctl show -p MainPID --value docker)", id, after))
		w.until("the engine is back", "docker version >/dev/null 2>&1")
		w.startedAtLast(fmt.Sprintf("killed after %.1f s", after))
	}
}

// startedAtLast waits until the instance that was starting runs. An engine that was killed in it may have leaked ports that
// nobody has: then the instance says so, and starts on others on its user's word.
func (w *town) startedAtLast(when string) {
	w.Helper()
	w.until(when+" it runs, or has failed with a way on", w.phase("two", "running")+" || su maria -c 'berth show "+w.ids["two"]+"' | grep -q new-ports")
	if out, _ := w.vm.sh("maria", "berth show "+w.ids["two"]); strings.Contains(out, "new-ports") {
		w.say("%s: its ports were leaked, and it was given others", when)
		w.as("maria", "berth start --new-ports "+w.ids["two"])
	}
	w.all(when)
}

// slowness is how many seconds a start takes in there.
func (w *town) slowness() float64 {
	if w.vm.disk.accel == tcg {
		return 30
	}
	return 3
}

// engineUpgraded puts a newer engine in the old one's place, as its package does.
func (w *town) engineUpgraded() {
	newer := filepath.Dir(enginetest.Newest(w.T))
	for _, program := range []string{"dockerd", "docker-proxy", "runc"} { // runc where this engine wants another
		if _, err := os.Stat(filepath.Join(newer, program)); err != nil {
			continue
		}
		if err := w.vm.send(filepath.Join(newer, program), "newer-"+program); err != nil {
			w.Fatal(err)
		}
	}
	version := func() string { return w.as("root", "docker version --format '{{.Server.Version}}'") }
	before := version()
	w.swapEngine("newer", "older")
	w.say("Docker %s, then %s", before, version())
	if out, err := w.vm.sh("root", "docker cp /etc/hostname C."+w.ids["two"]+":/tmp/copied"); err != nil {
		w.swapEngine("older", "newer") // the rest of its life goes on
		w.Fatalf("the newer engine doesn't do what every engine does: %s", out)
	}
	w.all("the engine upgraded")
}

// swapEngine stops the engine, puts programs in from root's home, and keeps there what was in their place.
func (w *town) swapEngine(in, out string) {
	w.Helper()
	w.as("root", fmt.Sprintf(`set -e; systemctl stop docker.socket docker
for new in %s-*; do p=$(command -v "${new#%s-}"); mv "$p" "%s-${new#%s-}"; install -m 755 "$new" "$p"; rm "$new"; done
systemctl start docker.socket docker`, in, in, out, in))
	w.until("the engine answers", "docker version >/dev/null 2>&1")
}

// diskFull leaves no room on the machine's only file system.
func (w *town) diskFull() {
	w.as("root", "fallocate -l $(( $(df --output=avail -B1 / | tail -1) )) /fill 2>/dev/null; dd if=/dev/zero of=/fill2 bs=1M 2>/dev/null; dd if=/dev/zero of=/fill3 bs=1k 2>/dev/null; true")
	out := w.as("maria", "berth ls")
	for _, label := range w.runs {
		if !strings.Contains(out, label) {
			w.Errorf("on a full disk the list lacks %s:\n%s", label, out)
		}
	}
	refused, err := w.vm.sh("maria", "berth launch --image tools:1 --mode entrypoint --share 0.05 --label late")
	if err == nil {
		w.Errorf("a launch on a full disk succeeds: %s", refused)
	}
	w.say("a launch: %s", last(refused))
	w.as("root", "rm -f /fill /fill2 /fill3")
	w.all("with room again")
}

func (w *town) rebooted() {
	begun := time.Now()
	w.vm.reboot()
	w.say("somebody could log in after %.0f s", time.Since(begun).Seconds())
	w.all("rebooted")
}

// powerLost cuts the power at a moment that chance draws.
func (w *town) powerLost() {
	time.Sleep(time.Duration(w.chance.Float64() * 20 * float64(time.Second)))
	begun := time.Now()
	w.vm.reset()
	w.say("somebody could log in after %.0f s", time.Since(begun).Seconds())
	w.all("the power was lost")
}

// powerLostInStart cuts it while an instance is being started.
func (w *town) powerLostInStart() {
	id := w.ids["two"]
	w.as("maria", "berth stop "+id)
	w.until("it has stopped", w.phase("two", "stopped"))
	after := w.chance.Float64() * w.slowness()
	w.as("maria", "berth start --wait=false "+id)
	time.Sleep(time.Duration(after * float64(time.Second)))
	w.vm.reset()
	w.startedAtLast(fmt.Sprintf("the power lost after %.1f s", after))
}
