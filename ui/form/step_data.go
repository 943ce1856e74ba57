package form

import (
	"fmt"
	"slices"
	"strings"

	"berth/model"
)

// A dataStep asks which folders of the machine the instance has, and which volumes. What an order leaves open it leaves
// open too, until a folder is ticked or unticked: then the machine's owner decides what is ticked.
type dataStep struct {
	folders []toggle
	names   []string // of the folders, one a toggle
	usual   []string // those that the machine gives to every instance
	said    []string // what the order says; nil: nothing
	volumes text
}

func newDataStep() dataStep {
	return dataStep{volumes: newText(field{key: "volumes", label: "Volumes"}, "none")}
}

func (s *dataStep) see(in Inputs) {
	open := in.Capacity.Policy.OpenFolders(in.Capacity.Account)
	ticked := s.ticked()
	first := s.names == nil
	before := s.usual
	s.usual = in.Capacity.Policy.FoldersOf(model.Order{}, in.Capacity.Account)
	if first {
		ticked = s.wanted()
	}
	known := s.names
	s.names, s.folders = nil, nil
	for _, f := range open {
		m, _ := f.MountFor(in.Capacity.Account.Owner) // what is wrong with it is a fault of the plan
		words := m.String()
		if f.Note != "" {
			words += ": " + f.Note
		}
		fresh := !slices.Contains(known, f.Name) && s.said == nil && slices.Contains(s.usual, f.Name)
		s.add(f.Name, words, fresh || slices.Contains(ticked, f.Name))
	}
	for _, name := range ticked { // an order may name what isn't here, which is a fault to be shown and not a wish to be dropped
		if !slices.Contains(s.names, name) && (s.said != nil || !slices.Contains(before, name)) {
			s.add(name, name, true)
		}
	}
	s.volumes.hint = volumeHint(in.Capacity.Volumes, in.Capacity.Account.Owner)
}

func (s *dataStep) add(name, words string, on bool) {
	label := ""
	if len(s.folders) == 0 {
		label = "Folders"
	}
	s.names = append(s.names, name)
	s.folders = append(s.folders, toggle{field: field{key: "folders", label: label, hint: "space ticks and unticks"}, name: words, on: on})
}

// volumeHint says what to type, and which volumes there are.
func volumeHint(volumes []model.Volume, user string) string {
	var there []string
	for _, v := range volumes {
		if v.Owner == user || v.Shared {
			there = append(there, fmt.Sprintf("%s (%s, %s)", v.Name, v.Size, v.State()))
		}
	}
	const what = "NAME, NAME:/path or NAME:/path:ro, several with blanks between; "
	if len(there) == 0 {
		return what + "there is none: berth volume create NAME --size GB"
	}
	return what + "there are " + strings.Join(there, ", ")
}

// ticked are the folders that are ticked.
func (s *dataStep) ticked() []string {
	names := []string{}
	for n, t := range s.folders {
		if t.on {
			names = append(names, s.names[n])
		}
	}
	return names
}

// wanted are the folders that the order has.
func (s *dataStep) wanted() []string {
	if s.said != nil {
		return s.said
	}
	return s.usual
}

func (s *dataStep) load(o model.Order) {
	s.said = o.Folders
	for n, name := range s.names {
		s.folders[n].on = slices.Contains(s.wanted(), name)
	}
	for _, name := range s.wanted() {
		if !slices.Contains(s.names, name) {
			s.add(name, name, true)
		}
	}
	s.volumes.set(strings.Join(o.Volumes, " "))
}

func (s *dataStep) store(o *model.Order) {
	o.Folders, o.Volumes = s.ticked(), strings.Fields(s.volumes.value())
	if len(o.Volumes) == 0 {
		o.Volumes = nil
	}
	if s.said == nil && sameNames(o.Folders, s.usual) {
		o.Folders = nil
	}
}

// sameNames reports whether two lists have the same names, in whatever order.
func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func (s *dataStep) inputs() []input {
	var in []input
	for n := range s.folders {
		in = append(in, &s.folders[n])
	}
	return append(in, &s.volumes)
}

// place puts a fault of a folder beside its tick.
func (s *dataStep) place(f model.Fault, _ int) int {
	if at := slices.Index(s.names, f.Value); at >= 0 && f.Field == "folders" {
		return at
	}
	return len(s.folders)
}
