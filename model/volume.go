package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Volume is disk that outlives instances: it is promised like theirs, and goes when its owner removes it. One instance
// writes in it, or several read, each for as long as it exists.
type Volume struct {
	Name      string       `json:"name"`
	Owner     string       `json:"owner"`
	Size      Bytes        `json:"size"`
	Shared    bool         `json:"shared"` // others than its owner may read it
	CreatedAt time.Time    `json:"created_at"`
	LastUser  string       `json:"last_user,omitempty"` // the owner of the instance that had it last
	LastUsed  time.Time    `json:"last_used,omitzero"`  // when that was launched
	Use       Maybe[Bytes] `json:"use"`
	Writer    InstanceID   `json:"writer,omitempty"` // 0: none
	Readers   []InstanceID `json:"readers,omitempty"`

	Made     bool `json:"made"`     // the engine has it, as far as is known
	Removing bool `json:"removing"` // it is being removed
}

// State says in a few words what is with a volume.
func (v Volume) State() string {
	switch {
	case v.Removing:
		return "being removed"
	case v.Writer != 0:
		return v.Writer.String() + " writes"
	case len(v.Readers) == 1:
		return v.Readers[0].String() + " reads"
	case len(v.Readers) > 1:
		return fmt.Sprintf("%d instances read", len(v.Readers))
	}
	return "free"
}

// Held reports whether an instance has the volume.
func (v Volume) Held() bool { return v.Writer != 0 || len(v.Readers) > 0 }

// FullAt is from which part of its size on a volume is called full.
const FullAt = 0.9

// Full says that a volume's use nears or exceeds its size, which nothing but people holds it to; empty where it doesn't.
func (v Volume) Full() string {
	use, known := v.Use.Get()
	if !known || float64(use) < FullAt*float64(v.Size) {
		return ""
	}
	return fmt.Sprintf("volume %s of %s has %s of %s", v.Name, v.Owner, use, v.Size)
}

// CheckVolume says what is wrong with a volume that is to be made on a machine, everything at once.
func CheckVolume(name string, size float64, h Host) Faults {
	var faults Faults
	if !folderName().MatchString(name) {
		faults = append(faults, Fault{Field: "name", Value: name,
			Reason: "want a name of 1 to 32 letters, digits, dots, dashes and underscores, such as checkpoints"})
	}
	if size < 1 || size >= maxDisk || size != size {
		return append(faults, Fault{Field: "size", Value: number(size), Reason: "want a number of GB, 1 or more"})
	}
	return append(faults, h.diskShortage("size", size, Bytes(size*float64(GB)))...)
}

// A VolumeMount is a volume in an instance.
type VolumeMount struct {
	Volume   string `json:"volume"`
	At       string `json:"at"`
	ReadOnly bool   `json:"read_only,omitempty"`
}

// String is the mount as people read it.
func (m VolumeMount) String() string {
	if m.ReadOnly {
		return m.Volume + " at " + m.At + ", read-only"
	}
	return m.Volume + " at " + m.At
}

// parseVolume reads how an order asks for a volume: NAME, NAME:/path, NAME:ro or NAME:/path:ro.
func parseVolume(text string) (m VolumeMount, reason string) {
	words := strings.Split(text, ":")
	m.Volume, words = words[0], words[1:]
	if !folderName().MatchString(m.Volume) {
		return m, "want NAME, NAME:/path or NAME:/path:ro, such as checkpoints:/data"
	}
	if len(words) > 0 && strings.HasPrefix(words[0], "/") {
		m.At, words = words[0], words[1:]
		if strings.ContainsAny(m.At, "{}") {
			return m, "a place inside has no braces"
		}
		if reason := wrongTarget(m.At); reason != "" {
			return m, reason
		}
	}
	if len(words) > 0 && words[0] == "ro" {
		m.ReadOnly, words = true, words[1:]
	}
	if len(words) > 0 {
		return m, "want NAME, NAME:/path or NAME:/path:ro, such as checkpoints:/data"
	}
	return m, ""
}

// checkVolumes says what is wrong with how an order asks for volumes.
func checkVolumes(o Order) (value, reason string) {
	for _, text := range o.Volumes {
		if _, reason := parseVolume(text); reason != "" {
			return text, reason
		}
	}
	return "", ""
}

