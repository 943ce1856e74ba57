package emulated

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// launches launches in every mode, of an image that is made in there.
func (w *town) launches() {
	w.as("root", `set -e; mkdir -p /tmp/image/bin /tmp/image/etc /tmp/image/root /tmp/image/tmp; cp /bin/busybox /tmp/image/bin/
for p in sh sleep cat dd test env ls ps; do ln -sf busybox /tmp/image/bin/$p; done; echo root:x:0:0:root:/root:/bin/sh >/tmp/image/etc/passwd
tar -C /tmp/image -c . | docker import --change 'CMD ["/bin/sleep","infinity"]' - tools:1 >/dev/null`)
	w.as("maria", `set -e; mkdir -p ~/.ssh; [ -e ~/.ssh/id_ed25519 ] || ssh-keygen -qt ed25519 -N "" -f ~/.ssh/id_ed25519
berth account ssh add "$(cat ~/.ssh/id_ed25519.pub)"`)
	w.launch("one", "--image tools:1 --mode ssh --share 0.2")
	w.launch("two", "--image tools:1 --mode entrypoint --share 0.4")
	w.say("%s", w.as("maria", `berth ls --json | jq -r '.[] | "\(.label): \(.status_msg)"'`))
}

// launchesJupyter launches a real JupyterLab, of the image that the machine's second drive has.
func (w *town) launchesJupyter() {
	w.as("root", "docker import - lab:1 <"+w.vm.second()+" >/dev/null")
	w.launch("lab", "--image lab:1 --mode jupyter --jupyter-lab --share 0.2")
	url := w.as("maria", "berth show "+w.ids["lab"]+` --json | jq -er '"https://\(.public_ipaddr):\(.ports["8080/tcp"][0].HostPort)/api/status?token=\(.jupyter_token)"'`)
	w.say("Jupyter says %s", w.as("root", "curl -sS --max-time 300 --cacert /var/lib/berth/ca.crt '"+url+"'"))
}

// launch has maria launch an instance and wait until it answers. It has to run from then on.
func (w *town) launch(label, options string) {
	w.Helper()
	begun := time.Now()
	w.as("maria", "berth launch "+options+" --label "+label+" --wait")
	w.say("%s answers after %.0f s", label, time.Since(begun).Seconds())
	// Asked for now, while all is well: an id is for life, and berth has more to say while an engine is away.
	w.ids[label] = w.as("maria", fmt.Sprintf(`berth ls --json | jq -er '.[] | select(.label == %q) | .id'`, label))
	w.runs = append(w.runs, label)
}

// group reads a file of an instance's cgroup.
const group = `p=$(docker inspect -f '{{.State.Pid}}' C.%s); cat /sys/fs/cgroup$(cut -d: -f3 /proc/$p/cgroup)/%s`

func (w *town) cgroup(label, file string) string {
	w.Helper()
	return w.as("root", fmt.Sprintf(group, w.ids[label], file))
}

// shares reads back what the kernel was told.
func (w *town) shares() {
	number := func(label, file string) float64 {
		n, err := strconv.ParseFloat(w.cgroup(label, file), 64)
		if err != nil {
			w.Errorf("%s of %s: %v", file, label, err)
		}
		return n
	}
	for _, file := range []string{"cpu.weight", "memory.low"} {
		one, two := number("one", file), number("two", file)
		w.say("%s %.0f and %.0f", file, one, two)
		if one <= 0 || two/one < 1.9 || two/one > 2.1 {
			w.Errorf("%s: %.0f with a share of 0.2, %.0f with 0.4", file, one, two)
		}
	}
	if got := w.cgroup("one", "cpu.max"); got != "max 100000" {
		w.Errorf("cpu.max is %s: a share is a weight, no wall", got)
	}
	if one, two := number("one", "memory.max"), number("two", "memory.max"); one != two { // the machine's, less the host's reserve
		w.Errorf("memory.max is %.0f and %.0f: a share is a weight, no wall", one, two)
	}
	w.say("pids.max %.0f", number("one", "pids.max"))
}

// protects waits until the slice of all instances protects what they are promised together. A group's own memory.low counts
// no further than that.
func (w *town) protects() {
	w.Helper()
	w.until("berth.slice protects what is promised", `sum=0
for p in $(docker ps -q --filter label=berth.id | xargs docker inspect -f '{{.State.Pid}}'); do sum=$((sum + $(cat /sys/fs/cgroup$(cut -d: -f3 /proc/$p/cgroup)/memory.low))); done
over=$(($(cat /sys/fs/cgroup/berth.slice/memory.low) - sum)); echo "$over above $sum"; test $over -ge 0 && test $over -lt 1048576`) // of rounding to pages
	w.say("berth.slice protects %s", w.as("root", "cat /sys/fs/cgroup/berth.slice/memory.low"))
}

