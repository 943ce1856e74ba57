package faults

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"

	_ "modernc.org/sqlite" // reads the ledger past berth
)

// A kind is how something went wrong.
type kind string

const (
	lost   kind = "lost"        // an order, or what nobody had ordered to end
	left   kind = "left over"   // what is nobody's
	double kind = "doubly held" // a GPU or a port
)

// A finding is one thing that is wrong.
type finding struct {
	kind
	text string
}

func (f finding) String() string { return string(f.kind) + ": " + f.text }

func (w *town) find(k kind, format string, args ...any) {
	w.found = append(w.found, finding{k, fmt.Sprintf(format, args...)})
}

// A row is what the ledger says of one instance.
type row struct {
	id                                model.InstanceID
	intent, phase, message, container string
	starting                          bool
	gpus                              []string
	ports                             []int
}

// A sight is everything at one moment.
type sight struct {
	rows       map[model.InstanceID]*row
	containers map[string]engine.Container
	given      map[model.InstanceID][]string // the GPUs that a start was handed, as a spec says them
	listening  []int
	files      []string
}

// blindness is how much longer than a town's patience looks may take that fail. A busy machine's engine answers late, and
// whoever hasn't seen the town can't judge it.
const blindness = 5 * time.Minute

// settle waits until all is well, and finds what isn't when time is up. Nothing may be held doubly, however shortly.
func (w *town) settle(patience time.Duration) {
	var wrong []finding
	late := time.Now().Add(patience)
	for last := late.Add(blindness); ; time.Sleep(100 * time.Millisecond) {
		began := time.Now()
		s, err := w.see()
		if err != nil {
			wrong = []finding{{lost, err.Error()}}
			late = earlier(late.Add(time.Since(began)), last)
		} else {
			w.adopt(s)
			wrong = w.judge(s)
		}
		if slices.ContainsFunc(wrong, func(f finding) bool { return f.kind == double }) {
			break
		}
		if len(wrong) == 0 {
			w.settled(s)
			return
		}
		if time.Now().After(late) {
			break
		}
	}
	w.found = append(w.found, wrong...)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// adopt takes in the instance of a launch whose command was refused or killed.
func (w *town) adopt(s *sight) {
	for id, r := range s.rows {
		if w.crew[id] == nil && !w.ended[id] && r.intent == string(model.WantRunning) {
			w.crew[id] = &member{id: id, wants: w.runsOrFails()}
		}
	}
}

// settled notes how everything is.
func (w *town) settled(s *sight) {
	for id, m := range w.crew {
		r, there := s.rows[id]
		if !there {
			delete(w.crew, id)
			w.ended[id] = true
			continue
		}
		m.wants = []model.Phase{model.Phase(r.phase)}
		m.container, m.started = r.container, s.containers[r.container].StartedAt
		m.anew, m.remade, m.same = false, false, false
	}
}

// see looks at ledger, engine, ports and files.
func (w *town) see() (*sight, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s := &sight{containers: map[string]engine.Container{}, given: map[model.InstanceID][]string{}}
	all, err := w.engine.Docker.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c, err = w.engine.Docker.Inspect(ctx, c.ID); err != nil {
			return nil, err
		}
		s.containers[c.ID] = c
	}
	if s.rows, err = w.rows(ctx); err != nil {
		return nil, err
	}
	for id := range s.rows {
		text, err := os.ReadFile(filepath.Join(w.home, "simulated", id.String()))
		if err == nil {
			s.given[id] = strings.Fields(string(text))
		}
	}
	s.listening = w.listening()
	s.files, err = filepath.Glob(filepath.Join(w.home, "*"))
	if err != nil {
		return nil, err
	}
	more, err := filepath.Glob(filepath.Join(w.home, "simulated", "*"))
	s.files = append(s.files, more...)
	return s, err
}

// rows reads the ledger past berth.
func (w *town) rows(ctx context.Context) (map[model.InstanceID]*row, error) {
	db, err := w.ledger()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil) // one moment
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	found := map[model.InstanceID]*row{}
	if err := scan(ctx, tx, "SELECT id, intent, phase, message, container, starting > 0 FROM instances", func(read func(...any) error) error {
		r := &row{}
		err := read(&r.id, &r.intent, &r.phase, &r.message, &r.container, &r.starting)
		found[r.id] = r
		return err
	}); err != nil {
		return nil, err
	}
	if err := scan(ctx, tx, "SELECT instance, gpu_uuid FROM gpu_leases ORDER BY instance, position", func(read func(...any) error) error {
		var id model.InstanceID
		var gpu string
		err := read(&id, &gpu)
		if found[id] == nil {
			found[id] = &row{id: id, phase: "no row"}
		}
		found[id].gpus = append(found[id].gpus, gpu)
		return err
	}); err != nil {
		return nil, err
	}
	return found, scan(ctx, tx, "SELECT instance, host_port FROM port_leases ORDER BY host_port", func(read func(...any) error) error {
		var id model.InstanceID
		var port int
		err := read(&id, &port)
		if found[id] == nil {
			found[id] = &row{id: id, phase: "no row"}
		}
		found[id].ports = append(found[id].ports, port)
		return err
	})
}

