package catalog

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"berth/model"
)

func TestTheShippedTemplatesAreSound(t *testing.T) {
	all, err := open(t, nil).Templates()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
		if err := s.Check().Err(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if s.Description == "" || len(s.Description) > 100 || s.Source != model.SourceShipped || s.Path != "" {
			t.Errorf("%s: %+v", s.Name, s)
		}
		checkOpenButton(t, s)
	}
	want := []string{"comfyui", "cuda", "pytorch", "starter", "ubuntu", "vastai/base-image", "vllm"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
}

// checkOpenButton checks that OPEN_BUTTON_PORT is one of the ports: the Open action needs that port.
func checkOpenButton(t *testing.T, s model.Template) {
	t.Helper()
	options, err := model.ParseOptions(s.Options)
	if err != nil {
		t.Errorf("%s: %v", s.Name, err)
	}
	for _, v := range options.Env {
		open := func(p model.PortAsk) bool { return strings.HasPrefix(p.String(), v.Value+"/") }
		if v.Name == "OPEN_BUTTON_PORT" && !slices.ContainsFunc(options.Ports, open) {
			t.Errorf("%s: the Open button's port %s isn't open", s.Name, v.Value)
		}
	}
}

func TestLaterFoldersHideEarlierOnes(t *testing.T) {
	c := open(t, map[string]string{
		"system/templates/ubuntu.toml": "name = 'ubuntu'\nimage = 'system'",
		"system/templates/lab.toml":    "name = 'lab'\nimage = 'system'",
		"user/templates/x.toml":        "name = 'lab'\nimage = 'user'",
		"user/templates/plain.toml":    "image = 'user'",
		"user/templates/notes.txt":     "not a template",
		"user/templates/.swap.toml":    "nor this",
	})
	all, err := c.Templates()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, x := range all {
		if x.Source != model.SourceShipped {
			got[x.Name] = x.Image + " " + string(x.Source) + " " + filepath.Base(x.Path)
		}
	}
	want := map[string]string{
		"ubuntu": "system system ubuntu.toml", "lab": "user user x.toml",
		"plain": "user user plain.toml", // has the name of its file
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestBrokenTemplatesAreNamedAndTheOthersComeBack(t *testing.T) {
	c := open(t, map[string]string{
		"user/templates/good.toml":    "image = 'a'",
		"user/templates/typo.toml":    "image = 'a'\n\ngpsu = 1",
		"user/templates/type.toml":    "gpus = 'one'",
		"user/templates/twin.toml":    "name = 'good'",
		"user/templates/control.toml": "image = 'a'\nname = \"a\\u001b[2J\"",
		"user/templates/zero.toml":    "image = 'a'\ndescription = \"a\\u0000b\"",
		"system/templates/bad.toml":   "x",
	})
	if err := os.Mkdir(filepath.Join(c.folders.User, "templates", "folder.toml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(c.folders.User, "templates", "pipe.toml"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := c.Templates()
	says(t, err,
		filepath.Join(c.folders.User, "templates", "typo.toml")+":3: gpsu: no such key: did you mean gpus?",
		"type.toml:1: gpus: want a whole number",
		`twin.toml: name: "good" is the name of good.toml too`,
		"control.toml:2: name: ", "zero.toml:2: description: control characters are not allowed",
		filepath.Join(c.folders.System, "templates", "bad.toml")+":1: ",
		"folder.toml: not a regular file", "pipe.toml: not a regular file",
	)
	if strings.ContainsRune(err.Error(), '\x1b') {
		t.Errorf("the error would write to the terminal: %q", err)
	}
	if len(all) != 8 || all[slices.IndexFunc(all, func(x model.Template) bool { return x.Name == "good" })].Image != "a" {
		t.Errorf("%d templates", len(all))
	}
}

// sound returns a template that can be saved.
func sound(name string) model.Template {
	return model.Template{Description: "what for", Order: model.Order{
		Name: name, Image: "ubuntu:24.04", Mode: model.ModeSSH, Share: 0.1, Disk: 10,
	}}
}

func TestASavedTemplateIsTheUsers(t *testing.T) {
	c := open(t, nil)
	for _, name := range []string{"mine", "lab/ü train", "../../etc/passwd", ".hidden", "日本", "mine/"} {
		want := sound(name)
		if err := c.Save(want); err != nil {
			t.Fatal(err)
		}
		got, err := c.find(name)
		if err != nil || got.Source != model.SourceUser || filepath.Dir(got.Path) != filepath.Join(c.folders.User, "templates") {
			t.Errorf("%v, %+v", err, got)
		}
		got.Source, got.Path = "", ""
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v", got)
		}
	}
}

func TestSavingAgainReplacesTheFile(t *testing.T) {
	c := open(t, map[string]string{"user/templates/odd-file.toml": "name = 'mine'\nimage = 'a'"})
	if err := c.Save(sound("mine")); err != nil {
		t.Fatal(err)
	}
	got, err := c.find("mine")
	if err != nil || got.Image != "ubuntu:24.04" || filepath.Base(got.Path) != "odd-file.toml" {
		t.Errorf("%v, %+v", err, got)
	}
	files, _ := os.ReadDir(filepath.Join(c.folders.User, "templates"))
	if len(files) != 1 {
		t.Errorf("files: %v", files)
	}
}

func TestAFileThatCantBeReadIsNotOverwritten(t *testing.T) {
	c := open(t, map[string]string{"user/templates/mine.toml": "my notes"})
	if err := c.Save(sound("mine")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(c.folders.User, "templates", "mine.toml"))
	if err != nil || string(text) != "my notes" {
		t.Errorf("%v, %q", err, text)
	}
	if got, err := c.find("mine"); err != nil || filepath.Base(got.Path) != "mine-2.toml" {
		t.Errorf("%v, %s", err, got.Path)
	}
}

func TestShippedAndSystemTemplatesAreReadOnly(t *testing.T) {
	c := open(t, map[string]string{"system/templates/lab.toml": "name = 'lab'\nimage = 'a'"})
	for _, name := range []string{"starter", "lab"} {
		for verb, err := range map[string]error{"save": c.Save(sound(name)), "delete": c.Delete(name)} {
			if !errors.Is(err, ErrReadOnly) {
				t.Errorf("%s %s: %v", verb, name, err)
			}
		}
	}
}

func TestATemplateThatNoMachineTakesIsNotSaved(t *testing.T) {
	c := open(t, nil)
	bad := sound("")
	bad.Image, bad.Options, bad.Description = "", "--gpus all", "a\x00b"
	err := c.Save(bad)
	var faults model.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	for _, field := range []string{"name", "description", "image", "options"} {
		if len(faults.Of(field)) != 1 {
			t.Errorf("%s: %v", field, faults.Of(field))
		}
	}
}

func TestADeletedTemplateIsGone(t *testing.T) {
	c := open(t, nil)
	if err := c.Save(sound("mine")); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete("mine"); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete("mine"); !errors.Is(err, ErrNoTemplate) {
		t.Errorf("a second time: %v", err)
	}
}

func TestWithoutAHomeTheShippedTemplatesAreThere(t *testing.T) {
	c, err := Open(Folders{})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := c.Templates(); err != nil || len(all) == 0 {
		t.Errorf("%v, %d", err, len(all))
	}
	says(t, c.Save(sound("mine")), "set HOME")
	says(t, c.PutLogin(Login{Host: "ghcr.io", User: "u", Password: "p"}), "set HOME")
	if hosts, err := c.Registries(); err != nil || len(hosts) != 0 {
		t.Errorf("%v, %v", err, hosts)
	}
}
