package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/moby/sys/atomicwriter"

	"berth/backend/strict"
	"berth/model"
)

func TestTheBuiltInConfigurationNamesEveryKeyWithItsDefault(t *testing.T) {
	c, err := Read("", "")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Ports: Range{First: 20000, Last: 29999}, DiskSizes: "auto", HostServices: "closed", Color: "auto", Keys: map[string][]string{},
		Machines: Machines{},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v", c)
	}
	if c.PortRange() != model.DefaultPorts {
		t.Errorf("%v is not model's own default", c.PortRange())
	}
	var again Config
	d, err := strict.Reader{File: "config.toml"}.Decode([]byte(Default), &again)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if !d.Has(f.Tag.Get("toml")) {
			t.Errorf("config.toml doesn't name %s", f.Tag.Get("toml"))
		}
	}
}

func TestTheUsersConfigurationChangesTheSystems(t *testing.T) {
	c, err := Read(file(t, "public_ip = '203.0.113.7'\nport_range = '30000-30999'\nmemory_reserve = 8\n"+
		"[keys]\nnew = ['n']\nquit = ['q']\n[api]\nlisten = '0.0.0.0:8800'\n[machines]\nbox1 = 'gpu1'\nbox2 = 'gpu2'\n"),
		file(t, "color = 'never'\nbell = true\nport_range = '31000 - 31999'\n[keys]\nquit = ['Q', 'f10']\n[machines]\nbox2 = 'me@gpu2 /opt/berth'\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		PublicIP: "203.0.113.7", Ports: Range{First: 31000, Last: 31999}, MemoryReserve: 8, DiskSizes: "auto", HostServices: "closed",
		Color: "never", Bell: true,
		Keys: map[string][]string{"new": {"n"}, "quit": {"Q", "f10"}}, API: API{Listen: "0.0.0.0:8800"},
		Machines: Machines{"box1": "gpu1", "box2": "me@gpu2 /opt/berth"},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v", c)
	}
	if c.MemoryReserve.Bytes() != 8*model.GB {
		t.Errorf("got %d bytes", c.MemoryReserve.Bytes())
	}
}

func TestAWrongConfigurationIsRefusedNamingFileLineAndKey(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		says []string
	}{
		"a key nobody knows":     {"mouse = true\nmuose = true", []string{":2: muose true: no such key: did you mean mouse?"}},
		"a key in a table":       {"[api]\nlistne = 'x'", []string{`:2: api.listne "x": no such key: did you mean listen?`}},
		"a dotted key":           {"api.lisen = 'x'", []string{`:1: api.lisen "x": no such key`}},
		"a machine's bad name":   {"[machines]\n'a/b' = 'x'", []string{`"a/b" can't be a machine's name`}},
		"a machine without way":  {"[machines]\nbox = ''", []string{`box = "…": want what ssh is told`}},
		"a flag as a machine":    {"[machines]\nbox = '-oProxyCommand=x'", []string{`want what ssh is told`}},
		"a value for a table":    {"api = true", []string{":1: api true: want a table, not true or false"}},
		"a key that is no list":  {"[keys]\nnew = 'n'", []string{`:2: keys.new "n": want a list of texts in quotes, not a text`}},
		"a range with no end":    {"port_range = '20000'", []string{`:1: port_range "20000": want 64 ports or more between 1024 and 65535`}},
		"a range too small":      {"port_range = '20000-20062'", []string{`:1: port_range "20000-20062": want 64 ports`}},
		"a range turned round":   {"port_range = '30000-20000'", []string{`:1: port_range "30000-20000": want 64 ports`}},
		"a range of the system":  {"port_range = '80-2000'", []string{`:1: port_range "80-2000": want 64 ports`}},
		"a range beyond the end": {"port_range = '65000-66000'", []string{`:1: port_range "65000-66000": want 64 ports`}},
		"an address that isn't":  {"public_ip = '203.0.113'", []string{`:1: public_ip "203.0.113": want an address such as "203.0.113.7"`}},
		"a colour":               {"color = 'blue'", []string{`:1: color "blue": want "never", "auto" or "always"`}},
		"less than nothing":      {"disk_reserve = -1", []string{":1: disk_reserve -1: want a number of GB"}},
		"half a firewall":        {`host_services = "ajar"`, []string{`:1: host_services "ajar": want "closed" or "open"`}},
		"no way to hold a disk":  {`disk_sizes = "enforced"`, []string{`:1: disk_sizes "enforced": want "auto" or "watched"`}},
		"no number":              {"disk_reserve = nan", []string{":1: disk_reserve NaN: want a number of GB"}},
		"no port":                {"[api]\nlisten = '0.0.0.0'", []string{`:2: api.listen "0.0.0.0": want an address with a port`}},
		"several at once":        {"color = 'x'\n[api]\nlisten = 'y'", []string{`:1: color "x": `, `:3: api.listen "y": `}},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, c.text)
			_, err := Read("", path)
			says(t, err, append(c.says, path)...)
			_, err = Check(path)
			says(t, err, append(c.says, path)...)
		})
	}
}

