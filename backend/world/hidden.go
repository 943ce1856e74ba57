package world

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"berth/backend/label"
	"berth/model"

	"github.com/moby/sys/atomicwriter"
)

// A witness passes on whose the processes on the GPUs are. /proc may hide that from an ordinary user (hidepid), while
// the keeper, mostly a service that is root, sees it: it writes what it sees into a file in the state folder, where
// everybody else reads about the processes that are hidden from them. Only the observer's goroutine tells; anybody asks.
type witness struct {
	home string
	now  func() time.Time
	log  *slog.Logger

	told []sighting // as last written
	at   time.Time  // when the file was last known to be there and new
}

// A sighting is one process with what its own user can't hide from root.
type sighting struct {
	PID       int    `json:"pid"`
	User      string `json:"user"`
	Command   string `json:"command"`
	Container string `json:"container,omitempty"`
}

const (
	// witnessFile is in the state folder, and not in the ledger: it is written as often as processes come and go.
	witnessFile = "processes.json"
	// credibleFor is how long the file counts after it was last touched. The pids in it may be others' after that.
	credibleFor = 3 * unwatchedTick
	longestFile = 1 << 20
)

// tell writes the processes that this process sees. It touches the file when they are still the same.
func (w *witness) tell(devices []model.Device) {
	var seen []sighting
	for _, d := range devices {
		for _, p := range d.Processes {
			if !p.Hidden {
				seen = append(seen, sighting{p.PID, p.User, p.Command, p.Container})
			}
		}
	}
	same, now := slices.Equal(seen, w.told), w.now()
	if same && (len(seen) == 0 || now.Sub(w.at) < unwatchedTick) {
		return
	}
	w.told, w.at = seen, now // what fails is tried again when the file would be touched
	path := filepath.Join(w.home, witnessFile)
	if same && os.Chtimes(path, now, now) == nil {
		return
	}
	text, err := json.Marshal(seen)
	if err == nil {
		err = atomicwriter.WriteFile(path, text, label.FileMode(w.home))
	}
	if err == nil {
		err = os.Chtimes(path, now, now)
	}
	if err != nil {
		w.log.Warn("telling others whose the processes on the GPUs are", "err", err)
	}
}

// ask returns the devices with what the keeper tells of the processes that are hidden from this one.
func (w *witness) ask(devices []model.Device) []model.Device {
	if !slices.ContainsFunc(devices, func(d model.Device) bool { return slices.ContainsFunc(d.Processes, isHidden) }) {
		return devices
	}
	seen := w.read()
	if len(seen) == 0 {
		return devices
	}
	out := slices.Clone(devices)
	for n := range out {
		out[n].Processes = slices.Clone(out[n].Processes)
		for k, p := range out[n].Processes {
			if s, known := seen[p.PID]; known && p.Hidden {
				p.User, p.Command, p.Container, p.Hidden = s.User, s.Command, s.Container, false
				out[n].Processes[k] = p
			}
		}
	}
	return out
}

func isHidden(p model.Process) bool { return p.Hidden }

// read returns what the file says, by pid; nothing if it is old or can't be read.
func (w *witness) read() map[int]sighting {
	path := filepath.Join(w.home, witnessFile)
	at, err := os.Lstat(path)
	if err != nil || !at.Mode().IsRegular() || w.now().Sub(at.ModTime()) > credibleFor {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.log.Warn("asking whose the processes on the GPUs are", "err", err)
		}
		return nil
	}
	var all []sighting
	f, err := os.Open(path)
	if err == nil {
		defer f.Close() //nolint:errcheck // it was only read
		err = json.NewDecoder(io.LimitReader(f, longestFile)).Decode(&all)
	}
	if err != nil {
		w.log.Warn("asking whose the processes on the GPUs are", "err", err)
		return nil
	}
	seen := make(map[int]sighting, len(all))
	for _, s := range all {
		seen[s.PID] = s
	}
	return seen
}
