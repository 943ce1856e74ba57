package pane

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/model"
	"berth/ui/theme"
)

// Header is the first line: the machine, what doesn't answer, what is free, and how busy the machine is. Badges (demo,
// simulation) and what doesn't answer come first and are always shown. The rest is dropped step by step if there is no
// room.
func Header(s Scene, width int) string {
	th := s.Theme
	must := append(append([]string{th.Strong.Render("berth")}, badges(s)...), troubles(s)...)
	clock := ""
	if !s.Now.IsZero() {
		clock = s.Now.Format("15:04")
	}
	busy := machineFigures(s)
	least := min(1, len(busy[0])) // the CPU's use is kept longer than the engine's name
	for _, facts := range machineFacts(s) {
		left := " " + strings.Join(append(slices.Clone(must), strings.Join(facts, th.Dim.Render(" "+th.Dot+" "))), "  ")
		for _, figures := range busy {
			right := strings.Join(append(slices.Clone(figures), clock), "  ")
			if len(figures) >= least && theme.Width(left)+2+theme.Width(right) < width {
				return spread(th, left, right, width-1)
			}
		}
		least = 0
	}
	return " " + strings.Join(must, "  ")
}

// machineFacts returns what the header says about the machine: several choices, the longest first.
func machineFacts(s Scene) [][]string {
	name, free := theme.Text(s.Fleet.Host.Name), freeGPUs(s)
	kept := func(facts ...string) []string {
		return slices.DeleteFunc(facts, func(f string) bool { return f == "" })
	}
	devices := len(s.Fleet.Devices)
	kind := ""
	if devices > 0 {
		kind = strconv.Itoa(devices) + s.Theme.Times + " " + gpuModel(s)
	}
	return [][]string{
		kept(name, engineName(s), kind, free),
		kept(name, kind, free),
		kept(name, free),
		kept(free),
	}
}

// badges says what is simulated.
func badges(s Scene) []string {
	var out []string
	if s.Fleet.Host.Demo {
		out = append(out, s.Theme.Badge.Render(" DEMO "))
	}
	if kind := s.Fleet.Host.Simulated; kind != "" {
		out = append(out, s.Theme.Badge.Render(" SIMULATED "+theme.Text(kind)+" "))
	}
	return out
}

// troubles says what doesn't answer and for how long.
func troubles(s Scene) []string {
	if s.Fleet.At.IsZero() {
		return nil
	}
	var out []string
	for _, m := range s.Fleet.Machines {
		if !m.Link.OK && m.Link.Reason != "" {
			out = append(out, s.Theme.Bad.Render(m.Name+": "+m.Away(s.Now)))
		}
	}
	if c := s.Fleet.Engine; !c.OK {
		out = append(out, s.Theme.Bad.Render("docker: "+engineSilence(c, s.Now)))
	}
	if c := s.Fleet.Driver; !c.OK && len(s.Fleet.Devices) > 0 {
		out = append(out, s.Theme.Bad.Render("driver: no answer"+silence(c, s.Now)))
	}
	return out
}

// engineSilence says why the engine can't be reached, or for how long it hasn't answered.
func engineSilence(c model.Condition, now time.Time) string {
	const none = "no answer"
	if short := theme.Text(c.Short); short != "" && short != none {
		return short
	}
	return none + silence(c, now)
}

// silence formats how long ago something last answered, as in " 4 s". It is empty if it never answered.
func silence(c model.Condition, now time.Time) string {
	if c.Since.IsZero() || now.IsZero() {
		return ""
	}
	quiet := model.Age(now.Sub(c.Since))
	return " " + quiet[:len(quiet)-1] + " " + quiet[len(quiet)-1:]
}

func engineName(s Scene) string {
	version := theme.Text(s.Fleet.Host.EngineVersion)
	if !s.Fleet.Engine.OK || version == "" {
		return ""
	}
	if parts := strings.SplitN(version, ".", 3); len(parts) == 3 {
		version = parts[0] + "." + parts[1]
	}
	return "Docker " + version
}

// gpuModel returns the model of all GPUs, or "GPU" if there are several models.
func gpuModel(s Scene) string {
	if mixed(s.Fleet.Devices) {
		return "GPU"
	}
	return theme.Text(s.Fleet.Devices[0].ShortModel())
}

// freeGPUs formats how many GPUs can be given out now.
func freeGPUs(s Scene) string {
	if len(s.Fleet.Devices) == 0 {
		return ""
	}
	free := s.Fleet.FreeGPUs()
	style := s.Theme.Good
	if free == 0 {
		style = s.Theme.Warn
	}
	return style.Render(fmt.Sprintf("%d free", free))
}

// machineFigures returns how busy the machine is: several choices, the longest first, the last one empty. Unknown
// figures are dashes.
func machineFigures(s Scene) [][]string {
	th, m := s.Theme, s.Fleet.Host
	if s.Fleet.At.IsZero() {
		return [][]string{nil}
	}
	use, memory, disk := figure(m.CPU, "%", th.Dash), th.Dash, th.Dash
	if used, known := m.MemoryUsed.Get(); known {
		memory = used.Binary()
	}
	if m.Memory > 0 {
		memory = hostFull.markPart(th, m.MemoryUsed, m.Memory, pair(memory, m.Memory.Binary()))
	}
	if m.DiskTotal > 0 {
		promised := pair(m.DiskPromised.String(), m.DiskTotal.String())
		disk = promisesUp.markPart(th, model.Known(m.DiskPromised), m.DiskTotal, promised) + th.Dim.Render(" promised")
	}
	use = hostBusy.mark(th, float64(m.CPU.Or(0)), fmt.Sprintf("%3s", use))
	cpu, ram := th.Dim.Render("CPU ")+use, th.Dim.Render("RAM ")+memory
	disk = th.Dim.Render("disk ") + disk
	all := [][]string{{cpu, ram, disk}, {cpu, ram}, {cpu}, nil}
	if m.Cores > 0 {
		of := cpu + th.Dim.Render(fmt.Sprintf(" of %d cores", m.Cores))
		all = slices.Insert(all, 0, []string{of, ram, disk})
	}
	return all
}

// pair formats a part and its whole. The unit is written once if both have the same: 412/1007G.
func pair(part, whole string) string {
	if part[len(part)-1] == whole[len(whole)-1] {
		part = part[:len(part)-1]
	}
	return part + "/" + whole
}

// Notices returns the messages that every screen should show, each at most one line: the fleet's notices, that there is
// no keeper, and why the engine or the driver doesn't answer.
func Notices(s Scene) []string {
	if s.Fleet.At.IsZero() {
		return nil
	}
	var out []string
	for _, n := range slices.Concat(s.Fleet.Notices, s.Fleet.Unread) {
		out = append(out, theme.Text(n))
	}
	if k := s.Fleet.Keeper; !k.Here && k.PID == 0 {
		out = append(out, "no keeper runs on this machine: orders wait until one does; berth serve starts one")
	}
	if c := s.Fleet.Engine; !c.OK && c.Reason != "" && len(s.Fleet.Instances) > 0 { // an empty list shows this itself
		out = append(out, theme.Text(c.Reason))
	}
	if c := s.Fleet.Driver; !c.OK && c.Reason != "" && len(s.Fleet.Devices) > 0 {
		out = append(out, theme.Text(c.Reason))
	}
	return out
}
