package catalog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"berth/model"
)

func TestAFilesMistakesNameLineKeyAndWhatToWrite(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a letter too many":         {"image = 'a'\nimagee = 'b'", `F:2: imagee: no such key: did you mean image?`},
		"letters swapped":           {"\n\nimgae = 'b'", `F:3: imgae: no such key: did you mean image?`},
		"a capital":                 {"Image = 'b'", `F:1: Image: no such key: did you mean image?`},
		"nothing like it":           {"flavour = 'b'", `F:1: flavour: no such key: the keys are args, description, disk, `},
		"a table nobody knows":      {"[gpu]\nn = 1", `gpu: no such key: did you mean gpus?`},
		"a text for a number":       {"image = 'a'\n\ngpus = '2'", `F:3: gpus: want a whole number, not a text`},
		"a fraction for a number":   {"gpus = 1.5", `F:1: gpus: want a whole number, not a number with a fraction`},
		"a text for a fraction":     {"disk = '10 GB'", `F:1: disk: want a number, not a text`},
		"a number for a text":       {"image = 12", `F:1: image: want a text in quotes, not a whole number`},
		"a word for a switch":       {"export_env = 'yes'", `F:1: export_env: want true or false, not a text`},
		"a text for a list":         {"args = '--a --b'", `F:1: args: want a list of texts in quotes, not a text`},
		"numbers in a list":         {"args = ['a', 2]", `F:1: args: want a list of texts in quotes`},
		"a table for a text":        {"image = {name = 'a'}", `F:1: image: want a text in quotes, not a table`},
		"no quotes":                 {"image = 'a'\nmode = ssh", `F:2: mode: `},
		"the same twice":            {"image = 'a'\nimage = 'b'", `F:2: image: `},
		"an open text":              {"image = 'a", `F:1: image: `},
		"no TOML at all":            {"<html>", `F:1: `},
		"what only berth can write": {"source = 'shipped'", `F:1: source: no such key`},
	} {
		t.Run(name, func(t *testing.T) {
			var template model.Template
			_, err := decode("F", []byte(c.text), &template)
			says(t, err, c.want)
			var m *Mistake
			if !errors.As(err, &m) || m.File != "F" {
				t.Errorf("it is no mistake of the file: %#v", err)
			}
		})
	}
}

func TestAllMistakesComeAtOnceInTheOrderOfTheFile(t *testing.T) {
	var template model.Template
	_, err := decode("F", []byte("zzz = 1\nname = 'kept'\ngpus = 'x'\naaa = 2\n"), &template)
	var lines []string
	for line := range strings.Lines(err.Error()) {
		at, _, _ := strings.Cut(line, ": ")
		lines = append(lines, at)
	}
	if want := []string{"F:1", "F:3", "F:4"}; !reflect.DeepEqual(lines, want) {
		t.Errorf("got %v\n%v", lines, err)
	}
	if template.Name != "kept" {
		t.Errorf("what reads well isn't there: %+v", template)
	}
}

func TestWhatReadsWellIsRead(t *testing.T) {
	var got model.Template
	_, err := decode("F", []byte(`
		name = "mine" # a comment
		image = "ubuntu:24.04"
		mode = "args"
		disk = 12
		args = ["a", "b c"]
		pick_gpus = ["GPU-1"]
		onstart = """
echo "a"
"""
		description = "for ü"`), &got)
	want := model.Template{Description: "for ü", Order: model.Order{
		Name: "mine", Image: "ubuntu:24.04", Mode: model.ModeEntrypoint, Disk: 12, Args: []string{"a", "b c"},
		PickGPUs: []model.GPUID{"GPU-1"}, OnStart: "echo \"a\"\n",
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
}

func TestAMistakeDoesntWriteToTheTerminal(t *testing.T) {
	for _, text := range []string{"\"a\\u001b[2J\" = 1", "image = \"\\u001b[2J", "a\x1b[2J"} {
		var template model.Template
		if _, err := decode("F", []byte(text), &template); err == nil || strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("%q", err)
		}
	}
}

func TestSuggestionsAreNear(t *testing.T) {
	known := []string{"args", "disk", "gpus", "image", "onstart"}
	for typed, want := range map[string]string{
		"gpu": "gpus", "GPUS": "gpus", "disc": "disk", "on_start": "onstart", "onstrat": "onstart", "images": "image",
	} {
		if got := suggest(typed, known); got != "did you mean "+want+"?" {
			t.Errorf("%s: %s", typed, got)
		}
	}
	for _, typed := range []string{"volume", "x", ""} {
		if got := suggest(typed, known); !strings.HasPrefix(got, "the keys are args, disk") {
			t.Errorf("%s: %s", typed, got)
		}
	}
}

func TestAnOrderComesBackAsItWasWritten(t *testing.T) {
	for name, o := range map[string]model.Order{
		"nothing": {},
		"everything": {
			Name: "vastai/base-image", Image: "a/b:c@sha256:0", Mode: model.ModeJupyter, GPUs: 2,
			PickGPUs: []model.GPUID{"GPU-1", "GPU-2"}, GPUModel: "H100", Share: 0.125, Disk: 12.5,
			Options: `-e TEST="a b" -p 8081:8081`, OnStart: "#!/bin/bash\n\techo 'ü' \"x\" \\n\n", Args: []string{"", "a b"},
			Entrypoint: []string{"sh"}, Label: "läbel", JupyterLab: true, ExportEnv: true, Registry: "ghcr.io",
		},
		"a script of one line":           {OnStart: "entrypoint.sh"},
		"a script with the end in it":    {OnStart: "a\n'''\nb"},
		"a script that ends in a quote":  {OnStart: "a\necho 'b'"},
		"a script from another system":   {OnStart: "a\r\nb\r\n"},
		"a script that begins empty":     {OnStart: "\n\na\n"},
		"a script with an odd character": {OnStart: "a\n\x1b[1m\n"},
	} {
		t.Run(name, func(t *testing.T) { roundTrip(t, o) })
	}
}

func roundTrip(t *testing.T, o model.Order) {
	path := filepath.Join(t.TempDir(), "order.toml")
	text, err := encode(model.Template{Order: o})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadOrder(path); err != nil || !reflect.DeepEqual(got, o) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, o)
	}
}

