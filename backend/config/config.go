// Package config reads berth's configuration: the built-in one, changed by the machine's file, changed by the user's.
// Begin reading at Read and Machine.
//
// The machine's file also has what the machine's owner has decided for everybody, a model.Policy. A user's file may not
// have that part. It is read again whenever the file has changed. A file with mistakes stops nothing that runs: its
// correct settings apply, the mistakes are reported, and nothing new is launched until they are corrected.
package config

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"berth/backend/strict"
	"berth/model"
)

// Default is the text of the built-in configuration, which explains each key.
//
//go:embed config.toml
var Default string

// File is the name of the configuration in each folder.
const File = "config.toml"

// A Config has the settings of this berth. The comments in config.toml explain each key.
type Config struct {
	PublicIP      string              `toml:"public_ip"`
	Ports         Range               `toml:"port_range"`
	MemoryReserve GB                  `toml:"memory_reserve"` // 0: depends on the machine's size
	DiskReserve   GB                  `toml:"disk_reserve"`   // 0: depends on the machine's size
	DiskSizes     string              `toml:"disk_sizes"`
	HostServices  string              `toml:"host_services"`
	Color         string              `toml:"color"`
	ASCII         bool                `toml:"ascii"`
	Mouse         bool                `toml:"mouse"`
	Bell          bool                `toml:"bell"`
	Keys          map[string][]string `toml:"keys"`
	API           API                 `toml:"api"`
	Metrics       Metrics             `toml:"metrics"`
	Machines      Machines            `toml:"machines"`
}

// DiskSizesWatched is the value of disk_sizes with which the engine gets no size limits.
const DiskSizesWatched = "watched"

// HostServicesOpen is the value of host_services with which instances may reach everything that listens on this
// machine.
const HostServicesOpen = "open"

// Machines are other machines by the names that --on takes: how ssh reaches each, and behind it the command of the berth
// there, if it isn't berth.
type Machines map[string]string

// wrong says what can't be a machine's name, or how one is reached.
func (m Machines) wrong() string {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if why := model.MachineName(name); why != "" {
			return why
		}
		if words := strings.Fields(m[name]); len(words) == 0 || strings.HasPrefix(words[0], "-") {
			return name + ` = "…": want what ssh is told, such as "maria@gpu2.lab", and behind it the command there if it isn't berth`
		}
	}
	return ""
}

// Metrics is what can be set about what Prometheus is told.
type Metrics struct {
	Listen string `toml:"listen"`
}

// wrong says why metrics can't be served there: they tell who works when, so that only this machine may ask.
func (m Metrics) wrong() string {
	if path, unix := strings.CutPrefix(m.Listen, "unix:"); unix && strings.HasPrefix(path, "/") || m.Listen == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(m.Listen)
	ip, bad := netip.ParseAddr(host)
	if n, wrong := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || wrong != nil || n == 0 || !ip.IsLoopback() {
		return `want an address of the loopback with a port, such as "127.0.0.1:9835", or "unix:/run/berth/metrics.sock"`
	}
	return ""
}

// API has the settings of the HTTP API.
type API struct {
	Listen string `toml:"listen"`
}

// PortRange returns the range that external ports are taken from.
func (c Config) PortRange() model.PortRange { return model.PortRange(c.Ports) }

// GB is a size in decimal gigabytes, as people write it.
type GB float64

// Bytes returns the size in bytes.
func (g GB) Bytes() model.Bytes { return model.Bytes(float64(g) * float64(model.GB)) }

// A Range is a range of ports, written "20000-29999".
type Range model.PortRange

// UnmarshalText parses a range.
func (r *Range) UnmarshalText(text []byte) error {
	first, last, _ := strings.Cut(string(text), "-")
	from, err1 := strconv.Atoi(strings.TrimSpace(first))
	to, err2 := strconv.Atoi(strings.TrimSpace(last))
	// Ports below 1024 belong to the machine's own services.
	if err1 != nil || err2 != nil || from < 1024 || to > 65535 || to-from+1 < model.MaxPorts {
		return fmt.Errorf("want %d ports or more between 1024 and 65535, such as \"20000-29999\"", model.MaxPorts)
	}
	*r = Range{First: from, Last: to}
	return nil
}

