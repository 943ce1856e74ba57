package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"berth/model"
)

// launch launches on one of the machines: the one that is named, or the fullest that takes the order. Each is asked by a
// dry run, so that its own templates, rules and leases decide; the order then goes to one alone.
func (a *away) launch() error {
	words, file, err := a.files()
	if err != nil {
		return err
	}
	if names := a.Names(); len(names) == 1 {
		return a.launchOn(names[0], words, file)
	}
	m, err := a.choose(words, file)
	if err != nil {
		return err
	}
	say(a.c, "%s takes it", m.Name)
	return a.launchOn(m.Name, words, file)
}

func (a *away) launchOn(machine string, words []string, file []byte) error {
	var in io.Reader
	if file != nil {
		in = bytes.NewReader(file)
	}
	if len(a.Names()) == 1 || changed(a.c, "dry-run") {
		code, err := a.Run(a.c.Context(), machine, words, in, a.c.OutOrStdout(), a.c.ErrOrStderr(), false)
		return ended(code, err)
	}
	var out bounded
	code, err := a.Run(a.c.Context(), machine, words, in, &out, a.c.ErrOrStderr(), false)
	text := out.String()
	if id, wrong := model.ParseInstanceID(strings.TrimSpace(text)); wrong == nil {
		text = model.Machine{Name: machine}.Qualified(id) + "\n"
	}
	if rest, object := strings.CutPrefix(text, "{\n"); object {
		text = fmt.Sprintf("{\n  \"machine\": %q,\n%s", machine, rest)
	}
	a.p.printed = a.p.printed || text != ""
	_, failed := io.WriteString(a.c.OutOrStdout(), text)
	return errors.Join(ended(code, err), failed)
}

// choose asks each machine whether it takes the order, all at the same time, and chooses one of those that do.
func (a *away) choose(words []string, file []byte) (model.Machine, error) {
	words = slices.Insert(slices.Clone(words), slices.Index(words, a.c.Name())+1, "--dry-run")
	words = slices.DeleteFunc(words, func(w string) bool { return w == "--queue" || w == "--queue=true" })
	seen := a.Look(a.c.Context())
	all, codes := make([]model.Candidate, len(seen)), make([]int, len(seen))
	var asked sync.WaitGroup
	for n, m := range seen {
		all[n], codes[n] = model.Candidate{Machine: m, Refusal: m.Unable()}, ExitFailed
		if all[n].Refusal == nil {
			asked.Go(func() { codes[n], all[n].Refusal = a.takes(m.Name, words, file) })
		}
	}
	asked.Wait()
	m, err := model.Choose(all)
	if err == nil {
		return m, nil
	}
	if changed(a.c, "queue") {
		err = fmt.Errorf("%w\neach machine has a line of its own: wait in one, such as `berth --on %s launch --queue`", err, a.Names()[0])
	}
	code := slices.Max(codes) // not possible now outranks wrong words: another machine may have the template
	return m, exitError{err, code}
}

// takes asks a machine whether it takes an order, and returns the exit code of its refusal.
func (a *away) takes(machine string, words []string, file []byte) (int, error) {
	code, err := a.Takes(a.c.Context(), machine, words, file)
	if code == ExitOK { // it has refused nothing, or wasn't reached
		code = ExitFailed
	}
	return code, err
}

// files returns the command line with files of this machine given by standard input, and what to give. Files are read
// here and not there, and no variable of theirs is put on a command line.
func (a *away) files() (words []string, file []byte, err error) {
	order, envs := a.c.Flag("file").Value.String(), []string(nil)
	if values, is := a.c.Flag("env-file").Value.(interface{ GetSlice() []string }); is {
		envs = values.GetSlice()
	}
	words = slices.Clone(a.words)
	switch {
	case order == "" && len(envs) == 0:
		return words, nil, nil
	case len(envs) > 1, order != "" && len(envs) > 0:
		return nil, nil, usagef("--file and --env-file: to another machine goes one file")
	}
	name, flags := order, []string{"--file", "-f"}
	if order == "" {
		name, flags = envs[0], []string{"--env-file"}
	}
	if name == "-" {
		file, err = io.ReadAll(a.c.InOrStdin())
	} else {
		file, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, nil, usagef("%s: %w", flags[0], err)
	}
	return replaced(words, name, "-", flags...), file, nil
}

// replaced puts another value in the place of a flag's.
func replaced(words []string, was, now string, flags ...string) []string {
	for n, w := range words {
		for _, flag := range flags {
			switch {
			case w == flag && n+1 < len(words) && words[n+1] == was:
				words[n+1] = now
			case w == flag+"="+was:
				words[n] = flag + "=" + now
			case !strings.HasPrefix(flag, "--") && w == flag+was:
				words[n] = flag + now
			}
		}
	}
	return words
}
