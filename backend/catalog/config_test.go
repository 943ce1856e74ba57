package catalog

import (
	"path/filepath"
	"reflect"
	"testing"

	"berth/model"
)

func TestTheBuiltInConfigurationNamesEveryKeyWithItsDefault(t *testing.T) {
	c := open(t, nil).Config()
	want := Config{
		Ports: Range{First: 20000, Last: 29999}, DiskSizes: "auto", HostServices: "closed", Color: "auto", Keys: map[string][]string{},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v", c)
	}
	if c.PortRange() != model.DefaultPorts {
		t.Errorf("%v is not model's own default", c.PortRange())
	}
	var again Config
	d, err := decode("config.toml", []byte(DefaultConfig), &again)
	if err != nil {
		t.Fatal(err)
	}
	if named := len(keysOf(reflect.TypeFor[Config]())); len(d.top) != named {
		t.Errorf("config.toml names %d keys of %d", len(d.top), named)
	}
}

func TestTheUsersConfigurationChangesTheSystems(t *testing.T) {
	c := open(t, map[string]string{
		"system/config.toml": "public_ip = '203.0.113.7'\nport_range = '30000-30999'\nmemory_reserve = 8\n" +
			"[keys]\nnew = ['n']\nquit = ['q']\n[api]\nlisten = '0.0.0.0:8800'\n",
		"user/config.toml": "color = 'never'\nbell = true\nport_range = '31000 - 31999'\n[keys]\nquit = ['Q', 'f10']\n",
	}).Config()
	want := Config{
		PublicIP: "203.0.113.7", Ports: Range{First: 31000, Last: 31999}, MemoryReserve: 8, DiskSizes: "auto", HostServices: "closed",
		Color: "never", Bell: true,
		Keys: map[string][]string{"new": {"n"}, "quit": {"Q", "f10"}}, API: API{Listen: "0.0.0.0:8800"},
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
		"a key nobody knows":     {"mouse = true\nmuose = true", []string{":2: muose: no such key: did you mean mouse?"}},
		"a key in a table":       {"[api]\nlistne = 'x'", []string{":2: api.listne: no such key: did you mean listen?"}},
		"a dotted key":           {"api.lisen = 'x'", []string{":1: api.lisen: no such key"}},
		"a value for a table":    {"api = true", []string{":1: api: want a table, not true or false"}},
		"a key that is no list":  {"[keys]\nnew = 'n'", []string{":2: keys.new: want a list of texts in quotes, not a text"}},
		"a range with no end":    {"port_range = '20000'", []string{":1: port_range: want 64 ports or more between 1024 and 65535"}},
		"a range too small":      {"port_range = '20000-20062'", []string{":1: port_range: want 64 ports"}},
		"a range turned round":   {"port_range = '30000-20000'", []string{":1: port_range: want 64 ports"}},
		"a range of the system":  {"port_range = '80-2000'", []string{":1: port_range: want 64 ports"}},
		"a range beyond the end": {"port_range = '65000-66000'", []string{":1: port_range: want 64 ports"}},
		"an address that isn't":  {"public_ip = '203.0.113'", []string{`:1: public_ip: want an address such as "203.0.113.7"`}},
		"a colour":               {"color = 'blue'", []string{`:1: color: want "never", "auto" or "always"`}},
		"less than nothing":      {"disk_reserve = -1", []string{":1: disk_reserve: want a number of GB"}},
		"half a firewall":        {`host_services = "ajar"`, []string{`:1: host_services: want "closed" or "open"`}},
		"no way to hold a disk":  {`disk_sizes = "enforced"`, []string{`:1: disk_sizes: want "auto" or "watched"`}},
		"no number":              {"disk_reserve = nan", []string{":1: disk_reserve: want a number of GB"}},
		"no port":                {"[api]\nlisten = '0.0.0.0'", []string{`:2: api.listen: want an address with a port`}},
		"several at once":        {"color = 'x'\n[api]\nlisten = 'y'", []string{":1: color: ", ":3: api.listen: "}},
	} {
		t.Run(name, func(t *testing.T) {
			user := t.TempDir()
			write(t, filepath.Join(user, "config.toml"), c.text)
			_, err := Open(Folders{User: user})
			says(t, err, append(c.says, filepath.Join(user, "config.toml"))...)
		})
	}
}
