package emulated

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// A report is a table of what was tried, written anew after each step: a run that is cut short has told what it saw.
type report struct {
	t    testing.TB
	path string
	head string
	rows []row
}

type row struct {
	what, came, seen string
	took             time.Duration
}

func newReport(t testing.TB, head string) *report {
	return &report{t: t, path: os.Getenv("BERTH_MACHINE_REPORT"), head: head}
}

func (r *report) add(what string, failed bool, seen []string, took time.Duration) {
	came := "yes"
	if failed {
		came = "**no**"
	}
	r.rows = append(r.rows, row{what, came, strings.Join(seen, "; "), took})
	if r.path == "" {
		return
	}
	if err := os.WriteFile(r.path, []byte(r.String()), 0o644); err != nil {
		r.t.Error(err)
	}
}

func (r *report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n| tried | held | seen | took |\n|---|---|---|---|\n", r.head)
	for _, one := range r.rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %.0f s |\n", one.what, one.came, cell(one.seen), one.took.Seconds())
	}
	return b.String()
}

// cell is a text as a table's cell has it.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s)
}
