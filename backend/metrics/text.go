package metrics

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// contentType is that of Prometheus' text format.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// A metric is a name with its meaning, and the names of the labels that tell its samples apart.
type metric struct {
	name, help, kind string
	labels           []string
}

func gauge(name, help string, labels ...string) *metric {
	return &metric{name, help, "gauge", labels}
}

func counter(name, help string, labels ...string) *metric {
	return &metric{name, help, "counter", labels}
}

// A page has the samples of each metric, a line each.
type page map[*metric][]string

// send adds a sample. It has a value for each label of its metric.
func (p page) send(m *metric, value float64, labels ...string) {
	p.sendPart(m, "", value, labels...)
}

// sendPart adds a sample under a metric's name with an ending, as a summary has of its sum and its count.
func (p page) sendPart(m *metric, part string, value float64, labels ...string) {
	pairs := make([]string, len(m.labels))
	for n, name := range m.labels {
		pairs[n] = name + `="` + labelValue.Replace(strings.ToValidUTF8(labels[n], "\uFFFD")) + `"`
	}
	slices.Sort(pairs)
	line := m.name + part
	if len(pairs) > 0 {
		line += "{" + strings.Join(pairs, ",") + "}"
	}
	p[m] = append(p[m], line+" "+strconv.FormatFloat(value, 'g', -1, 64)+"\n")
}

// labelValue escapes what the format gives a meaning to.
var labelValue = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// text is the page in Prometheus' text format, the same for the same samples.
func (p page) text() []byte {
	all := make([]*metric, 0, len(p))
	for m := range p {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *metric) int { return strings.Compare(a.name, b.name) })
	var b bytes.Buffer
	for _, m := range all {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", m.name, m.help, m.name, m.kind)
		lines := p[m]
		slices.Sort(lines)
		for _, line := range lines {
			b.WriteString(line)
		}
	}
	return b.Bytes()
}