// Mistakes in the machine's file stop nothing: its correct settings apply, and the others keep their values.
func TestTheMachinesConfigurationCountsAsFarAsItIsRight(t *testing.T) {
	path := file(t, "public_ip = '203.0.113.7'\ncolor = 'blue'\nport_range = '80-90'\nbell = true\nmuose = true\n")
	c, err := Read(path, "")
	if err != nil || c.PublicIP != "203.0.113.7" || c.Color != "auto" || c.PortRange() != model.DefaultPorts || !c.Bell {
		t.Errorf("%v: got %+v", err, c)
	}
	p := OpenMachine(path).Policy()
	if len(p.Faults) != 3 || p.Folders != nil {
		t.Errorf("got %+v", p)
	}
	if c, err = Read(file(t, "color = "), ""); err != nil || c.Color != "auto" {
		t.Errorf("%v: got %+v", err, c)
	}
}

func TestOnlyTheMachinesFileDecidesForEverybody(t *testing.T) {
	const text = "[[folder]]\nname = 'data'\npath = '/srv/data'\n"
	_, err := Read("", file(t, text))
	says(t, err, "folder: only the machine's own configuration may have it")
	if said, err := Check(file(t, text)); err != nil || !strings.Contains(said, "nothing is wrong in it; 1 folder") {
		t.Errorf("%q, %v", said, err)
	}
}

// The keeper runs for months: a change of the file applies as soon as it is written.
func TestTheMachinesFileIsReadAnewWhenItHasChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	m := OpenMachine(path)
	put := func(text string) model.Policy {
		t.Helper()
		if err := atomicwriter.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return m.Policy()
	}
	if p := m.Policy(); p.Folders != nil || p.Faults != nil {
		t.Errorf("without a file: %+v", p)
	}
	if p := put("[[folder]]\nname = 'data'\npath = '/srv/data'\n"); len(p.Folders) != 1 || p.Folders[0].Path != "/srv/data" {
		t.Errorf("got %+v", p)
	}
	if p := put("[[folder]]\nname = 'data'\npath = '/srv/date'\n"); len(p.Folders) != 1 || p.Folders[0].Path != "/srv/date" {
		t.Errorf("got %+v", p)
	}
	if p := put("[[folder]]\nname = 'data'\npath = 'srv'\n"); len(p.Faults) != 1 || p.Folders != nil {
		t.Errorf("got %+v", p)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if p := m.Policy(); p.Folders != nil || p.Faults != nil {
		t.Errorf("with its file gone: %+v", p)
	}
}

func TestAWrongFolderIsRefusedNamingLineKeyAndValue(t *testing.T) {
	const good = "[[folder]]\nname = 'data'\npath = '/srv/data'\n"
	for name, c := range map[string]struct{ text, want string }{
		"no name":              {"[[folder]]\npath = '/srv/data'\n", `:2: folder.name: want a name of`},
		"a name with a blank":  {"[[folder]]\nname = 'my data'\npath = '/srv/data'\n", `:2: folder.name "my data": want a name of`},
		"a name twice":         {good + "\n" + good, `:6: folder.name "data": the name of folder 1 too`},
		"no path":              {"[[folder]]\nname = 'data'\n", `:2: folder.path: want a path that begins with /`},
		"a path that goes up":  {"[[folder]]\nname = 'data'\npath = '/srv/../etc'\n", `:3: folder.path "/srv/../etc": want it as /etc`},
		"the whole machine":    {"[[folder]]\nname = 'all'\npath = '/'\nat = '/host'\n", `:3: folder.path "/": want a folder of data`},
		"the engine's socket":  {"[[folder]]\nname = 'run'\npath = '/run/docker'\nat = '/x'\n", `:3: folder.path "/run/docker": want a folder of data`},
		"a word nobody knows":  {"[[folder]]\nname = 'x'\npath = '/srv/{group}'\n", `:3: folder.path "/srv/{group}": the only word in braces is {user}`},
		"over the image's own": {good + "at = '/usr'\n", `:4: folder.at "/usr": want another place`},
		"over the keys":        {good + "at = '/root/.ssh'\n", `:4: folder.at "/root/.ssh": want another place`},
		"a mode":               {good + "mode = 'w'\n", `:4: folder.mode "w": want "ro" or "rw"`},
		"users that are none":  {good + "users = ['']\n", `:4: folder.users: want names of users`},
		"one user":             {good + "users = 'maria'\n", `:4: folder.users "maria": want a list of texts in quotes, not a text`},
		"a key nobody knows":   {good + "groop = ['ml']\n", `:4: folder.groop: no such key: did you mean groups?`},
	} {
		_, err := Check(file(t, c.text))
		says(t, err, c.want)
		if strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%s: more than one fault: %v", name, err)
		}
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// says checks that an error contains all of the words.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q lacks %q", err, w)
		}
	}
}
