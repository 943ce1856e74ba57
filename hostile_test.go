package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
	"berth/model/wire"
)

// hostileFor is the environment variable with the duration of the test; make test-hostile sets ten minutes. The hostile
// instance attacks during half of that time, beside 20 honest ones.
const hostileFor = "BERTH_HOSTILE"

// Limits that must hold whatever the hostile instance does.
const (
	mostKeeper  = 60 << 20 // bytes of memory, at any moment
	mostDelay   = 1.10     // how much more berth's orders are slowed than what they are made of; checked only in long runs
	manyCores   = 16       // from here on it is checked too how much slower the orders are, whatever they are made of
	longEnough  = 5 * time.Minute
	honestOnes  = 20
	windowsEach = 4 // at least; windows with and without the attack alternate, so other load is in both
)

// attack runs all attacks at once, in endless loops: through the instance's files, programs, ports, logs and its own
// API key. Each loop runs in a subshell, so that an attack that ends its shell doesn't end the others.
const attack = `
B=/bin/busybox; api=${VAST_URL#http://}; host=${api%:*}; port=${api#*:}; me=/api/v0/instances/$CONTAINER_ID/
ask() { printf '%s %s HTTP/1.0\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}' "$1" "$2" "$3" | nc "$host" "$port" >/dev/null; }
evil() { while :; do while [ -e /rest ]; do $B sleep 0.2; done; "$@"; $B sleep 0.2; done; }
status() {
	for kind in pipe device link huge folder; do
		rm -rf /.berth/status.json /.berth/installed.json
		case $kind in
		pipe) $B mkfifo /.berth/status.json /.berth/installed.json ;;
		device) $B mknod /.berth/status.json c 10 130 ;;
		link) ln -s /proc/kcore /.berth/status.json ;;
		huge) yes '{"keys":[' | $B head -c 30000000 >/.berth/status.json ;;
		folder) mkdir -p /.berth/status.json/a/b/c ;;
		esac 2>/dev/null
		$B sleep 0.3
	done
}
program() { rm -f /.berth/guest; printf '#!/bin/sh\nexec /bin/yes "%s"\n' endless >/.berth/guest; $B chmod +x /.berth/guest; }
plant() {
	mkdir -p /workspace/results; rm -rf /workspace/results/*; ln -s ../.ssh /workspace/results/ckpt; $B sleep 0.4
	rm /workspace/results/ckpt; mkdir /workspace/results/ckpt; echo evil >/workspace/results/ckpt/authorized_keys
	$B chmod 777 /workspace/results/ckpt; $B mkfifo "$(printf '/workspace/results/\033]52;c;ZXZpbA==\007')"; $B sleep 0.4
}
flood() { yes "$(printf '\033]52;c;ZXZpbA==\007 log')" | $B head -c 3000000 >/proc/1/fd/1; }
forks() { n=0; while [ $n -lt 80 ]; do ($B sleep 0.5 &); n=$((n+1)); done; }
door() { printf 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:CANARY/\r\n\r\n' | $B nc -l -p 8081 >/dev/null; yes | $B nc -l -p 8081 >/dev/null; }
garbage() { $B head -c 100000 /dev/urandom | nc "$host" "$port" >/dev/null; }
slow() { n=0; while [ $n -lt 20 ]; do ($B sleep 3 | nc "$host" "$port" >/dev/null &); n=$((n+1)); done; $B sleep 3; }
wrong() { ask GET "$me" nonsense; ask GET /api/v0/instances/NEIGHBOUR/ "$CONTAINER_API_KEY"; ask DELETE /api/v0/instances/NEIGHBOUR/ "$CONTAINER_API_KEY"; }
logs() { ask PUT "/api/v0/instances/request_logs/$CONTAINER_ID/" "$CONTAINER_API_KEY"; }
for one in status program plant flood forks door garbage slow wrong logs; do (evil $one >/dev/null 2>&1 &); done
`