// checkFolders says what is wrong with the folders an order names.
func checkFolders(o Order) (value, reason string) {
	for _, name := range o.Folders {
		if !folderName().MatchString(name) {
			return name, "want the name of a folder that the machine's owner has listed"
		}
	}
	return "", ""
}

// volumeMounts are the volumes that an order asks for, and why it can't have them.
func (c Capacity) volumeMounts(o Order, data string) ([]VolumeMount, Faults) {
	var mounts []VolumeMount
	var faults Faults
	for _, text := range o.Volumes {
		m, reason := parseVolume(text)
		if reason != "" {
			continue // checkVolumes says it
		}
		if m.At == "" {
			m.At = data
		}
		at := slices.IndexFunc(c.Volumes, func(v Volume) bool { return v.Name == m.Volume })
		if at < 0 {
			faults = append(faults, Fault{Field: "volumes", Value: m.Volume, Reason: "there is no such volume: berth volume create " + m.Volume})
			continue
		}
		if reason := c.Volumes[at].refuses(c.Account.Owner, m.ReadOnly); reason != "" {
			faults = append(faults, Fault{Field: "volumes", Value: m.Volume, Reason: reason, Kind: ErrVolumeHeld})
			continue
		}
		if slices.ContainsFunc(mounts, func(other VolumeMount) bool { return other.Volume == m.Volume }) {
			faults = append(faults, Fault{Field: "volumes", Value: m.Volume, Reason: "asked for twice"})
			continue
		}
		mounts = append(mounts, m)
	}
	return mounts, faults
}

// refuses is why a user can't have a volume in another instance; empty where they can.
func (v Volume) refuses(user string, readOnly bool) string {
	switch {
	case v.Removing:
		return "it is being removed"
	case v.Owner != user && !v.Shared:
		return "it is " + v.Owner + "'s, who hasn't shared it (berth volume share)"
	case v.Owner != user && !readOnly:
		return "it is " + v.Owner + "'s: others may only read it, as " + v.Name + ":ro"
	case v.Writer != 0:
		return v.Writer.String() + " writes in it, until that is destroyed: one instance writes, or several read"
	case !readOnly && len(v.Readers) > 0:
		return v.State() + " it: take it read-only, as " + v.Name + ":ro, or destroy what reads it"
	}
	return ""
}

// CheckVolumes says why an instance can't go on with the volumes of its plan beside what the others have.
func CheckVolumes(mounts []VolumeMount, owner string, volumes []Volume) Faults {
	var faults Faults
	for _, m := range mounts {
		at := slices.IndexFunc(volumes, func(v Volume) bool { return v.Name == m.Volume })
		reason := "there is no such volume any more"
		if at >= 0 {
			reason = volumes[at].refuses(owner, m.ReadOnly)
		}
		if reason != "" {
			faults = append(faults, Fault{Field: "volumes", Value: m.Volume, Reason: reason, Kind: ErrVolumeHeld})
		}
	}
	return faults
}

// Claimed are volumes with who has them, as the plans of instances say.
func Claimed(volumes []Volume, instances []Instance) []Volume {
	out := slices.Clone(volumes)
	for n := range out {
		out[n].Writer, out[n].Readers = 0, nil
		for _, i := range instances {
			for _, m := range i.Plan.Volumes {
				switch {
				case m.Volume != out[n].Name:
				case m.ReadOnly:
					out[n].Readers = append(out[n].Readers, i.ID)
				default:
					out[n].Writer = i.ID
				}
			}
		}
	}
	return out
}

// Data are the folders and volumes of a plan, a line each.
func (p Plan) Data() []string {
	var lines []string
	for _, m := range p.Folders {
		lines = append(lines, "folder "+m.String())
	}
	for _, m := range p.Volumes {
		lines = append(lines, "volume "+m.String())
	}
	return lines
}

// placeFaults are places that more than one thing would be at.
func (p Plan) placeFaults() Faults {
	var faults Faults
	taken := map[string]string{}
	for _, m := range p.Folders {
		taken[m.At] = "folder " + m.Folder
	}
	for _, m := range p.Volumes {
		if other := taken[m.At]; other != "" {
			faults = append(faults, Fault{Field: "volumes", Value: m.Volume,
				Reason: other + " is at " + m.At + " too: say another place, as " + m.Volume + ":/path"})
		}
		taken[m.At] = "volume " + m.Volume
	}
	return faults
}
