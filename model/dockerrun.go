package model

import (
	"fmt"
	"strconv"
	"strings"
)

// DockerRun writes what an order gets as a docker run that can be pasted into a shell. It is as near as the
// engine's own command comes: our launcher, with its SSH server and Jupyter, is not part of it, and a first
// line says so; nor are the variables that only berth sets. A port without a lease yet is left for the engine
// to choose.
func DockerRun(o Order, p Plan) string {
	o = o.WithDefaults()
	r := runLine{}
	r.comment(o)
	r.identityPorts(p.Ports)
	r.add("docker", "run", "-d")
	r.resources(p)
	if p.Hostname != "" {
		r.add("--hostname", p.Hostname)
	}
	for _, v := range p.Env {
		r.add("-e", v.Name+"="+v.Value)
	}
	for _, port := range p.Ports {
		r.port(port)
	}
	entrypoint, args := processOf(o)
	if entrypoint != "" {
		r.add("--entrypoint", entrypoint)
	}
	r.add(append([]string{o.Image}, args...)...)
	return strings.Join(r.before, "") + strings.Join(r.lines, " \\\n  ")
}

// processOf is what runs first in the container. Under a launcher it is the on-start script, kept alive after
// its end as the launcher keeps the instance alive.
func processOf(o Order) (entrypoint string, args []string) {
	if !o.Mode.Launcher() {
		args = append(args, o.Entrypoint...)
		if len(args) > 0 {
			entrypoint, args = args[0], args[1:]
		}
		return entrypoint, append(args, o.Args...)
	}
	if strings.TrimSpace(o.OnStart) == "" {
		return "sleep", []string{"infinity"}
	}
	return "bash", []string{"-c", strings.TrimRight(o.OnStart, "\n") + "\nexec sleep infinity"}
}

// A runLine gathers a command, a flag and its values to a line.
type runLine struct {
	before []string // whole lines that go first
	lines  []string
}

func (r *runLine) add(words ...string) { r.lines = append(r.lines, JoinWords(words)) }

// comment says what the command leaves out.
func (r *runLine) comment(o Order) {
	switch o.Mode {
	case ModeSSH:
		r.before = append(r.before, "# without berth's launcher: no SSH server on port 22\n")
	case ModeJupyter:
		r.before = append(r.before, "# without berth's launcher: no SSH server on port 22, no Jupyter on 8080\n")
	case ModeEntrypoint: // has no launcher
	}
}

// resources writes the share, the GPUs and the disk. Sizes are in MiB, which the engine reads exactly.
func (r *runLine) resources(p Plan) {
	if len(p.GPUs) > 0 {
		ids := make([]string, len(p.GPUs))
		for i, id := range p.GPUs {
			ids[i] = string(id)
		}
		// The inner quotes are docker's: its flag is a list of fields, and these commas are inside one.
		r.lines = append(r.lines, `--gpus '"device=`+strings.Join(ids, ",")+`"'`)
	}
	mebibytes := func(b Bytes) string { return strconv.FormatInt(int64(b/MiB), 10) + "m" }
	s := p.Share
	for _, f := range []struct {
		flag, value string
		set         bool
	}{
		{"--cpu-shares", strconv.Itoa(s.CPUShares), s.CPUShares > 0},
		{"--memory", mebibytes(s.MemoryMax), s.MemoryMax > 0},
		{"--memory-reservation", mebibytes(s.Memory), s.Memory > 0},
		{"--shm-size", mebibytes(s.Shm), s.Shm > 0},
		{"--oom-score-adj", strconv.Itoa(s.OOMScore), s.OOMScore > 0},
		{"--pids-limit", strconv.Itoa(s.Pids), s.Pids > 0},
		{"--storage-opt", fmt.Sprintf("size=%d", p.Disk), p.DiskHold == DiskEnforced && p.Disk > 0},
	} {
		if f.set {
			r.add(f.flag, f.value)
		}
	}
	for _, c := range DroppedCaps() {
		r.add("--cap-drop", c)
	}
}

// DroppedCaps are the capabilities of an engine's default set that no instance gets: packets under another's
// address, device files that a reader outside would open, words in the machine's audit log, and files that give
// capabilities to whoever runs them.
func DroppedCaps() []string { return []string{"NET_RAW", "MKNOD", "AUDIT_WRITE", "SETFCAP"} }

// identityPorts draws a number for each port that is to be the same inside and outside, which docker's own
// flag has no way to ask for.
func (r *runLine) identityPorts(ports []Port) {
	for _, p := range ports {
		if p.drawn() {
			r.before = append(r.before, fmt.Sprintf("P%d=$(shuf -n 1 -i 20000-29999)\n", p.Asked))
		}
	}
}

// drawn reports whether a port is an identity port whose number isn't known yet.
func (p Port) drawn() bool { return p.Asked >= IdentityBase && p.External == 0 }

func (r *runLine) port(p Port) {
	name := fmt.Sprintf("VAST_%s_PORT_%d", strings.ToUpper(string(p.Protocol)), p.Asked)
	suffix := ""
	if p.Protocol != TCP {
		suffix = "/" + string(p.Protocol)
	}
	switch {
	case p.drawn():
		number := fmt.Sprintf("$P%d", p.Asked)
		r.lines = append(r.lines, fmt.Sprintf("-p %s:%s%s -e %s=%s", number, number, suffix, name, number))
	case p.External == 0:
		r.add("-p", strconv.Itoa(p.Internal)+suffix)
	default:
		r.add("-p", fmt.Sprintf("%d:%d%s", p.External, p.Internal, suffix), "-e", fmt.Sprintf("%s=%d", name, p.External))
	}
}
