package strict

import (
	"errors"
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
		"a command":                 {"docker run -it ubuntu", `F:1: not a line of TOML; want such as image = "ubuntu:24.04" (expected`},
		"a Dockerfile":              {"FROM ubuntu\nRUN x", `F:1: not a line of TOML`},
		"a text without quotes":     {"image = ubuntu", `F:1: image: not a value; a text stands in quotation marks`},
		"a fraction with a comma":   {"disk = 0,5", `F:1: a number's fraction stands after a point: 0.5 (expected`},
		"a folder of Windows":       {`onstart = "C:\Users"`, `F:1: onstart: a backslash means something in "…"; in '…' it stays`},
		"another one":               {`onstart = "C:\data"`, `F:1: onstart: a backslash means something`},
		"a text over lines":         {"onstart = \"a\nb\"", `F:1: onstart: a text of several lines stands between """ and """`},
		"an open text of lines":     {"onstart = '''a\nb", `onstart: it isn't closed before the file ends`},
		"two keys in a line":        {"image = 'a' mode = 'ssh'", `F:1: something follows the value; want one key a line`},
		"zero bytes":                {"image = 'a'\x00", `F:1: not a text file (`},
		"an old system's end":       {"image = 'a'\n\x1a", `F:2: a control character; want text alone (`},
		"what only berth can write": {"source = 'shipped'", `F:1: source: no such key`},
	} {
		t.Run(name, func(t *testing.T) {
			var template model.Template
			_, err := Reader{File: "F"}.Decode([]byte(c.text), &template)
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
	_, err := Reader{File: "F"}.Decode([]byte("zzz = 1\nname = 'kept'\ngpus = 'x'\naaa = 2\n"), &template)
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
	_, err := Reader{File: "F"}.Decode([]byte(`
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
		if _, err := (Reader{File: "F"}).Decode([]byte(text), &template); err == nil || strings.ContainsRune(err.Error(), '\x1b') {
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

// says checks that an error contains all of the words.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q lacks %q", err, w)
		}
	}
}

// This is a machine of several folders, as its owner lists them.
type list struct {
	Folders []struct {
		Name  string   `toml:"name"`
		Users []string `toml:"users"`
	} `toml:"folder"`
	Limits map[string]int `toml:"limits"`
}

func TestAMistakeInAListOfTablesNamesItsOwnLine(t *testing.T) {
	const text = `[[folder]]
name = 1
note = '''
[[folder]]
'''
[[folder]]
nam = 'b'
[[folder]]
users = 'maria'
[limits]
gpus = 'x'
`
	var l list
	d, err := Reader{File: "F", Values: true}.Decode([]byte(text), &l)
	says(t, err, `F:2: folder.name 1: want a text in quotes, not a whole number`, `: folder.note "[[folder]]\n": no such key`,
		`F:7: folder.nam "b": no such key: did you mean name?`, `F:9: folder.users "maria": want a list of texts in quotes, not a text`,
		`F:11: limits.gpus "x": want a whole number, not a text`)
	if len(l.Folders) != 3 {
		t.Errorf("it has %d folders", len(l.Folders))
	}
	d.Fault([]string{"folder", "1", "path"}, "missing")
	says(t, d.Err(), `F:7: folder.path: missing`)
}

func TestWhatIsNoListOfTablesIsSaidSo(t *testing.T) {
	for text, want := range map[string]string{
		"folder = 'x'":          `F:1: folder: want tables, each under [[folder]], not a text`,
		"[folder]\nname = 'x'":  `F:1: folder: want tables, each under [[folder]], not a table`,
		"folder = [{name = 1}]": `F:1: folder.name: want a text in quotes, not a whole number`,
		"folder = [1]":          `F:1: folder: want tables, each under [[folder]]`,
	} {
		var l list
		_, err := Reader{File: "F"}.Decode([]byte(text), &l)
		says(t, err, want)
	}
}
