// Package files is how the launcher gets into a container: where it lies there, and the archive that the
// keeper unpacks at the container's root before each start.
//
// The engine unpacks an archive entry by entry, in place, and may be killed between any two bytes. So
// nothing that an earlier start uses is overwritten: each start has a folder of its own, and the
// archive's last entry turns one link to it. Half an archive leaves the link as it was, or gone, and
// then the container doesn't start; a half-written launcher is never run.
//
//	/.berth/guest            → start-<name>/guest, the container's entry point
//	/.berth/start-<name>/    the launcher and its guest.json; those of earlier starts are removed by it
//	/.berth/status.json      what the launcher says
//	/.berth/installed.json   what it wrote elsewhere, so that it can tell its own files from changed ones
//	/.berth/host_ed25519     the SSH server's key, made at the first start
//	/.berth/jupyter/         a Jupyter that the launcher installed
package files

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"time"

	"berth/model"
)

// Where things lie inside a container.
const (
	Folder    = "/.berth"
	Program   = Folder + "/guest" // the entry point of ssh and jupyter instances
	Status    = Folder + "/status.json"
	Installed = Folder + "/installed.json"
	HostKey   = Folder + "/host_ed25519"
	Jupyter   = Folder + "/jupyter"

	// Config is the name of the launcher's orders, beside its program.
	Config = "guest.json"
	// StartPrefix begins the name of each start's folder.
	StartPrefix = "start-"
)

// name is what a start may be called: it becomes the name of a folder.
var name = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// Archive is the tar archive to unpack at the container's root before it starts: the launcher, its orders
// and, last, the link that makes both count.
func Archive(g model.Guest, program []byte) (io.Reader, error) {
	if !name.MatchString(g.Start) {
		return nil, fmt.Errorf("start %q: want up to 64 digits and letters", g.Start)
	}
	if !g.Mode.Launcher() {
		return nil, fmt.Errorf("mode %s has no launcher", g.Mode)
	}
	orders, err := json.Marshal(g)
	if err != nil {
		return nil, err
	}
	start := StartPrefix + g.Start
	var b bytes.Buffer
	b.Grow(len(program) + len(orders) + 8<<10)
	archive := tar.NewWriter(&b)
	for _, entry := range []struct {
		tar.Header
		content []byte
	}{
		{tar.Header{Name: ".berth/", Typeflag: tar.TypeDir, Mode: 0o755}, nil},
		{tar.Header{Name: ".berth/" + start + "/", Typeflag: tar.TypeDir, Mode: 0o755}, nil},
		{tar.Header{Name: ".berth/" + start + "/guest", Typeflag: tar.TypeReg, Mode: 0o755}, program},
		{tar.Header{Name: ".berth/" + start + "/" + Config, Typeflag: tar.TypeReg, Mode: 0o600}, orders},
		{tar.Header{Name: ".berth/guest", Typeflag: tar.TypeSymlink, Linkname: start + "/guest", Mode: 0o777}, nil},
	} {
		entry.Size = int64(len(entry.content))
		entry.ModTime = time.Unix(0, 0)
		if err := archive.WriteHeader(&entry.Header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(entry.content); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return &b, nil
}

// ParseStatus reads the launcher's status file. It comes from inside a container, whose owner can write
// what they like there: a caller takes it as their word.
func ParseStatus(text []byte) (model.GuestStatus, error) {
	var s model.GuestStatus
	if err := json.Unmarshal(text, &s); err != nil {
		return model.GuestStatus{}, fmt.Errorf("the launcher's status: %w", err)
	}
	return s, nil
}