// inside gets in as its user does, and has the instance stop itself.
func (w *town) inside() {
	w.answers("one")
	key := w.ssh("one", `vastai show instance $CONTAINER_ID --raw 2>&1 | grep -c '"actual_status"'`)
	if out, err := w.vm.sh("maria", key); err != nil {
		w.Errorf("the API from inside: %v\n%s", err, out)
	}
	_, _ = w.vm.sh("maria", w.ssh("one", "vastai stop instance $CONTAINER_ID")) // the line ends with the instance
	w.until("it has stopped itself", w.phase("one", "stopped"))
	w.as("maria", "berth start "+w.ids["one"])
	w.answers("one")
	w.say("it stopped itself by the API, and was started")
}

// ssh is a command of maria's that runs a script in an instance.
func (w *town) ssh(label, script string) string {
	w.Helper()
	return fmt.Sprintf(`ssh -q -o BatchMode=yes -o ConnectTimeout=60 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p "$(berth show %s --json | jq -r '.ports["22/tcp"][0].HostPort')" root@127.0.0.1 '. /etc/environment 2>/dev/null; export $(cat /proc/1/environ | tr "\0" "\n" | grep -E "^(CONTAINER_ID|VAST_URL)="); %s'`, w.ids[label], script)
}

// answers waits until maria gets into an instance by SSH.
func (w *town) answers(label string) {
	w.Helper()
	words := w.ssh(label, "echo answers")
	w.until(label+" answers by SSH", "su maria -s /bin/sh <<'E' | grep -qx answers\n"+words+"\nE")
}

// phase is a script that succeeds when an instance is in a phase.
func (w *town) phase(label, status string) string {
	return fmt.Sprintf(`test "$(su maria -c 'berth ls --json' | jq -r '.[] | select(.label == %q) | .actual_status')" = %s`, label, status)
}

// all waits until all that have to run do, in berth's words and the engine's, and each that has SSH answers.
func (w *town) all(when string) {
	w.Helper()
	for _, label := range w.runs {
		took := w.until(when+" "+label+" runs", w.phase(label, "running")+fmt.Sprintf(` && test "$(docker inspect -f '{{.State.Running}}' C.%s)" = true`, w.ids[label]))
		w.say("%s back after %.0f s", label, took.Seconds())
	}
	if len(w.runs) > 0 && w.runs[0] == "one" {
		w.answers("one")
	}
}

// begun is when the containers that have to run were started.
func (w *town) begun() string {
	w.Helper()
	return w.as("root", `docker ps -q --filter label=berth.id | xargs -r docker inspect -f '{{.Name}} {{.State.StartedAt}}' | sort`)
}

// pressed has one instance take more memory than there is, far above its baseline, beside one that stays below its own. It takes
// it in many processes: a kernel that is a program gives none of its processes everything.
func (w *town) pressed() {
	const piece = 400
	hold := func(label string) string { // dd holds a block of that size while nobody reads it
		return fmt.Sprintf(`docker exec -d C.%s sh -c 'dd if=/dev/zero iflag=fullblock bs=%dM count=1 | sleep 1000'`, w.ids[label], piece)
	}
	holders := func(label string) int { // by their names: their command line is the shell's, in a busybox
		n, _ := strconv.Atoi(w.as("root", fmt.Sprintf(`docker top C.%s -o pid,comm | grep -c " dd$" || true`, w.ids[label]))) // grep counts
		return n
	}
	w.as("root", hold("two"))
	w.until("two holds its memory", fmt.Sprintf(`test "$(%s)" -gt 380000000`, fmt.Sprintf(group, w.ids["two"], "memory.current")))
	if n := holders("two"); n != 1 {
		w.Fatalf("%d processes of two hold memory", n)
	}
	mb, err := strconv.Atoi(w.as("root", `awk '/MemAvailable/ {print int($2/1024)}' /proc/meminfo`))
	if err != nil {
		w.Fatal(err)
	}
	pieces := mb/piece + 2
	w.as("root", fmt.Sprintf("for n in $(seq %d); do %s; done", pieces, hold("one")))
	w.until("the kernel has ended something", `dmesg | grep -q "Killed process"`)
	killed := w.as("root", `dmesg | grep "Killed process" | sed 's/.*Killed process [0-9]* (\([^)]*\)).*/\1/' | tr '\n' ' '`)
	left := holders("one")
	w.say("%d MB available, %d asked for: ended %s, %d of %d left", mb, pieces*piece, killed, left, pieces)
	if holders("two") != 1 {
		w.Error("the one below its baseline was ended")
	}
	if left >= pieces {
		w.Error("the one above its baseline lives whole")
	}
	for _, name := range strings.Fields(killed) {
		if name != "dd" {
			w.Errorf("killed: %s", name)
		}
	}
	w.as("root", fmt.Sprintf(`for pid in $(docker top C.%s -o pid,comm | awk '/ sleep$/ {print $1}'); do kill $pid; done`, w.ids["one"]))
	w.as("root", fmt.Sprintf(`pid=$(docker top C.%s -o pid,args | awk '/sleep 1000/ && !/dd if/ {print $1; exit}'); [ -z "$pid" ] || kill $pid`, w.ids["two"]))
	w.all("after the pressure")
}