// The hostile instance attacks honest instances and everything that reads from it.
func TestAHostileInstanceHarmsNobodyElse(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes its time, which -short has not")
	}
	last := 24 * time.Second
	if text := os.Getenv(hostileFor); text != "" {
		var err error
		if last, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	s := newSiege(t)
	windows := max(windowsEach, int(last/(30*time.Second)))
	each := last / time.Duration(2*windows)
	without, with := &orders{}, &orders{}
	for range windows {
		s.window(each, s.hostile, without)
		s.window(each, s.idler, with)
	}
	t.Logf("the keeper had at most %.1f MB; what makes it look into one or the other was asked for %d times", float64(s.most.Load())/(1<<20), s.asked.Load())
	// The hostile instance may use its share of the machine, and what the engine does for it counts as nobody's: so
	// everything is slower beside it, with berth or without. Each order stands beside what it is made of, in which berth
	// has no part: a request whose body is on the disk before it is answered, and the engine's own exec. What berth adds
	// is the ratio of both ratios. Where there are cores for everybody, the orders themselves may not be slower.
	for _, kind := range [][2]string{{"label", "bare"}, {"key", "exec"}} {
		of := func(kind string) float64 {
			a, b := without.of(kind), with.of(kind)
			t.Logf("%-5s without: %v; with: %v; %.2f times", kind, a, b, float64(b.p99)/float64(a.p99))
			return float64(b.p99) / float64(a.p99)
		}
		order := of(kind[0])
		slowed := order / max(of(kind[1]), 1) // luck of what it is made of excuses no order
		t.Logf("%s is slowed %.2f times as much as %s", kind[0], slowed, kind[1])
		if last >= longEnough && slowed > mostDelay {
			t.Errorf("%s: the slowest percent is slowed %.2f times as much as that of %s", kind[0], slowed, kind[1])
		}
		if last >= longEnough && runtime.NumCPU() >= manyCores && order > mostDelay {
			t.Errorf("%s: the slowest percent takes %.2f times as long, on %d cores", kind[0], order, runtime.NumCPU())
		}
	}
	s.unharmed()
}

// A siege is a keeper with its instances, and a home folder that copies go to.
type siege struct {
	*house
	api, key  string
	idler     string // uses as much of the machine as the hostile one, but does no harm
	hostile   string
	honest    []string
	keyed     string // an honest instance with SSH keys
	user      string // the home folder that copies go to; before is its content at the start
	before    string
	canary    net.Listener // a service of the machine that instances must not reach
	visits    atomic.Int64
	most      atomic.Int64 // most memory of the keeper, in bytes
	asked     atomic.Int64
	keeperPID int
}