// ledger opens the ledger's file if it is there.
func (w *town) ledger() (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+filepath.Join(w.home, "berth.db")+"?mode=rw&_busy_timeout=5000")
}

func scan(ctx context.Context, tx *sql.Tx, query string, take func(read func(...any) error) error) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// listening are the ports of instances that somebody listens at, in the engine's network.
func (w *town) listening() []int {
	var ports []int
	for _, table := range []string{"tcp", "tcp6"} {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", w.engine.PID(), table))
		for line := range strings.Lines(string(text)) {
			cells := strings.Fields(line)
			if len(cells) < 4 || cells[3] != "0A" {
				continue
			}
			_, hex, _ := strings.Cut(cells[1], ":")
			if port, err := strconv.ParseInt(hex, 16, 32); err == nil && port >= 20000 && port < 30000 {
				ports = append(ports, int(port))
			}
		}
	}
	return ports
}

// known are the files of a state folder in which all is well.
var known = regexp.MustCompile(`^(api\.sock|berth\.db(-wal|-shm)?|ca\.(crt|key)|(keeper|service)\.lock|labels\.key|outage\.json|simulated)$`)

// judge finds what is wrong.
func (w *town) judge(s *sight) []finding {
	j := judgement{w: w, sight: s, on: map[string]string{}, bound: map[int]string{}}
	for _, id := range slices.Sorted(maps.Keys(s.rows)) {
		j.instance(s.rows[id])
		if w.crew[id] == nil {
			j.find(left, "%s, %s, which nobody has ordered or which was destroyed", id, s.rows[id].phase)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.crew)) {
		j.member(w.crew[id])
	}
	for _, c := range s.containers {
		j.container(c)
	}
	for id, started := range w.strangers {
		if c, there := s.containers[id]; !there || !c.StartedAt.Equal(started) || c.State != engine.Running {
			j.find(lost, "a stranger: %+v", c.State)
		}
	}
	for _, port := range s.listening {
		if j.bound[port] == "" && !w.killed { // an engine that was killed listens at ports of nobody's until it starts anew
			j.find(left, "somebody listens at %d", port)
		}
	}
	for _, path := range s.files {
		name := filepath.Base(path)
		id, err := model.ParseInstanceID(name)
		if err == nil && s.given[id] != nil && s.rows[id] != nil && !strings.Contains(name, "-") || known.MatchString(name) {
			continue
		}
		j.find(left, "the file %s", name)
	}
	return j.found
}

// A judgement is under way.
type judgement struct {
	w *town
	*sight
	found []finding
	on    map[string]string // GPUs, and who runs on them
	bound map[int]string    // the same of ports
}

func (j *judgement) find(k kind, format string, args ...any) {
	j.found = append(j.found, finding{k, fmt.Sprintf(format, args...)})
}

// instance compares what the ledger says of an instance with what its container has.
func (j *judgement) instance(r *row) {
	c, there := j.containers[r.container]
	runs := there && c.Alive()
	name := fmt.Sprintf("%s, %s", r.id, r.phase)
	switch {
	case r.phase == "no row":
		j.find(left, "leases of %s, which is gone", r.id)
	case runs:
		j.running(r, c, name)
	case model.Phase(r.phase).Settled() && (len(r.gpus) > 0 || j.given[r.id] != nil):
		j.find(left, "%s holds GPUs and doesn't run: %v, spec %v", name, r.gpus, j.given[r.id])
	}
	if r.starting && runs && r.phase == string(model.PhaseRunning) {
		j.find(lost, "%s: its start isn't written down", name)
	}
}

