package client

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

// A row has what is shown of an instance.
type row struct {
	ID      int64                `json:"id"`
	Status  *string              `json:"actual_status"`
	GPUs    int                  `json:"num_gpus"`
	Model   *string              `json:"gpu_name"`
	SSHHost *string              `json:"ssh_host"`
	SSHPort *int                 `json:"ssh_port"`
	Label   *string              `json:"label"`
	Image   string               `json:"image_uuid"`
	Address *string              `json:"public_ipaddr"`
	Ports   map[string][]binding `json:"ports"`
}

type binding struct {
	Port string `json:"HostPort"`
}

// show prints one instance, or all that the key may see.
func (p Place) show(a api, c call) error {
	path := "/api/v0/instances/?owner=me"
	if !c.all {
		path = fmt.Sprintf("/api/v0/instances/%d/?owner=me", c.id)
	}
	got, err := a.ask(request{method: "GET", path: path})
	if err != nil {
		if c.raw && got != nil {
			p.printJSON(got)
		}
		return err
	}
	shown, rows, err := read(got, c)
	switch {
	case err != nil:
		return err
	case rows == nil:
		return fault{errNoInstance, fmt.Sprintf("there is no instance %d", c.id)}
	case c.raw:
		p.printJSON(shown)
	case c.quiet:
		for _, r := range rows {
			fmt.Fprintln(p.Out, r.ID)
		}
	default:
		return p.table(rows, !c.all)
	}
	return nil
}

// read extracts the instances from an answer, as JSON and as rows. The rows are nil if the requested instance doesn't
// exist.
func read(got json.RawMessage, c call) (json.RawMessage, []row, error) {
	var found struct {
		Instances json.RawMessage `json:"instances"`
	}
	if err := json.Unmarshal(got, &found); err != nil || found.Instances == nil {
		return nil, nil, errNotHTTP
	}
	if c.all {
		rows := []row{}
		if json.Unmarshal(found.Instances, &rows) != nil {
			return nil, nil, errNotHTTP
		}
		return found.Instances, rows, nil
	}
	var one *row
	if json.Unmarshal(found.Instances, &one) != nil {
		return nil, nil, errNotHTTP
	}
	if one == nil {
		return nil, nil, nil
	}
	return found.Instances, []row{*one}, nil
}

// table prints one line for each instance. The columns have the names that they have in the platform's client. The
// ports follow if ports is set, in the form that they have everywhere else.
func (p Place) table(rows []row, ports bool) error {
	w := tabwriter.NewWriter(p.Out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tStatus\tNum\tModel\tSSH Addr\tSSH Port\tPorts\tLabel\tImage")
	for _, r := range rows {
		port := "-"
		if r.SSHPort != nil {
			port = strconv.Itoa(*r.SSHPort)
		}
		fmt.Fprintf(w, "%d\t%s\t%dx\t%s\t%s\t%s\t%d\t%s\t%s\n", r.ID, dash(r.Status), r.GPUs, dash(r.Model), dash(r.SSHHost), port,
			len(r.Ports), dash(r.Label), dash(&r.Image))
	}
	if err := w.Flush(); err != nil || !ports {
		return err
	}
	for _, r := range rows {
		for _, inside := range slices.SortedFunc(maps.Keys(r.Ports), byNumber) {
			for _, b := range r.Ports[inside] {
				fmt.Fprintf(p.Out, "%s:%s -> %s\n", dash(r.Address), printable(b.Port), printable(inside))
			}
		}
	}
	return nil
}

// byNumber compares ports such as 22/tcp.
func byNumber(a, b string) int {
	number := func(s string) int {
		digits, _, _ := strings.Cut(s, "/")
		n, err := strconv.Atoi(digits)
		if err != nil {
			return 0
		}
		return n
	}
	return cmp.Or(cmp.Compare(number(a), number(b)), strings.Compare(a, b))
}

// dash returns a text, or "-" if it is empty.
func dash(s *string) string {
	if s == nil || *s == "" {
		return "-"
	}
	return printable(*s)
}

// printable replaces characters that a terminal might interpret.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// printJSON prints indented JSON.
func (p Place) printJSON(text json.RawMessage) {
	var b bytes.Buffer
	if json.Indent(&b, bytes.TrimSpace(text), "", "  ") != nil {
		return // it isn't JSON; the error says so
	}
	fmt.Fprintln(p.Out, b.String())
}