func newSiege(t *testing.T) *siege {
	s := &siege{house: newHouse(t), user: t.TempDir()}
	config := filepath.Join(strings.TrimPrefix(s.env[slices.IndexFunc(s.env, func(v string) bool {
		return strings.HasPrefix(v, "XDG_CONFIG_HOME=") && !slices.Contains(os.Environ(), v)
	})], "XDG_CONFIG_HOME="), "berth")
	must(t, os.MkdirAll(config, 0o755))
	must(t, os.WriteFile(filepath.Join(config, "config.toml"), []byte("disk_reserve = 1\nmemory_reserve = 1\nhost_services = 'open'\n"), 0o600))
	must(t, os.MkdirAll(filepath.Join(s.user, ".ssh"), 0o700))
	must(t, os.WriteFile(filepath.Join(s.user, ".ssh", "authorized_keys"), []byte("mine"), 0o600))
	s.before = s.picture()
	s.watch()
	s.serve()
	image := enginetest.Image(t, s.engine)
	t.Cleanup(s.destroyAll) // before their image is removed
	for n := range honestOnes {
		s.honest = append(s.honest, s.launch(image, "entrypoint", fmt.Sprintf("args = []\nentrypoint = ['/bin/sleep','infinity']\nlabel = 'honest-%d'\n", n)))
	}
	s.keyed = s.launch(image, "ssh", "")
	busy := `mkdir -p /workspace/results/ckpt; echo mine >/workspace/results/ckpt/weights
for n in 1 2 3 4 5 6 7 8; do (while :; do [ -e /rest ] && /bin/busybox sleep 0.2; done &); done`
	s.idler = s.launch(image, "ssh", "onstart = '''\n"+busy+"\n'''\n")
	script := strings.NewReplacer("CANARY", strconv.Itoa(s.canary.Addr().(*net.TCPAddr).Port), "NEIGHBOUR", s.honest[0]).Replace(attack)
	s.hostile = s.launch(image, "ssh", "options = '-p 8081 -e OPEN_BUTTON_PORT=8081'\nonstart = '''"+script+"'''\n")
	s.allRun()
	out, errs, code := s.berth("account", "key", "new", "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	for word := range strings.FieldsFuncSeq(out, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }) {
		if len(word) == 64 {
			s.key = word
		}
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// watch starts the canary service, which counts its connections.
func (s *siege) watch() {
	var err error
	s.canary, err = net.Listen("tcp", "127.0.0.1:0")
	must(s.t, err)
	s.t.Cleanup(func() { s.canary.Close() })
	go func() {
		for {
			c, err := s.canary.Accept()
			if err != nil {
				return
			}
			s.visits.Add(1)
			_ = c.Close()
		}
	}()
}

// serve starts the keeper and watches its memory.
func (s *siege) serve() {
	c := exec.Command(os.Args[0], "serve")
	c.Env = append(slices.Clone(s.env), "GOCOVERDIR=")
	must(s.t, c.Start())
	s.keeperPID = c.Process.Pid
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	s.t.Cleanup(func() { // runs before house.clear, which stops the keeper
		select {
		case <-ended:
			s.t.Error("the keeper ended")
		default:
		}
	})
	deadline := time.Now().Add(time.Minute)
	for s.keeper() != s.keeperPID && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	go func() {
		for ; ; time.Sleep(100 * time.Millisecond) {
			select {
			case <-ended:
				return
			default:
			}
			if now := residentOf(s.keeperPID); now > s.most.Load() {
				s.most.Store(now)
			}
		}
	}()
}

// residentOf returns a process's resident memory in bytes.
func residentOf(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

func (s *siege) launch(image, mode, more string) (id string) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "order.toml")
	must(s.t, os.WriteFile(file, []byte("image = '"+image+"'\nmode = '"+mode+"'\nshare = 0.02\ndisk = 10\n"+more), 0o600))
	out, errs, code := s.berth("launch", "--file", file, "--wait", "--json")
	var i struct {
		ID int `json:"id"`
	}
	if err := json.Unmarshal([]byte(out), &i); err != nil || code != 0 {
		s.t.Fatalf("launch: %v %s %s", err, out, errs)
	}
	s.promiseLess(i.ID)
	return strconv.Itoa(i.ID)
}

// allRun waits until all instances run.
func (s *siege) allRun() {
	s.t.Helper()
	for late := time.Now().Add(3 * time.Minute); time.Now().Before(late); time.Sleep(200 * time.Millisecond) {
		if !slices.ContainsFunc(s.ls(), func(i wire.Instance) bool { return i.ActualStatus == nil || *i.ActualStatus != "running" }) {
			return
		}
	}
	s.t.Fatal("not all of them run")
}

// promiseLess reduces an instance's disk in the ledger to almost nothing, because test machines have no room for all
// instances.
func (s *siege) promiseLess(id int) {
	s.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.home, "berth.db"))
	must(s.t, err)
	_, err = db.ExecContext(s.t.Context(), "PRAGMA busy_timeout = 10000; UPDATE instances SET disk = 1 WHERE id = ?", id)
	must(s.t, errors.Join(err, db.Close()))
}

