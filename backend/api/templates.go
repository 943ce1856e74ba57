package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"berth/model"
	"berth/model/wire"
)

// templates is the part of Backend that keeps templates: a user's own and the shipped ones.
type templates interface {
	Templates(ctx context.Context) ([]model.Template, error)
	SaveTemplate(ctx context.Context, t model.Template) error
	DeleteTemplate(ctx context.Context, name string) error
}

var errNoSuchTemplate = problem{http.StatusNotFound, "no_such_template", "there is no such template"}

// template finds a template by either of its ids.
func (c *call) template(hash string, id int64) (model.Template, error) {
	all, _ := c.machine.Templates(c.ctx) // a template that can't be read can't be the one that is asked for
	for _, t := range all {
		if w := wire.OfTemplate(t); hash != "" && w.HashID == hash || hash == "" && id != 0 && w.ID == id {
			return t, nil
		}
	}
	return model.Template{}, errNoSuchTemplate
}

// templates answers GET /template.
func (c templateCall) templates() (any, error) {
	q, err := c.query()
	if err != nil {
		return nil, err
	}
	q.permissive = true // the platform's templates have columns that berth's don't
	all, _ := c.machine.Templates(c.ctx)
	rows := []row{}
	for _, t := range all {
		r, err := newRow(wire.OfTemplate(t))
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	if rows, err = q.choose(rows); err != nil {
		return nil, err
	}
	return struct {
		Success   bool  `json:"success"`
		Found     int   `json:"templates_found"`
		Templates []row `json:"templates"`
	}{true, len(rows), q.columns(rows)}, nil
}

// templateBody is a template as clients send it. A field that isn't sent stays as it is.
type templateBody struct {
	HashID     string   `json:"hash_id"`
	ID         int64    `json:"template_id"`
	Name       *string  `json:"name"`
	Image      *string  `json:"image"`
	Tag        *string  `json:"tag"`
	Env        options  `json:"env"`
	OnStart    *string  `json:"onstart"`
	ArgsStr    *string  `json:"args_str"`
	RunType    *string  `json:"runtype"`
	JupyterLab *bool    `json:"use_jupyter_lab"`
	JupyterDir *string  `json:"jupyter_dir"`
	Registry   *string  `json:"docker_login_repo"`
	Disk       *float64 `json:"recommended_disk_space"`
	Desc       *string  `json:"desc"`
}

// applyTo returns a template with the body's fields laid over it.
func (b templateBody) applyTo(t model.Template) (model.Template, error) {
	for _, f := range []struct {
		into *string
		said *string
	}{{&t.Name, b.Name}, {&t.Image, b.Image}, {&t.Registry, b.Registry}, {&t.Description, b.Desc}} {
		if f.said != nil {
			*f.into = *f.said
		}
	}
	if b.Tag != nil && *b.Tag != "" && !strings.HasSuffix(t.Image, ":"+*b.Tag) {
		t.Image += ":" + *b.Tag
	}
	if b.Disk != nil {
		t.Disk = *b.Disk
	}
	if b.JupyterLab != nil {
		t.JupyterLab = *b.JupyterLab
	}
	var l launch
	if b.RunType != nil {
		l.RunType = *b.RunType
		t.Mode = model.ParseMode(l.RunType)
	}
	if b.ArgsStr != nil {
		l.ArgsStr = *b.ArgsStr
	}
	if b.OnStart != nil {
		l.OnStart = *b.OnStart
	}
	if err := errors.Join(l.setArgs(&t.Order), l.setOnStart(&t.Order)); err != nil {
		return t, err
	}
	if b.Env.said {
		t.Options = b.Env.String()
	}
	if b.JupyterDir != nil && *b.JupyterDir != "" {
		options, err := model.ParseOptions(t.Options)
		if err != nil {
			return t, err
		}
		folder := model.Options{Env: []model.Var{{Name: "JUPYTER_DIR", Value: *b.JupyterDir}}}
		t.Options = options.With(folder).String()
	}
	t.Order = t.InMode(t.Mode) // drops fields that the mode doesn't use, as at a launch
	return t, nil
}

// addTemplate answers POST /template. If the same template exists already under that name, it stays and nothing is
// saved.
func (c templateCall) addTemplate() (any, error) {
	var want templateBody
	if err := c.body(&want); err != nil {
		return nil, err
	}
	t, err := want.applyTo(model.Template{})
	if err != nil {
		return nil, err
	}
	all, _ := c.machine.Templates(c.ctx)
	for n := 2; slices.ContainsFunc(all, func(o model.Template) bool {
		return o.Name != t.Name && wire.OfTemplate(o).HashID == wire.OfTemplate(t).HashID
	}); n++ {
		t.KnownAs = fmt.Sprintf("%s (%d)", t.Name, n) // an older template that once had this name keeps its ids
	}
	for _, there := range all {
		switch {
		case there.Name != t.Name:
		case !alikeTemplates(there, t):
			return nil, problem{http.StatusConflict, "exists", "there is another template of that name: update that one, or choose another name"}
		default:
			return saved(there), nil
		}
	}
	return c.save(t)
}

// alikeTemplates reports whether two templates have the same description and launch the same.
func alikeTemplates(a, b model.Template) bool {
	return a.Description == b.Description && reflect.DeepEqual(a.WithDefaults(), b.WithDefaults())
}

// replaceTemplate answers PUT /template, for the template that the body's hash_id or template_id names.
func (c templateCall) replaceTemplate() (any, error) {
	var want templateBody
	if err := c.body(&want); err != nil {
		return nil, err
	}
	before, err := c.template(want.HashID, want.ID)
	if err != nil {
		return nil, err
	}
	t, err := want.applyTo(before)
	if err != nil {
		return nil, err
	}
	if t.Name != before.Name {
		t.KnownAs = cmp.Or(before.KnownAs, before.Name)
	}
	answer, err := c.save(t)
	if err != nil || t.Name == before.Name {
		return answer, err
	}
	return answer, c.order(func(ctx context.Context) error { return c.machine.DeleteTemplate(ctx, before.Name) })
}

func (c templateCall) save(t model.Template) (any, error) {
	if err := c.order(func(ctx context.Context) error { return c.machine.SaveTemplate(ctx, t) }); err != nil {
		return nil, err
	}
	all, _ := c.machine.Templates(c.ctx)
	for _, there := range all {
		if there.Name == t.Name { // answer with the template as it was saved
			t = there
		}
	}
	return saved(t), nil
}

func saved(t model.Template) any {
	return struct {
		Success  bool          `json:"success"`
		Msg      string        `json:"msg"`
		Template wire.Template `json:"template"`
	}{true, "template saved", wire.OfTemplate(t)}
}

// removeTemplate answers DELETE /template, for the template that the body names.
func (c templateCall) removeTemplate() (any, error) {
	var want templateBody
	if err := c.body(&want); err != nil {
		return nil, err
	}
	t, err := c.template(want.HashID, want.ID)
	if err != nil {
		return nil, err
	}
	if err := c.order(func(ctx context.Context) error { return c.machine.DeleteTemplate(ctx, t.Name) }); err != nil {
		return nil, err
	}
	return done("template removed")
}
