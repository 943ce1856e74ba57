package catalog

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"berth/model"
)

// DefaultConfig is the built-in configuration as a file with an explanation of each key.
//
//go:embed config.toml
var DefaultConfig string

// configFile is the configuration's name in its folders.
const configFile = "config.toml"

// A Config is what can be set about this berth; config.toml says what each key means.
type Config struct {
	PublicIP      string              `toml:"public_ip"`
	Ports         Range               `toml:"port_range"`
	MemoryReserve GB                  `toml:"memory_reserve"` // 0: by the machine's size
	DiskReserve   GB                  `toml:"disk_reserve"`   // 0: by the machine's size
	DiskSizes     string              `toml:"disk_sizes"`
	HostServices  string              `toml:"host_services"`
	Color         string              `toml:"color"`
	ASCII         bool                `toml:"ascii"`
	Mouse         bool                `toml:"mouse"`
	Bell          bool                `toml:"bell"`
	Keys          map[string][]string `toml:"keys"`
	API           API                 `toml:"api"`
}

// DiskSizesWatched is the value of disk_sizes with which the engine is given none.
const DiskSizesWatched = "watched"

// HostServicesOpen is the value of host_services with which instances reach whatever listens on this machine.
const HostServicesOpen = "open"

// API is what can be set about the HTTP API.
type API struct {
	Listen string `toml:"listen"`
}

// PortRange is where external ports are taken from.
func (c Config) PortRange() model.PortRange { return model.PortRange(c.Ports) }

// GB is a size as people write it: a number of decimal gigabytes.
type GB float64

// Bytes is the size in bytes.
func (g GB) Bytes() model.Bytes { return model.Bytes(float64(g) * float64(model.GB)) }

// A Range is a range of ports, written "20000-29999".
type Range model.PortRange

// UnmarshalText reads a range.
func (r *Range) UnmarshalText(text []byte) error {
	first, last, _ := strings.Cut(string(text), "-")
	from, err1 := strconv.Atoi(strings.TrimSpace(first))
	to, err2 := strconv.Atoi(strings.TrimSpace(last))
	// Below 1024 are the ports of the machine's own services.
	if err1 != nil || err2 != nil || from < 1024 || to > 65535 || to-from+1 < model.MaxPorts {
		return fmt.Errorf("want %d ports or more between 1024 and 65535, such as \"20000-29999\"", model.MaxPorts)
	}
	*r = Range{First: from, Last: to}
	return nil
}

// readConfig reads the configuration in all its layers.
func readConfig(f Folders) (Config, error) {
	var c Config
	if err := c.apply("built-in "+configFile, []byte(DefaultConfig)); err != nil {
		return c, err
	}
	for _, folder := range []string{f.System, f.User} {
		if folder == "" {
			continue
		}
		path := filepath.Join(folder, configFile)
		text, err := readFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return c, fmt.Errorf("configuration: %w", err)
		}
		if err := c.apply(path, text); err != nil {
			return c, err
		}
	}
	return c, nil
}

// apply changes what a file names.
func (c *Config) apply(path string, text []byte) error {
	d, err := decode(path, text, c)
	if err != nil {
		return err
	}
	for _, rule := range configRules {
		if reason := rule.wrong(*c); reason != "" {
			d.fault(rule.key, "%s", reason)
		}
	}
	return d.err()
}

// configRules are what a value must be beyond its type.
var configRules = []struct {
	key   toml.Key
	wrong func(Config) string
}{
	{toml.Key{"public_ip"}, func(c Config) string {
		if _, err := netip.ParseAddr(c.PublicIP); c.PublicIP != "" && err != nil {
			return `want an address such as "203.0.113.7"`
		}
		return ""
	}},
	{toml.Key{"memory_reserve"}, func(c Config) string { return c.MemoryReserve.wrong() }},
	{toml.Key{"disk_reserve"}, func(c Config) string { return c.DiskReserve.wrong() }},
	{toml.Key{"disk_sizes"}, func(c Config) string {
		if c.DiskSizes != "auto" && c.DiskSizes != DiskSizesWatched {
			return `want "auto" or "watched"`
		}
		return ""
	}},
	{toml.Key{"host_services"}, func(c Config) string {
		if c.HostServices != "closed" && c.HostServices != HostServicesOpen {
			return `want "closed" or "open"`
		}
		return ""
	}},
	{toml.Key{"color"}, func(c Config) string {
		if !slices.Contains([]string{"never", "auto", "always"}, c.Color) {
			return `want "never", "auto" or "always"`
		}
		return ""
	}},
	{toml.Key{"api", "listen"}, func(c Config) string {
		_, port, err := net.SplitHostPort(c.API.Listen)
		if n, bad := strconv.ParseUint(port, 10, 16); c.API.Listen != "" && (err != nil || bad != nil || n == 0) {
			return `want an address with a port, such as "0.0.0.0:8800"`
		}
		return ""
	}},
}

// wrong says why a size can't be kept back.
func (g GB) wrong() string {
	const petabyte = 1e6
	if g >= 0 && g <= petabyte { // what isn't a number is neither
		return ""
	}
	return "want a number of GB, 0 or more"
}
