package form

import (
	"fmt"
	"reflect"
	"slices"

	"berth/model"
)

// A sourceStep asks what to run. For a launch it has a list of earlier launches and templates; the chosen one fills the
// other steps. For a template it has the template's name and description. Both have the image.
type sourceStep struct {
	editing bool // editing a template

	list   list
	orders []model.Order // the orders of the list's rows
	name   text
	what   text
	image  completionField
	login  choice
}

// mostRecent is the most earlier launches that are offered.
const mostRecent = 4

func newSourceStep(in Inputs, editing bool) sourceStep {
	s := sourceStep{
		editing: editing,
		list:    list{field: field{label: "From", wide: true}, chooses: true, empty: "no templates: type an image below"},
		name:    newText(field{key: "name", label: "Name", hint: "what the template list shows; another name makes another template"}, "mine"),
		what:    newText(field{label: "About", hint: "one line"}, "what it is for"),
		image:   newCompletionField(field{key: "image", label: "Image", hint: "name:tag, as docker pull takes it; Tab completes"}, "ubuntu:24.04"),
		login:   choice{field: field{key: "registry", label: "Login", hint: "the account's login to pull with"}},
	}
	s.offer(in)
	s.image.known = knownImages(in)
	return s
}

// offer fills the list: the given order first, then earlier launches, then templates. Templates whose image is on the
// engine come first, because they start without a download.
func (s *sourceStep) offer(in Inputs) {
	if in.Start != nil {
		s.row("as chosen", *in.Start, "")
	}
	n := 0
	for _, o := range in.Recent {
		if n < mostRecent && !slices.ContainsFunc(s.orders, func(have model.Order) bool { return reflect.DeepEqual(have, o) }) {
			s.row("launched before", o, "")
			n++
		}
	}
	for _, here := range []bool{true, false} {
		group := "templates, downloaded first"
		if here {
			group = "templates, no download needed"
		}
		for _, t := range in.Templates {
			if slices.Contains(in.Images, t.Image) == here {
				s.row(group, t.Order, t.Description)
			}
		}
	}
}

// row appends a row to the list.
func (s *sourceStep) row(group string, o model.Order, about string) {
	name := o.Name
	if name == "" {
		name = "no template"
	}
	if about == "" {
		about = o.Image
	}
	s.orders = append(s.orders, o)
	s.list.rows = append(s.list.rows, row{group: group, cells: append(append([]string{name}, orderWords(o)...), about)})
}

// orderWords describes an order in a few words: GPUs or share, mode, disk.
func orderWords(o model.Order) []string {
	o = o.WithDefaults()
	seat := plain(percent(o.Share)) + "% CPU"
	if o.GPUs > 0 {
		seat = gpuCount(o.GPUs)
	}
	return []string{seat, string(o.Mode), plain(o.Disk) + "G"}
}

// gpuCount formats a number of GPUs.
func gpuCount(n int) string {
	if n == 1 {
		return "1 GPU"
	}
	return fmt.Sprintf("%d GPUs", n)
}

// about returns the marked template's description. If the marked row isn't chosen, it names the row, because everything
// below is about the chosen one.
func (s *sourceStep) about() string {
	if s.list.at >= len(s.list.rows) {
		return ""
	}
	cells := s.list.rows[s.list.at].cells
	about := cells[len(cells)-1]
	if about == s.orders[s.list.at].Image {
		about = ""
	}
	if !s.list.undecided() {
		return about
	}
	if about != "" {
		about += "; "
	}
	return orderName(s.orders[s.list.at]) + ": " + about + "Enter fills the form from it"
}

// knownImages returns the names for completion, the most likely first.
func knownImages(in Inputs) []string {
	var known []string
	add := func(image string) {
		if image != "" && !slices.Contains(known, image) {
			known = append(known, image)
		}
	}
	for _, o := range in.Recent {
		add(o.Image)
	}
	for _, image := range in.Images {
		add(image)
	}
	for _, t := range in.Templates {
		add(t.Image)
	}
	return known
}

// chosen returns the order of the chosen row.
func (s *sourceStep) chosen() (model.Order, bool) {
	if s.editing || s.list.chosen >= len(s.orders) {
		return model.Order{}, false
	}
	return s.orders[s.list.chosen], true
}

func (s *sourceStep) see(in Inputs) {
	login := s.login.value()
	s.login.options = []option{{name: "none"}}
	for _, host := range in.Capacity.Account.Registries {
		s.login.options = append(s.login.options, option{value: host, name: host})
	}
	s.login.choose(login, login)
}

func (s *sourceStep) load(o model.Order) {
	s.name.set(o.Name)
	s.image.set(o.Image)
	s.login.choose(o.Registry, o.Registry)
}

func (s *sourceStep) store(o *model.Order) {
	o.Image, o.Registry = s.image.value(), s.login.value()
	if s.editing {
		o.Name = s.name.value()
	}
}

func (s *sourceStep) inputs() []input {
	in := []input{&s.list, &s.image}
	if s.editing {
		in = []input{&s.name, &s.what, &s.image}
	}
	if len(s.login.options) > 1 {
		in = append(in, &s.login)
	}
	return in
}