// running looks at an instance that runs.
func (j *judgement) running(r *row, c engine.Container, name string) {
	if !model.Phase(r.phase).Settled() && r.phase != string(model.PhaseRunning) {
		return // something is under way with it; member wants it done
	}
	given := slices.Sorted(slices.Values(j.given[r.id]))
	if !slices.Equal(given, slices.Sorted(slices.Values(r.gpus))) {
		j.find(lost, "%s: the ledger says it holds %v, it runs on %v", name, r.gpus, given)
	}
	var ports []int
	for _, p := range c.Ports {
		ports = append(ports, p.External)
	}
	slices.Sort(ports)
	if !slices.Equal(ports, r.ports) {
		j.find(lost, "%s: the ledger says its ports are %v, they are %v", name, r.ports, ports)
	}
}

// container sees that each container is somebody's, and that no two that run have the same.
func (j *judgement) container(c engine.Container) {
	id, err := model.ParseInstanceID(c.Labels[label.ID])
	if _, stranger := j.w.strangers[c.ID]; stranger {
		return
	}
	r := j.rows[id]
	switch {
	case err != nil || c.Labels[label.Home] != j.w.home:
		j.find(left, "container %s %s", c.Name, c.State)
		return
	case r == nil || r.container != c.ID:
		j.find(left, "container %s %s isn't the one in the ledger", c.Name, c.State)
	}
	if !c.Alive() {
		return
	}
	for _, gpu := range j.given[id] {
		if other := j.on[gpu]; other != "" {
			j.find(double, "%s by %s and %s", gpu, other, c.Name)
		}
		j.on[gpu] = c.Name
	}
	for _, p := range c.Ports {
		if other := j.bound[p.External]; other != "" {
			j.find(double, "port %d by %s and %s", p.External, other, c.Name)
		}
		j.bound[p.External] = c.Name
	}
}

// member sees that an instance is as was ordered, and that nobody touched it where nobody should.
func (j *judgement) member(m *member) {
	r, there := j.rows[m.id]
	if !there {
		if !slices.Contains(m.wants, gone) {
			j.find(lost, "%s is gone, want %v", m.id, m.wants)
		}
		return
	}
	c := j.containers[r.container]
	switch phase := model.Phase(r.phase); {
	case !slices.Contains(m.wants, phase):
		j.find(lost, "%s is %s (%s), want %v", m.id, phase, r.message, m.wants)
	case phase == model.PhaseRunning && !c.Alive():
		j.find(lost, "%s is running, its container is %q", m.id, c.State)
	case phase != model.PhaseRunning && c.Alive():
		j.find(lost, "%s is %s, its container runs", m.id, phase)
	case m.same && (r.container != m.container || !c.StartedAt.Equal(m.started)):
		j.find(lost, "%s runs by another start than before, and nobody ordered one", m.id)
	case m.anew && c.Alive() && c.StartedAt.Equal(m.started):
		j.find(lost, "%s wasn't rebooted", m.id)
	case m.remade && c.Alive() && r.container == m.container:
		j.find(lost, "%s wasn't recycled", m.id)
	}
}

// history is what berth has written down last, and what the keeper said.
func (w *town) history() string {
	var out strings.Builder
	if db, err := w.ledger(); err == nil {
		defer db.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if tx, err := db.BeginTx(ctx, nil); err == nil {
			defer tx.Rollback()
			_ = scan(ctx, tx, "SELECT at, instance, actor, verb, detail FROM (SELECT * FROM events ORDER BY id DESC LIMIT 25) ORDER BY id", func(read func(...any) error) error {
				var at, id int64
				var actor, verb, detail string
				err := read(&at, &id, &actor, &verb, &detail)
				fmt.Fprintf(&out, "  %s C.%d %s %s: %s\n", time.Unix(0, at).Format("05.000"), id, actor, verb, detail)
				return err
			})
		}
	}
	text, _ := os.ReadFile(w.log)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, line := range lines[max(0, len(lines)-15):] {
		fmt.Fprintln(&out, "  ", line)
	}
	return out.String()
}

// leave destroys everything by berth, and finds what is still there then.
func (w *town) leave() []finding {
	defer w.clear()
	w.found = nil
	for _, m := range w.crew {
		if _, err := w.berth("destroy", "--yes", m.id.String()); err != nil {
			return []finding{{lost, fmt.Sprintf("destroy %s: %v", m.id, err)}}
		}
		m.wants = []model.Phase{gone}
	}
	w.settle(time.Minute)
	networks, err := w.docker("network", "ls", "--format", "{{.Name}}")
	for _, name := range strings.Fields(networks) {
		if err == nil && !slices.Contains([]string{"bridge", "host", "none", label.Network}, name) {
			w.find(left, "the network %s", name)
		}
	}
	for id := range w.strangers {
		_, _ = w.docker("rm", "-f", id)
	}
	clear(w.strangers)
	return w.found
}
