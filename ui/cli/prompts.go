package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"berth/model"
)

// A question is one question of a launch by prompts.
type question struct {
	ask string
	now func(o model.Order) string // the current value, which an empty line keeps
	set func(o *model.Order, answer string) error
}

// questions lists the questions in order. All other fields come from the template.
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
				*o = o.InMode(model.Mode(mode)) // clear the fields of other modes: no question here would change them
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

// answer parses an answer as a flag's value.
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

// launchByPrompts asks for an order, prints what it would get and what is wrong with it, and launches it.
func (s *session) launchByPrompts(ctx context.Context) error {
	s.say("An empty line takes what stands in brackets, a single - is nothing at all, cancel ends the launch.")
	o, err := s.askTemplate(ctx)
	for err == nil {
		if err = s.askAll(ctx, &o); err != nil {
			break
		}
		var good bool
		if good, err = s.preview(ctx, o); err != nil || !good {
			continue // ask again; the answers so far are the current values
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

// askTemplate asks for the template to begin with.
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

// askAll asks every question, again until its answer is valid.
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

// prompt asks one question and returns the answer.
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

// preview prints what an order would get, or its faults. good is true if it has no faults.
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
	plan := would.plan
	cores, memory, _ := plan.Share.Words()
	s.say("It gets %s cores, %s RAM, %s disk. Ports: %d. GPUs: %s.", cores, memory, plan.Disk,
		len(plan.Ports), strings.Join(append([]string{fmt.Sprint(len(plan.GPUs))}, plan.WhyGPUs...), ", "))
	return true, nil
}
