package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"berth/backend/strict"
	"berth/model"
)

// MachinePath is the path of the machine's own configuration.
const MachinePath = "/etc/berth/" + File

// A fileKeys has every key that a file may have.
type fileKeys struct {
	Config
	model.Policy
}

// policyKeys are the keys that only the machine's file may have.
var policyKeys = func() map[string]bool {
	keys := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[model.Policy]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name != "" && name != "-" {
			keys[name] = true
		}
	}
	return keys
}()

// readMachine reads the machine's file over the settings in was. A setting that is wrong keeps the value it had. If
// there are mistakes, the policy has only them.
func readMachine(path string, text []byte, was Config) (Config, model.Policy, error) {
	both := fileKeys{Config: was}
	d, _ := strict.Reader{File: path, Values: true}.Decode(text, &both) // the document has the mistakes
	for _, rule := range configRules {
		if reason := rule.wrong(both.Config); reason != "" {
			d.Fault(rule.key, "%s", reason)
			rule.keep(&both.Config, was)
		}
	}
	for _, f := range both.Check() {
		d.Fault(f.Key, "%s", f.Reason)
	}
	err := d.Err()
	if err != nil {
		both.Policy = model.Policy{Faults: strings.Split(err.Error(), "\n")}
	}
	return both.Config, both.Policy, err
}

// A Machine is the policy of the machine's file. Its methods may be called from any goroutine.
type Machine struct {
	path string

	mu     sync.Mutex
	read   stamp
	policy model.Policy
}

// A stamp shows, without reading a file, whether its content may have changed.
type stamp struct {
	changed time.Time
	size    int64
	inode   any
	err     string
}

// OpenMachine returns the machine's file at this path. The file may be missing: then the policy is empty.
func OpenMachine(path string) *Machine { return &Machine{path: path} }

// Policy returns the policy in the file's current content. If the file has mistakes, the policy has only them: see
// model.Policy.
func (m *Machine) Policy() model.Policy {
	now := stampOf(m.path)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.read == now {
		return m.policy
	}
	m.read, m.policy = now, model.Policy{}
	text, err := strict.ReadOrdinary(m.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		m.policy.Faults = []string{err.Error()}
	default:
		_, m.policy, _ = readMachine(m.path, text, fallback())
	}
	return m.policy
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{err: err.Error()}
	}
	return stamp{changed: info.ModTime(), size: info.Size(), inode: inode(info)}
}

// fallback returns the built-in configuration.
func fallback() Config {
	var c Config
	if err := c.apply("built-in "+File, []byte(Default)); err != nil {
		panic(err) // a test reads the built-in text, so this can't happen
	}
	return c
}

// Check returns all mistakes of a configuration file, or a sentence that sums up what the file decides.
func Check(path string) (summary string, err error) {
	text, err := strict.ReadOrdinary(path)
	if err != nil {
		return "", fmt.Errorf("configuration: %w", err)
	}
	_, p, err := readMachine(path, text, fallback())
	if err != nil {
		return "", err
	}
	return path + ": nothing is wrong in it" + p.Words(), nil
}
