package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"berth/model"
)

// A question is one thing that a launch by prompts asks for.
type question struct {
	ask string
	now func(o model.Order) string // the answer that an empty line gives
	set func(o *model.Order, answer string) error
}

// questions are asked in this order. Everything else comes from the template.
var questions = []question{
	{
		ask: "image", now: func(o model.Order) string { return o.Image },
		set: func(o *model.Order, a string) error { o.Image = a; return nil },
	},
	{
		ask: "launch mode, ssh, jupyter or entrypoint", now: func(o model.Order) string { return string(o.WithDefaults().Mode) },
		set: func(o *model.Order, a string) error {
			var mode modeFlag
			err := answer(&mode, a)
			if err == nil {
				*o = o.InMode(model.Mode(mode)) // what only other modes use is asked for nowhere here
			}
			return err
		},
	},
	{
		ask: "how many GPUs", now: func(o model.Order) string { return fmt.Sprint(o.GPUs) },
		set: func(o *model.Order, a string) error { return answer(&gpusFlag{o}, a) },
	},
	{
		ask: "variables, ports and host name, as -e NAME=value -p 8081 -h name", now: func(o model.Order) string { return o.Options },
		set: func(o *model.Order, a string) error { o.Options = a; return nil },
	},
	{
		ask: "disk in GB", now: func(o model.Order) string { return (&number{to: &o.Disk}).String() },
		set: func(o *model.Order, a string) error { return answer(&number{&o.Disk, "a number of GB"}, a) },
	},
	{
		ask: "label", now: func(o model.Order) string { return o.Label },
		set: func(o *model.Order, a string) error { o.Label = a; return nil },
	},
}

// answer sets what a flag would set.
func answer(v interface {
	Set(string) error
	wanted() string
}, text string) error {
	if v.Set(text) != nil {
		return fmt.Errorf("%q: want %s", text, v.wanted())
	}
	return nil
}

// errCancelled ends a launch by prompts.
var errCancelled = errors.New("cancelled")

// launchByPrompts asks for an order, says what it would get and what is wrong with it, and launches it.
func (s *session) launchByPrompts(ctx context.Context) error {
	s.say("An empty line takes what stands in brackets, a single - is nothing at all, cancel ends the launch.")
	o, err := s.askTemplate(ctx)
	for err == nil {
		if err = s.askAll(ctx, &o); err != nil {
			break
		}
		var good bool
		if good, err = s.preview(ctx, o); err != nil || !good {
			continue // what was answered stands in brackets
		}
		var yes string
		if yes, err = s.ask(ctx, s.c, "Launch it? yes or no: "); err == nil && strings.HasPrefix(strings.ToLower(yes), "y") {
			return s.launchNow(ctx, o)
		}
		break
	}
	if err == nil || errors.Is(err, errCancelled) {
		s.say("Nothing was launched.")
		return nil
	}
	return err
}

func (s *session) launchNow(ctx context.Context, o model.Order) error {
	i, err := s.m.Launch(ctx, o)
	if err != nil {
		return err
	}
	s.say("%s is promised. How far it is, is told between commands; wait for it with: start %s --wait", i.ID, i.ID)
	return nil
}

// askTemplate asks what to begin with.
func (s *session) askTemplate(ctx context.Context) (model.Order, error) {
	templates, broken := s.m.Templates(ctx)
	s.complain(s.c.ErrOrStderr(), broken)
	var names []string
	for _, t := range templates {
		names = append(names, t.Name)
	}
	for {
		name, err := s.prompt(ctx, fmt.Sprintf("template (%s), or none", strings.Join(names, ", ")), "none")
		if err != nil || name == "none" || name == "" {
			return model.Order{}, err
		}
		for _, t := range templates {
			if t.Name == name {
				return t.Order, nil
			}
		}
		s.say("There is no template %q.", name)
	}
}

// askAll asks every question until its answer can be read.
func (s *session) askAll(ctx context.Context, o *model.Order) error {
	for n := 0; n < len(questions); {
		q := questions[n]
		text, err := s.prompt(ctx, q.ask, q.now(*o))
		if err != nil {
			return err
		}
		if err := q.set(o, text); err != nil {
			s.say("%v.", err)
			continue
		}
		n++
	}
	return nil
}

// prompt asks one question.
func (s *session) prompt(ctx context.Context, ask, now string) (string, error) {
	text, err := s.ask(ctx, s.c, fmt.Sprintf("%s [%s]: ", ask, plain(now)))
	switch {
	case err != nil:
		return "", err
	case text == "cancel":
		return "", errCancelled
	case text == "-":
		return "", nil
	case text == "":
		return now, nil
	}
	return text, nil
}

// preview says what an order would get, and reports whether anything is wrong with it.
func (s *session) preview(ctx context.Context, o model.Order) (good bool, err error) {
	would, faults, err := prospectOf(ctx, s.m, o)
	if err != nil {
		return false, err
	}
	for _, fault := range faults {
		s.say("Wrong: %v.", fault)
	}
	if len(faults) > 0 {
		return false, nil
	}
	plan, share := would.plan, would.plan.Share
	s.say("It gets %.3g cores, %s RAM, %s disk. Ports: %d. GPUs: %s.", share.Cores, share.Memory.Binary(), plan.Disk,
		len(plan.Ports), strings.Join(append([]string{fmt.Sprint(len(plan.GPUs))}, plan.WhyGPUs...), ", "))
	return true, nil
}