func FuzzAnOrderComesBackAsItWasWritten(f *testing.F) {
	f.Add("name", "echo\n'''\n", "-e A=\"b\"", 0.5)
	f.Add("\"", "''\n'", "\\", -1.0)
	f.Fuzz(func(t *testing.T, name, script, options string, disk float64) {
		for _, s := range []string{name, script, options} {
			if strings.ToValidUTF8(s, "") != s || disk != disk {
				t.Skip("TOML is UTF-8, and what isn't a number equals nothing")
			}
		}
		roundTrip(t, model.Order{Name: name, OnStart: script, Options: options, Disk: disk, Mode: model.ModeSSH})
	})
}

// A file that is taken says the same when it is written again; any other is refused.
func FuzzAnyOrderFileIsTakenOrRefused(f *testing.F) {
	f.Add("image = \"ubuntu\"\ngpus = 1\nmode = \"ssh\"\noptions = \"-e A=b\"\n")
	f.Add("disk = inf\nmode = 7\n[order]\nimage = 'x'\n")
	f.Add("pick_gpus = [\"\", \"GPU-a\"]\nargs = [[1]]\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "order.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		one, err := ReadOrder(path)
		if err != nil || one.Disk != one.Disk || one.Share != one.Share {
			return
		}
		written, err := encode(model.Template{Order: one})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, written, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := ReadOrder(path)
		if err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", one) {
			t.Errorf("%q is taken as\n%+v, and written and read again\n%+v (%v)", text, one, again, err)
		}
	})
}

func TestAScriptIsWrittenInLinesOfItsOwn(t *testing.T) {
	text, err := encode(model.Template{Order: model.Order{OnStart: "cd /workspace\n./run \"$A\"\n"}})
	if err != nil || !strings.HasSuffix(string(text), "\nonstart = '''\ncd /workspace\n./run \"$A\"\n'''\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestAnOrderFileThatIsNoFileIsSaidSo(t *testing.T) {
	dir := t.TempDir()
	_, missing := ReadOrder(filepath.Join(dir, "none.toml"))
	says(t, missing, "none.toml", "no such file")
	_, folder := ReadOrder(dir)
	says(t, folder, dir, "is a directory")
	write(t, filepath.Join(dir, "huge"), strings.Repeat("#", 1<<20+1))
	_, huge := ReadOrder(filepath.Join(dir, "huge"))
	says(t, huge, "huge", "larger than 1 MiB")
}

// Files come from other programs' habits: what TOML's reader says of them helps nobody.
func TestAFileThatIsNoTOMLIsNamed(t *testing.T) {
	for text, says := range map[string]string{
		"image = \"a\"\nimage = \"b\"\n":  "order.toml:2: image: set twice (image)",
		"label = \"Gr\xf6\xdfe\"\n":       "save the file as UTF-8",
		"image = \u201cubuntu\u201d\n":    "typographic quotation marks",
		"image = \"ubuntu\"\u00a0\n":      "no-break space",
		"{\"image\": \"ubuntu\"}\n":       "this is JSON or YAML; want TOML",
		"image: ubuntu:24.04\ndisk: 10\n": "this is JSON or YAML; want TOML",
		"disk = 10 20\n":                  "expected a top-level item to end",
	} {
		path := filepath.Join(t.TempDir(), "order.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadOrder(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q in it", text, err, says)
		}
	}
	path := filepath.Join(t.TempDir(), "mac.toml")
	if err := os.WriteFile(path, []byte("image = \"a\"\rdisk = 20\r"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o, err := ReadOrder(path); err != nil || o.Image != "a" || o.Disk != 20 {
		t.Errorf("lines that end in CR alone: %+v, %v", o, err)
	}
}
