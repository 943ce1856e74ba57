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
	"sync"

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
	var asked sync.WaitGroup
	for n, m := range seen {
		all[n] = model.Candidate{Machine: m, Refusal: m.Unable()}
		if all[n].Refusal == nil {
			asked.Go(func() { _, all[n].Refusal = s.Takes(ctx, m.Name, []string{"launch", "--dry-run", "--file", "-"}, file) })
		}
	}
	asked.Wait()
	return model.Choose(all)
}

// Takes asks a machine by a dry run whether it takes an order. Its error is why it doesn't, in its words, with the exit
// code that it ended with.
func (b *Boxes) Takes(ctx context.Context, name string, words []string, file []byte) (int, error) {
	var errs bytes.Buffer
	code, err := b.Run(ctx, name, words, bytes.NewReader(file), io.Discard, &limited{&errs, mostSaid}, false)
	if err != nil || code == 0 {
		return code, err
	}
	return code, errors.New(refusalIn(errs.String(), code))
}

// Templates returns the templates of all machines; of two with the same name, that of the machine named first.
func (s *Screen) Templates(ctx context.Context) ([]model.Template, error) {
	of, failed := make([][]model.Template, len(s.all)), make([]error, len(s.all))
	var asked sync.WaitGroup
	for n, x := range s.all {
		asked.Go(func() {
			var text string
			if text, failed[n] = x.says(ctx, []string{"templates", "--json"}, nil); failed[n] == nil {
				failed[n] = json.Unmarshal([]byte(text), &of[n])
			}
		})
	}
	asked.Wait()
	all := relay.Plain(slices.Concat(of...))
	slices.SortStableFunc(all, func(a, b model.Template) int { return cmp.Compare(a.Name, b.Name) })
	all = slices.CompactFunc(all, func(a, b model.Template) bool { return a.Name == b.Name })
	if len(all) > 0 {
		return all, nil // why a machine is away is on the screen
	}
	return nil, errors.Join(failed...)
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