// Read reads the configuration from all its files. Mistakes in the machine's file are not an error here: a Machine
// reports them. If a path is empty, that file is left out.
func Read(machine, user string) (Config, error) {
	var c Config
	if err := c.apply("built-in "+File, []byte(Default)); err != nil {
		return c, err
	}
	if text, err := strict.ReadOrdinary(machine); err == nil {
		c, _, _ = readMachine(machine, text, c)
	}
	text, err := strict.ReadOrdinary(user)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("configuration: %w", err)
	}
	return c, c.apply(user, text)
}

// apply changes the values that a file names.
func (c *Config) apply(path string, text []byte) error {
	both := fileKeys{Config: *c}
	d, err := strict.Reader{File: path, Values: true}.Decode(text, &both)
	*c = both.Config
	if err != nil {
		return err
	}
	for key := range policyKeys {
		if d.Has(key) {
			d.Fault(toml.Key{key}, "only the machine's own configuration may have it")
		}
	}
	checkConfig(d, both.Config)
	return d.Err()
}

// checkConfig records which of a configuration's values are wrong.
func checkConfig(d *strict.Document, c Config) {
	for _, rule := range configRules {
		if reason := rule.wrong(c); reason != "" {
			d.Fault(rule.key, "%s", reason)
		}
	}
}

// configRules are the rules for a value that its type doesn't express, and how to restore the value that it had before.
var configRules = []struct {
	key   toml.Key
	wrong func(Config) string
	keep  func(c *Config, was Config)
}{
	{toml.Key{"public_ip"}, func(c Config) string {
		if _, err := netip.ParseAddr(c.PublicIP); c.PublicIP != "" && err != nil {
			return `want an address such as "203.0.113.7"`
		}
		return ""
	}, func(c *Config, was Config) { c.PublicIP = was.PublicIP }},
	{
		toml.Key{"memory_reserve"}, func(c Config) string { return c.MemoryReserve.wrong() },
		func(c *Config, was Config) { c.MemoryReserve = was.MemoryReserve },
	},
	{
		toml.Key{"disk_reserve"}, func(c Config) string { return c.DiskReserve.wrong() },
		func(c *Config, was Config) { c.DiskReserve = was.DiskReserve },
	},
	{toml.Key{"disk_sizes"}, func(c Config) string {
		if c.DiskSizes != "auto" && c.DiskSizes != DiskSizesWatched {
			return `want "auto" or "watched"`
		}
		return ""
	}, func(c *Config, was Config) { c.DiskSizes = was.DiskSizes }},
	{toml.Key{"host_services"}, func(c Config) string {
		if c.HostServices != "closed" && c.HostServices != HostServicesOpen {
			return `want "closed" or "open"`
		}
		return ""
	}, func(c *Config, was Config) { c.HostServices = was.HostServices }},
	{toml.Key{"color"}, func(c Config) string {
		if !slices.Contains([]string{"never", "auto", "always"}, c.Color) {
			return `want "never", "auto" or "always"`
		}
		return ""
	}, func(c *Config, was Config) { c.Color = was.Color }},
	{
		toml.Key{"machines"}, func(c Config) string { return c.Machines.wrong() },
		func(c *Config, was Config) { c.Machines = was.Machines },
	},
	{
		toml.Key{"metrics", "listen"}, func(c Config) string { return c.Metrics.wrong() },
		func(c *Config, was Config) { c.Metrics.Listen = was.Metrics.Listen },
	},
	{toml.Key{"api", "listen"}, func(c Config) string {
		_, port, err := net.SplitHostPort(c.API.Listen)
		if n, bad := strconv.ParseUint(port, 10, 16); c.API.Listen != "" && (err != nil || bad != nil || n == 0) {
			return `want an address with a port, such as "0.0.0.0:8800"`
		}
		return ""
	}, func(c *Config, was Config) { c.API.Listen = was.API.Listen }},
}

// wrong returns why a size can't be reserved, or "".
func (g GB) wrong() string {
	const petabyte = 1e6
	if g >= 0 && g <= petabyte { // NaN satisfies neither
		return ""
	}
	return "want a number of GB, 0 or more"
}
