package model

import (
	"fmt"
	"strconv"
	"strings"
)

// DockerRun writes an order and its plan as a docker run command for a shell. The command leaves out berth's launcher
// with its SSH server and Jupyter, which a first comment line says. It also leaves out the variables that only berth
// sets. For a port without a lease, the engine chooses the external number.
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
	for _, m := range p.Folders {
		r.mount("bind", m.Path, m.At, m.ReadOnly())
	}
	for _, m := range p.Volumes {
		r.mount("volume", m.Volume, m.At, m.ReadOnly)
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

// processOf returns the container's first process. In a mode with a launcher it is the on-start script followed by
// sleep, because the launcher also keeps the instance running after the script ends.
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

// A runLine collects the command, one line for each flag with its values.
type runLine struct {
	before []string // whole lines before the command
	lines  []string
}

func (r *runLine) add(words ...string) { r.lines = append(r.lines, JoinWords(words)) }

// mount writes a folder or a volume.
func (r *runLine) mount(kind, source, target string, readOnly bool) {
	text := fmt.Sprintf("type=%s,source=%s,target=%s", kind, source, target)
	if readOnly {
		text += ",readonly"
	}
	r.add("--mount", text)
}

// comment says what the command leaves out.
func (r *runLine) comment(o Order) {
	switch o.Mode {
	case ModeSSH:
		r.before = append(r.before, "# without berth's launcher: no SSH server on port 22\n")
	case ModeJupyter:
		r.before = append(r.before, "# without berth's launcher: no SSH server on port 22, no Jupyter on 8080\n")
	case ModeEntrypoint: // this mode has no launcher
	}
}

// resources adds the flags for GPUs, share, disk and capabilities. Memory sizes are in MiB, which the engine reads
// exactly.
func (r *runLine) resources(p Plan) {
	if len(p.GPUs) > 0 {
		ids := make([]string, len(p.GPUs))
		for i, id := range p.GPUs {
			ids[i] = string(id)
		}
		// docker needs the inner quotes: the flag's value is a comma-separated list of fields, and these commas are
		// inside one field.
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

// DroppedCaps lists the capabilities of Docker's default set that no instance gets. NET_RAW can send packets with a
// forged source address. MKNOD can make device files that a process outside would open. AUDIT_WRITE writes to the
// machine's audit log. SETFCAP makes files that give capabilities to anyone who runs them.
func DroppedCaps() []string { return []string{"NET_RAW", "MKNOD", "AUDIT_WRITE", "SETFCAP"} }

// identityPorts adds a line that draws a random number for each identity port without a lease. Such a port has the same
// number inside and outside, which docker's -p flag can't ask for.
func (r *runLine) identityPorts(ports []Port) {
	for _, p := range ports {
		if p.drawn() {
			r.before = append(r.before, fmt.Sprintf("P%d=$(shuf -n 1 -i 20000-29999)\n", p.Asked))
		}
	}
}

// drawn reports whether the port is an identity port whose number isn't known yet.
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
