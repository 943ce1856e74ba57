package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui/cli/fill"
	"berth/ui/kit"
)

// A listing is what a command lists, in one form for tables and for JSON.
type listing struct {
	columns []col
	wide    []col // additional columns for -o wide
	rows    []listed
}

// listed is one row of a listing.
type listed struct {
	name   string            // the name by which other commands take it
	object any               // the object for --json
	cells  []string          // of all columns; those for -o wide come last
	facts  map[string]string // the values that --filter NAME=WORD searches
	state  string            // --watch prints the row again when this has changed
	amiss  string            // a problem that is printed below the table; empty if there is none
}

// listFlags are the flags of commands that list things.
type listFlags struct {
	p       *program
	format  string // "", json, wide, name or template
	each    *fill.Template
	filters []string
	facts   []string // names of all facts
	watch   bool
}

// add adds the flags to a command. facts are the names that --filter accepts.
func (f *listFlags) add(c *cobra.Command, facts ...string) *cobra.Command {
	f.facts = facts
	fl := f.p.jsonFlag(c).Flags()
	var quiet bool
	fl.VarP((*formatFlag)(f), "output", "o", "print as `FORMAT`: json, wide, name, or template=TEXT, a Go template of the fields that JSON has")
	fl.BoolVarP(&quiet, "quiet", "q", false, "print names alone, as -o name does")
	fl.StringArrayVar(&f.filters, "filter", nil, "only those that have these `WORDS`, or NAME=WORD: "+strings.Join(facts, ", ")+" (repeatable)")
	var named []string
	for _, fact := range facts {
		named = append(named, fact+"=")
	}
	offerFor(c, map[string]completer{
		"filter": cobra.FixedCompletions(named, noFiles|cobra.ShellCompDirectiveNoSpace),
		"output": cobra.FixedCompletions([]string{"json", "wide", "name", "template="}, noFiles|cobra.ShellCompDirectiveNoSpace),
	})
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case quiet:
			f.format = "name"
		case f.p.json:
			f.format = "json"
		case f.format == "json":
			f.p.json = true // errors are printed as JSON too
		}
		if err := f.check(); err != nil {
			return err
		}
		return run(c, args)
	}
	return c
}

// watchFlag adds --watch, for listings that change by themselves.
func (f *listFlags) watchFlag(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVarP(&f.watch, "watch", "w", false, "go on, and print again what has changed")
	return c
}

// check returns an error for a filter whose name is not a fact.
func (f *listFlags) check() error {
	for _, filter := range f.filters {
		if name, _, named := strings.Cut(filter, "="); named && !slices.Contains(f.facts, name) {
			return usagef("--filter %q: want words, or one of %s with = and a word", filter, strings.Join(f.facts, ", "))
		}
	}
	return nil
}

// A formatFlag is the flag --output.
type formatFlag listFlags

func (f *formatFlag) Set(word string) error {
	text, isTemplate := strings.CutPrefix(word, "template=")
	if isTemplate {
		t, err := fill.Parse("-o", text)
		if err != nil {
			return err
		}
		f.format, f.each = "template", t
		return nil
	}
	if !slices.Contains([]string{"json", "wide", "name"}, word) {
		return errNotOffered
	}
	f.format = word
	return nil
}

func (f *formatFlag) String() string { return f.format }
func (f *formatFlag) Type() string   { return "string" }
func (f *formatFlag) wanted() string {
	return "json, wide, name or template=TEXT, such as template={{.id}}"
}

// passes reports whether a row matches all filters.
func (f *listFlags) passes(l listed) bool {
	for _, filter := range f.filters {
		name, words, named := strings.Cut(filter, "=")
		if named && !kit.SearchFor(words).Finds(l.facts[name]) {
			return false
		}
		all := slices.Concat(l.cells, slices.Collect(maps.Values(l.facts)))
		if !named && !kit.SearchFor(filter).Finds(all...) {
			return false
		}
	}
	return true
}

// print prints a listing in the chosen format, with the filters applied.
func (f *listFlags) print(c *cobra.Command, l listing) error {
	l.rows = slices.DeleteFunc(slices.Clone(l.rows), func(one listed) bool { return !f.passes(one) })
	switch f.format {
	case "json":
		objects := make([]any, len(l.rows))
		for n, one := range l.rows {
			objects[n] = one.object
		}
		return f.p.printJSON(c.OutOrStdout(), objects)
	case "name", "template":
		return f.lines(c.OutOrStdout(), l.rows)
	}
	err := f.table(c, l).flush()
	for _, one := range l.rows {
		if one.amiss != "" {
			say(c, "%s", plain(one.amiss))
		}
	}
	return err
}

// table returns a listing as a table.
func (f *listFlags) table(c *cobra.Command, l listing) *table {
	columns := l.columns
	if f.format == "wide" {
		columns = slices.Concat(columns, l.wide)
	}
	t := newTable(c, columns)
	if f.format == "wide" { // wide rows aren't cut to the terminal's width
		t.width = 0
	}
	for _, one := range l.rows {
		cells := make([]any, len(columns))
		for n := range cells {
			cells[n] = one.cells[n]
		}
		t.row(cells...)
	}
	return t
}

// lines prints one line for each row: its name, or the template's output.
func (f *listFlags) lines(out io.Writer, rows []listed) error {
	for _, one := range rows {
		text := one.name
		if f.format == "template" {
			var err error
			if text, err = f.filled(one.object); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(out, text); err != nil {
			return err
		}
	}
	return nil
}

// filled executes the template for an object. The fields have the names that they have in JSON.
func (f *listFlags) filled(object any) (string, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := f.each.Fill(&b, text); err != nil {
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			return "", err
		}
		return "", usagef("--output: %w; there are %s", err, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
	}
	return b.String(), nil
}

// run prints a listing. With --watch it continues, and prints each row again that has changed.
func (f *listFlags) run(c *cobra.Command, list lister) error {
	if f.p.away != nil {
		return f.p.away.list(f, c, list)
	}
	if f.p.globals.Cluster {
		return f.listCluster(c, list)
	}
	if f.watch {
		return f.p.asKeeper(c.Context(), func(ctx context.Context, m Backend) error { return f.follow(ctx, c, m, list) })
	}
	return f.p.with(c.Context(), func(m Backend) error {
		seen, err := fleet(c, m)
		if err != nil {
			return err
		}
		if err := f.print(c, list(seen, m.Screen().User)); err != nil {
			return err
		}
		return accessError(seen)
	})
}

// accessError returns an error if this user may not use the engine and no other process keeps the ledger: the list then
// says nothing about the machine. Its text is empty, because the reason was printed already.
func accessError(f model.Fleet) error {
	if f.Engine.Short != model.NoAccess || f.Keeper.PID > 0 && f.Keeper.PID != os.Getpid() {
		return nil
	}
	return exitError{errors.New(""), ExitFailed}
}

// A lister makes a listing of a fleet for one user.
type lister func(f model.Fleet, me string) listing