func (s *siege) destroyAll() {
	for _, i := range s.ls() {
		s.berth("destroy", "--yes", strconv.Itoa(int(i.ID)))
	}
	for range 600 {
		if len(s.ls()) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Errorf("there still are %d instances", len(s.ls()))
}

// window measures honest orders for a duration. One of hostile and idler rests meanwhile. For the other, it calls
// everything that makes the keeper read from that instance.
func (s *siege) window(d time.Duration, rests string, o *orders) {
	awake := s.hostile
	if rests == awake {
		awake = s.idler
	}
	resting := s.container(rests)
	s.docker("exec", resting, "/bin/busybox", "touch", "/rest")
	defer s.docker("exec", resting, "/bin/busybox", "rm", "/rest")
	ctx, cancel := context.WithTimeout(s.t.Context(), d)
	defer cancel()
	var all sync.WaitGroup
	for _, do := range []func(id string){s.changeKeys, s.copyOut, s.readLogs} {
		all.Go(func() {
			for ; ctx.Err() == nil; s.asked.Add(1) {
				do(awake)
			}
		})
	}
	bare := s.bare()
	defer bare.Close()
	keyed := s.container(s.keyed)
	const key = `{"ssh_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlRPD6iA9e2mQ9TQ6n0S1d4oZkM5n1bq3lT0H6wZb9K k"}`
	for n := 0; ctx.Err() == nil; n++ {
		id := s.honest[n%len(s.honest)]
		o.time(s.t, "label", func() error {
			return s.ask("PUT", "/api/v0/instances/"+id+"/", fmt.Sprintf(`{"label":"honest-%d"}`, n))
		})
		o.time(s.t, "bare", func() error { return s.send("PUT", bare.URL, fmt.Sprintf(`{"label":"honest-%d"}`, n)) })
		if n%5 == 0 {
			o.time(s.t, "exec", func() error {
				s.docker("exec", keyed, "/bin/busybox", "true")
				return nil
			})
			o.time(s.t, "key", func() error { return s.ask("POST", "/api/v0/instances/"+s.keyed+"/ssh/", key) })
		}
		time.Sleep(40 * time.Millisecond)
	}
	all.Wait()
}

// bare is a web server that puts what it is told on the disk, where the ledger is, before it answers.
func (s *siege) bare() *httptest.Server {
	var one sync.Mutex
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		f, err := os.OpenFile(filepath.Join(s.home, "bare"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = io.Copy(f, r.Body)
			err = errors.Join(err, f.Sync(), f.Close())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
}

// container finds an instance's container by labels: another berth on the same engine may use the same name.
func (s *siege) container(id string) string {
	s.t.Helper()
	c := exec.Command("docker", "ps", "--quiet", "--filter", "label=berth.id="+id, "--filter", "label=berth.home="+s.home)
	c.Env = s.env
	out, err := c.Output()
	if err != nil || len(out) == 0 {
		s.t.Fatalf("no container of instance %s: %v", id, err)
	}
	return strings.TrimSpace(string(out))
}

func (s *siege) docker(words ...string) {
	s.t.Helper()
	c := exec.Command("docker", words...)
	c.Env = s.env
	if out, err := c.CombinedOutput(); err != nil {
		s.t.Errorf("docker %v: %v %s", words, err, out)
	}
}

// ask sends a request to the keeper's API with the account's key, and returns an error if it fails.
func (s *siege) ask(method, path, body string) error {
	if s.api == "" {
		s.api = "http://127.0.0.1:" + s.port()
	}
	return s.send(method, s.api+path, body)
}

// send sends a request with the account's key.
func (s *siege) send(method, at, body string) error {
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, at, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %d %s", method, at, a.StatusCode, text)
	}
	return err
}

// port returns the API's port, as an instance's environment has it.
func (s *siege) port() string {
	c := exec.Command("docker", "inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", s.container(s.honest[0]))
	c.Env = s.env
	out, err := c.Output()
	must(s.t, err)
	for line := range strings.Lines(string(out)) {
		if url, is := strings.CutPrefix(strings.TrimSpace(line), "VAST_URL="); is {
			return url[strings.LastIndex(url, ":")+1:]
		}
	}
	s.t.Fatal("no VAST_URL")
	return ""
}

// changeKeys makes the keeper run the instance's program.
func (s *siege) changeKeys(id string) {
	_ = s.ask("POST", "/api/v0/instances/"+id+"/ssh/", `{"ssh_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDdFQ0tNcW5uV3JkT0Z2cHhCc1R5UXpLbUpoR2ZEc0Fx h"}`)
	time.Sleep(100 * time.Millisecond)
}

// copyOut copies the instance's files to the home folder.
func (s *siege) copyOut(id string) {
	c := exec.Command(os.Args[0], "cp", id+":/workspace/results", s.user)
	c.Env, c.WaitDelay = s.env, time.Second
	_ = c.Run() // a refusal is printed and expected
	time.Sleep(200 * time.Millisecond)
}

// readLogs makes the keeper read the instance's flood of output.
func (s *siege) readLogs(id string) {
	_ = s.ask("PUT", "/api/v0/instances/request_logs/"+id+"/", `{}`)
	time.Sleep(time.Second)
}

// unharmed checks everything that an attack could have changed.
func (s *siege) unharmed() {
	if now := s.most.Load(); now == 0 || now > mostKeeper {
		s.t.Errorf("the keeper had %d MB, want at most %d", now>>20, mostKeeper>>20)
	}
	if s.keeper() != s.keeperPID {
		s.t.Error("another process is the keeper")
	}
	if n := s.visits.Load(); n > 0 {
		s.t.Errorf("a service of the machine's own was visited %d times", n)
	}
	if now := s.picture(); now != s.before {
		s.t.Errorf("beside what was copied there is\n%swas\n%s", now, s.before)
	}
	alive := map[string]bool{}
	for _, i := range s.ls() {
		alive[strconv.Itoa(int(i.ID))] = i.ActualStatus != nil && *i.ActualStatus == "running"
	}
	for _, id := range append(slices.Clone(s.honest), s.keyed) {
		if !alive[id] {
			s.t.Errorf("the honest %s doesn't run", id)
		}
	}
}

// picture returns the content of the home folder, without the copied files.
func (s *siege) picture() string {
	var all bytes.Buffer
	must(s.t, filepath.WalkDir(s.user, func(name string, d os.DirEntry, err error) error {
		if err != nil || name == filepath.Join(s.user, "results") || name == s.user {
			if d != nil && d.IsDir() && name != s.user {
				return filepath.SkipDir
			}
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, _ := os.ReadFile(name)
		fmt.Fprintln(&all, name, info.Mode(), string(text))
		return nil
	}))
	return all.String()
}

// orders are the durations of honest orders, by kind.
type orders struct{ took map[string][]time.Duration }

func (o *orders) time(t *testing.T, kind string, do func() error) {
	begun := time.Now()
	if err := do(); err != nil {
		t.Errorf("an honest %s: %v", kind, err)
	}
	if o.took == nil {
		o.took = map[string][]time.Duration{}
	}
	o.took[kind] = append(o.took[kind], time.Since(begun))
}

// spread summarizes the durations of a kind: half are below p50, 99 % are below p99.
type spread struct {
	n             int
	p50, p99, max time.Duration
}

func (s spread) String() string {
	return fmt.Sprintf("p50 %v, p99 %v, max %v of %d", s.p50, s.p99, s.max, s.n)
}

func (o *orders) of(kind string) spread {
	all := slices.Sorted(slices.Values(o.took[kind]))
	if len(all) == 0 {
		return spread{}
	}
	at := func(q float64) time.Duration {
		return all[min(len(all)-1, int(q*float64(len(all))))].Round(10 * time.Microsecond)
	}
	return spread{len(all), at(.5), at(.99), at(1)}
}
