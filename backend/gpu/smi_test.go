//go:build gpu && cgo

package gpu

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"berth/model"
)

// A column is a figure that both nvidia-smi and the reader report.
type column struct {
	query string // nvidia-smi's name for the figure
	ours  func(Sample, model.Device) string
	// slack is the largest difference allowed between two readings that are a moment apart. If negative, both must be
	// the same text.
	slack float64
}

const exact = -1

var columns = []column{
	{"uuid", func(_ Sample, d model.Device) string { return string(d.ID) }, exact},
	{"name", func(_ Sample, d model.Device) string { return d.Model }, exact},
	{"pci.bus_id", func(_ Sample, d model.Device) string { return d.PCI }, exact},
	{"driver_version", func(s Sample, _ model.Device) string { return s.Driver }, exact},
	{"memory.total", func(_ Sample, d model.Device) string { return mebibytes(model.Known(d.Memory)) }, 0},
	{"memory.used", func(_ Sample, d model.Device) string { return mebibytes(d.MemoryUsed) }, 64},
	{"utilization.gpu", func(_ Sample, d model.Device) string { return number(d.Utilization) }, 30},
	{"temperature.gpu", func(_ Sample, d model.Device) string { return number(d.Temperature) }, 3},
	{"power.draw", func(_ Sample, d model.Device) string { return number(d.Power) }, 60},
	{"enforced.power.limit", func(_ Sample, d model.Device) string { return number(d.PowerLimit) }, 0.01},
	{"clocks.sm", func(_ Sample, d model.Device) string { return number(d.Clock) }, 300},
	{"clocks.mem", func(_ Sample, d model.Device) string { return number(d.MemoryClock) }, 0},
}

const unknown = "–"

func number[T ~float64](m model.Maybe[T]) string {
	v, known := m.Get()
	if !known {
		return unknown
	}
	return strconv.FormatFloat(float64(v), 'f', -1, 64)
}

// mebibytes rounds down, as nvidia-smi does.
func mebibytes(m model.Maybe[model.Bytes]) string {
	v, known := m.Get()
	if !known {
		return unknown
	}
	return strconv.FormatInt(int64(v/model.MiB), 10)
}

// smi runs a query of nvidia-smi and returns its rows.
func smi(t *testing.T, query string) [][]string {
	t.Helper()
	out, err := exec.Command("nvidia-smi", query, "--format=csv,noheader,nounits").Output()
	if err != nil {
		t.Fatalf("nvidia-smi %s: %v", query, err)
	}
	r := csv.NewReader(strings.NewReader(string(out)))
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatalf("nvidia-smi %s: %v", query, err)
	}
	return rows
}

// TestTheReaderAgreesWithNvidiaSMI compares each figure of each GPU with nvidia-smi. The two programs never read at the
// same moment. So changing figures may differ by their slack, and there are up to five rounds.
func TestTheReaderAgreesWithNvidiaSMI(t *testing.T) {
	reader := Open(func(line string) { t.Log(line) })
	defer reader.Close()
	const rounds = 5
	for round := 1; ; round++ {
		table, faults := compare(t, reader)
		if len(faults) == 0 || round == rounds {
			fmt.Fprint(os.Stdout, table)
			for _, f := range faults {
				t.Error(f)
			}
			return
		}
		time.Sleep(time.Second)
	}
}

// compare does one round. It returns the table, and the figures that don't agree.
func compare(t *testing.T, reader Reader) (table string, faults []string) {
	t.Helper()
	var queries []string
	for _, c := range columns {
		queries = append(queries, c.query)
	}
	rows := smi(t, "--query-gpu="+strings.Join(queries, ","))
	s := reader.Sample(t.Context())
	if !s.Condition.OK {
		t.Fatalf("the driver doesn't answer: %s", s.Condition.Reason)
	}
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "GPU\tfigure\tnvidia-smi\tberth\t")
	for index, row := range rows {
		at := slices.IndexFunc(s.Devices, func(d model.Device) bool { return string(d.ID) == row[0] })
		if at < 0 {
			faults = append(faults, fmt.Sprintf("GPU %d, %s, isn't in the inventory", index, row[0]))
			continue
		}
		if d := s.Devices[at]; d.Index != index || !d.Health.OK {
			faults = append(faults, fmt.Sprintf("GPU %d has index %d and health %+v", index, d.Index, d.Health))
		}
		for i, c := range columns {
			theirs, ours := told(c.query, row[i]), c.ours(s, s.Devices[at])
			verdict := "agrees"
			if !agree(theirs, ours, c.slack) {
				verdict = "DIFFERS"
				faults = append(faults, fmt.Sprintf("GPU %d: %s is %s, read as %s", index, c.query, theirs, ours))
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", index, c.query, theirs, ours, verdict)
		}
	}
	faults = append(faults, compareProcesses(t, s, w)...)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return text.String(), faults
}

// compareProcesses checks that the reader sees each compute process that nvidia-smi sees, on the same GPU.
func compareProcesses(t *testing.T, s Sample, w *tabwriter.Writer) (faults []string) {
	t.Helper()
	for _, row := range smi(t, "--query-compute-apps=gpu_uuid,pid,used_memory") {
		verdict := "agrees"
		seen := slices.ContainsFunc(s.Devices, func(d model.Device) bool {
			return string(d.ID) == row[0] && slices.ContainsFunc(d.Processes, func(p model.Process) bool {
				return strconv.Itoa(p.PID) == row[1] && !p.Graphics && agree(told("", row[2]), mebibytes(p.Memory), 64)
			})
		})
		if !seen {
			verdict = "DIFFERS"
			faults = append(faults, fmt.Sprintf("process %s on %s isn't seen", row[1], row[0]))
		}
		fmt.Fprintf(w, "%s\tprocess\t%s\t%s MiB\t%s\n", row[0], row[1], row[2], verdict)
	}
	return faults
}

// told converts a value of nvidia-smi to ours: [N/A] is unknown, and bus ids are written as the kernel writes them.
func told(query, word string) string {
	word = strings.TrimSpace(word)
	if strings.HasPrefix(word, "[") {
		return unknown
	}
	if query == "pci.bus_id" {
		return strings.TrimPrefix(strings.ToLower(word), "0000")
	}
	return word
}

func agree(theirs, ours string, slack float64) bool {
	a, errA := strconv.ParseFloat(theirs, 64)
	b, errB := strconv.ParseFloat(ours, 64)
	if slack < 0 || errA != nil || errB != nil {
		return theirs == ours
	}
	return math.Abs(a-b) <= slack
}

// TestASweepOfRealGPUsIsQuick limits a sweep to ten milliseconds for each GPU, so that one sweep a second costs little.
func TestASweepOfRealGPUsIsQuick(t *testing.T) {
	reader := Open(func(line string) { t.Log(line) })
	defer reader.Close()
	first := reader.Sample(t.Context())
	if !first.Condition.OK {
		t.Fatalf("the driver doesn't answer: %s", first.Condition.Reason)
	}
	const sweeps = 20
	began := time.Now()
	for range sweeps {
		reader.Sample(t.Context())
	}
	each := time.Since(began) / sweeps
	fmt.Fprintf(os.Stdout, "a sweep of %d GPUs takes %v\n", len(first.Devices), each.Round(10*time.Microsecond))
	if budget := 10 * time.Millisecond * time.Duration(len(first.Devices)); each > budget {
		t.Errorf("more than %v", budget)
	}
}
