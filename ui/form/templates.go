package form

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// TemplateKeys are the keys of the list of templates.
type TemplateKeys struct {
	Use       key.Binding
	Edit      key.Binding
	New       key.Binding
	Duplicate key.Binding
	Delete    key.Binding
	Back      key.Binding
}

// DefaultTemplateKeys returns the built-in keys.
func DefaultTemplateKeys() TemplateKeys { return kit.Shipped[TemplateKeys]() }

// Bindings returns the bindings with their words and keys, in the order of the help.
func (k *TemplateKeys) Bindings() []kit.NamedBinding {
	const where = "templates"
	return []kit.NamedBinding{
		{Word: "use", Where: where, Binding: &k.Use, Shipped: kit.Bound("enter", "launch from it", "enter")},
		{Word: "new", Where: where, Binding: &k.New, Shipped: kit.Bound("n", "new", "n")},
		{Word: "edit", Where: where, Binding: &k.Edit, Shipped: kit.Bound("e", "edit", "e")},
		{Word: "duplicate", Where: where, Binding: &k.Duplicate, Shipped: kit.Bound("c", "copy", "c")},
		{Word: "delete", Where: where, Binding: &k.Delete, Shipped: kit.Bound("d", "delete", "d", "delete")},
		{Word: "back", Where: where, Binding: &k.Back, Shipped: kit.Bound("esc", "back", "esc", "q")},
	}
}

// Templates is the list of templates, and the form that edits one of them. It is a value and is used like a Form.
// Shipped templates and those in the system folder can be copied but not changed.
type Templates struct {
	in     Inputs
	th     theme.Theme
	keys   TemplateKeys
	inner  KeyMap // of the form
	list   list
	form   Form
	open   bool // the form is open
	asked  question[Templates]
	notice string // why the last key did nothing
}

// NewTemplates opens the list.
func NewTemplates(in Inputs, th theme.Theme) Templates {
	t := Templates{th: th, keys: DefaultTemplateKeys(), inner: DefaultKeyMap(), list: list{empty: "No templates yet: n makes the first one."}}
	return t.withInputs(in)
}

// WithKeys returns the list with other keys, for itself and for the form.
func (t Templates) WithKeys(k TemplateKeys, inner KeyMap) Templates {
	t.keys, t.inner = k, inner
	return t
}

// WithTemplates returns the list with the current templates. A form that was saving its template closes. The marker
// stays on its template.
func (t Templates) WithTemplates(all []model.Template) Templates {
	name := ""
	if marked, ok := t.marked(); ok {
		name = marked.Name
	}
	if t.open && t.form.waiting {
		name, t.open = t.form.Order().Name, false
	}
	t.in.Templates = all
	t = t.withInputs(t.in)
	if at := slices.IndexFunc(all, func(x model.Template) bool { return x.Name == name }); at >= 0 {
		t.list.at = at
	}
	return t
}

// WithCapacity returns the list, and its form, for the machine as it is now.
func (t Templates) WithCapacity(c model.Capacity) Templates {
	t.in.Capacity = c
	if t.open {
		t.form = t.form.WithCapacity(c)
	}
	return t
}

// WithFailure shows why a template couldn't be saved or deleted.
func (t Templates) WithFailure(err error) Templates {
	if t.open {
		t.form = t.form.WithFailure(err)
	} else if err != nil {
		t.notice = model.Said(err)
	}
	return t
}

// withInputs builds the rows.
func (t Templates) withInputs(in Inputs) Templates {
	t.in = in
	t.list.rows = nil
	for _, x := range in.Templates {
		about := x.Description
		if about == "" {
			about = x.Image
		}
		cells := append([]string{x.Name}, orderWords(x.Order)...)
		t.list.rows = append(t.list.rows, row{cells: append(cells, string(x.Source), about)})
	}
	t.list.at = kit.Clamp(t.list.at, len(t.list.rows))
	return t
}

// marked returns the template of the marked row.
func (t Templates) marked() (model.Template, bool) {
	if t.list.at >= len(t.in.Templates) {
		return model.Template{}, false
	}
	return t.in.Templates[t.list.at], true
}

// Update handles keys for the list or for the open form.
func (t Templates) Update(msg tea.Msg) (Templates, tea.Cmd) {
	k, pressed := msg.(tea.KeyPressMsg)
	switch {
	case t.open:
		return t.edit(msg)
	case !pressed:
		return t, nil
	case t.asked.open():
		var do func(Templates) (Templates, tea.Cmd)
		if t.asked, do = t.asked.answer(k); do != nil {
			return do(t)
		}
		return t, nil
	}
	t.notice = ""
	if _, taken := t.list.update(k); taken {
		return t, nil
	}
	return t.press(k)
}

// edit passes a message to the open form. Leaving the form returns to the list.
func (t Templates) edit(msg tea.Msg) (Templates, tea.Cmd) {
	var cmd tea.Cmd
	t.form, cmd = t.form.Update(msg)
	if t.form.left {
		t.open = false
		return t, nil
	}
	return t, cmd
}

// press handles a key of the list.
func (t Templates) press(k tea.KeyPressMsg) (Templates, tea.Cmd) {
	marked, some := t.marked()
	switch {
	case key.Matches(k, t.keys.Back):
		return t, emit(Cancelled{})
	case key.Matches(k, t.keys.New):
		return t.opened(model.Template{Source: model.SourceUser}), nil
	case !some:
	case key.Matches(k, t.keys.Use):
		return t, emit(Use{Template: marked})
	case key.Matches(k, t.keys.Duplicate):
		return t.opened(t.copyOf(marked)), nil
	case key.Matches(k, t.keys.Edit) && marked.Source == model.SourceUser:
		return t.opened(marked), nil
	case key.Matches(k, t.keys.Delete) && marked.Source == model.SourceUser:
		return t.confirm(marked), nil
	case key.Matches(k, t.keys.Edit, t.keys.Delete):
		t.notice = fmt.Sprintf("%s is a %s template and stays as it is; %s makes a copy of your own",
			marked.Name, marked.Source, t.keys.Duplicate.Help().Key)
	}
	return t, nil
}

// opened opens the form for a template.
func (t Templates) opened(x model.Template) Templates {
	t.form, t.open = edit(x, t.in, t.th).WithKeys(t.inner), true
	return t
}

// copyOf returns a copy that belongs to the user, under the first free name.
func (t Templates) copyOf(x model.Template) model.Template {
	taken := func(name string) bool {
		return slices.ContainsFunc(t.in.Templates, func(y model.Template) bool { return y.Name == name })
	}
	name := x.Name + "-copy"
	for n := 2; taken(name); n++ {
		name = fmt.Sprintf("%s-copy%d", x.Name, n)
	}
	x.Name, x.Source, x.Path = name, model.SourceUser, ""
	return x
}

// confirm asks before a template's file is deleted.
func (t Templates) confirm(x model.Template) Templates {
	g := model.GuardOfTemplate(x)
	t.asked = question[Templates]{
		text: g.Title + " " + g.Text(),
		no:   "Keep", yes: g.Does,
		onYes: func(t Templates) (Templates, tea.Cmd) { return t, emit(DeleteTemplate{Name: x.Name}) },
	}
	return t
}
