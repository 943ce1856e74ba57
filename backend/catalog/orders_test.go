package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"berth/model"
)

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

// A file that is accepted has the same content after it is written again; any other file is refused.
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

// Files come from the habits of other programs, and the TOML reader's messages about them help nobody.
func TestAFileThatIsNoTOMLIsNamed(t *testing.T) {
	for text, says := range map[string]string{
		"image = \"a\"\nimage = \"b\"\n":  "order.toml:2: image: set twice",
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
