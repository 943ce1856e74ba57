package boxes

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"berth/model"
	"berth/model/relay"
)

// Launch launches on the machine that the order is for, or on the fullest that takes it. Each is asked by a dry run: its
// own rules, folders and leases decide.
func (s *Screen) Launch(ctx context.Context, o model.Order) (model.Instance, error) {
	var file bytes.Buffer
	if err := s.write(&file, o); err != nil {
		return model.Instance{}, err
	}
	if o.Machine == "" {
		m, err := s.choose(ctx, o, file.Bytes())
		if err != nil {
			return model.Instance{}, err
		}
		o.Machine = m.Name
	}
	at := slices.IndexFunc(s.all, func(x *box) bool { return x.Name == o.Machine })
	if at < 0 {
		return model.Instance{}, fmt.Errorf("%s is none of %s", o.Machine, strings.Join(s.Names(), ", "))
	}
	text, err := s.all[at].says(ctx, []string{"launch", "--file", "-"}, bytes.NewReader(file.Bytes()))
	if err != nil {
		return model.Instance{}, err
	}
	id, err := model.ParseInstanceID(strings.TrimSpace(text))
	return model.Instance{ID: id.On(at), Machine: o.Machine, Owner: s.me, Label: o.Label}, err
}

// choose asks the machines which are there whether they take an order.
func (s *Screen) choose(ctx context.Context, o model.Order, file []byte) (model.Machine, error) {
	if o.Queue {
		return model.Machine{}, errors.New("each machine has a line of its own: choose the machine to wait on")
	}
	s.mu.Lock()
	seen := s.seen
	s.mu.Unlock()
	all := make([]model.Candidate, len(seen))
	s.each(func(n int, x *box) {
		all[n] = model.Candidate{Machine: seen[n], Refusal: seen[n].Unable()}
		if all[n].Refusal == nil {
			_, all[n].Refusal = s.Takes(ctx, x.Name, []string{"launch", "--dry-run", "--file", "-"}, file)
		}
	})
	return model.Choose(all)
}

// Takes asks a machine by a dry run whether it takes an order. Its error is why it doesn't, in its words, with the exit
// code that it ended with.
func (b *Boxes) Takes(ctx context.Context, name string, words []string, file []byte) (int, error) {
	x, err := b.named(name)
	if err != nil {
		return 0, err
	}
	var errs bytes.Buffer
	code, err := x.answer(ctx, words, bytes.NewReader(file), &limited{io.Discard, mostSaid}, &limited{&errs, mostSaid})
	if err != nil || code == 0 {
		return code, err
	}
	return code, errors.New(refusalIn(errs.String(), code))
}

// answer runs a command that others wait for as well: it may take no longer than this machine's patience.
func (x *box) answer(ctx context.Context, words []string, in io.Reader, out, errs io.Writer) (int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, x.patience.Answer, fmt.Errorf("%s: %w", x.Name, noAnswer(x.patience.Answer)))
	defer cancel()
	return x.run(ctx, words, in, out, errs, false)
}

// Templates returns the templates of all machines; of two with the same name, that of the machine named first.
func (s *Screen) Templates(ctx context.Context) ([]model.Template, error) {
	of, failed := make([][]model.Template, len(s.all)), make([]error, len(s.all))
	s.each(func(n int, x *box) { of[n], failed[n] = x.templates(ctx) })
	all := relay.Plain(slices.Concat(of...))
	slices.SortStableFunc(all, func(a, b model.Template) int { return cmp.Compare(a.Name, b.Name) })
	all = slices.CompactFunc(all, func(a, b model.Template) bool { return a.Name == b.Name })
	if len(all) > 0 {
		return all, nil // why a machine is away is on the screen
	}
	return nil, errors.Join(failed...)
}

// templates asks a machine which templates it has.
func (x *box) templates(ctx context.Context) (all []model.Template, err error) {
	var out bytes.Buffer
	var errs tail
	code, err := x.answer(ctx, []string{"templates", "--json"}, nil, &limited{&out, mostSaid}, &errs)
	switch {
	case err != nil:
		return nil, err
	case code != 0:
		return nil, fmt.Errorf("%s: %s", x.Name, refusalIn(errs.String(), code))
	}
	return all, json.Unmarshal(out.Bytes(), &all)
}

// Account is the viewer's name: each machine has an account of its own, which its fleet has.
func (s *Screen) Account(context.Context) (model.Account, error) {
	return model.Account{Owner: s.me}, nil
}

// LastOrder returns none: each machine remembers its own.
func (s *Screen) LastOrder(context.Context) (model.Order, bool) { return model.Order{}, false }

// Images returns none to complete: each machine has its own.
func (s *Screen) Images(context.Context) ([]string, error) { return nil, nil }

// OfferedKeys returns none: keys are given to the account of a machine.
func (s *Screen) OfferedKeys(context.Context) ([]string, error) { return nil, nil }
