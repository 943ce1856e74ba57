// Package files has the launcher's paths inside a container, and the archive that the keeper unpacks at the container's
// root before each start. Begin reading at Archive.
//
// The engine unpacks an archive entry by entry, in place, and may be killed between any two bytes. So no file that an
// earlier start uses is overwritten: each start has its own folder, and the archive's last entry replaces the link to
// that folder. After half an archive the link is the old one, or missing, and then the container doesn't start. A
// half-written launcher never runs.
//
//	/.berth/guest            → start-<name>/guest, the container's entry point
//	/.berth/start-<name>/    the launcher and its guest.json; the launcher removes those of earlier starts
//	/.berth/status.json      the launcher's status
//	/.berth/installed.json   what the launcher wrote elsewhere, to tell its own files from changed ones
//	/.berth/host_ed25519     the SSH server's key, made at the first start
//	/.berth/jupyter/         a Jupyter that the launcher installed
package files

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"berth/model"
)

// Paths inside a container.
const (
	Folder    = "/.berth"
	Program   = Folder + "/guest" // the entry point of ssh and jupyter instances
	Status    = Folder + "/status.json"
	Installed = Folder + "/installed.json"
	HostKey   = Folder + "/host_ed25519"
	Jupyter   = Folder + "/jupyter"

	// Config is the name of the file with the launcher's orders, in the same folder as its program.
	Config = "guest.json"
	// StartPrefix begins the name of each start's folder.
	StartPrefix = "start-"
)

// name matches the allowed names of a start, which has at most maxName signs. The name becomes that of a folder.
var name = model.Pattern(`^[0-9A-Za-z]+$`)

const maxName = 64

// A Launcher reads the launcher's program once. Size is the number of bytes that it will read. A bytes.Reader is a
// Launcher.
type Launcher interface {
	io.Reader
	Size() int64
}

// Archive returns the tar archive to unpack at the container's root before a start: the launcher, its orders and, as
// the last entry, the link that puts both into use. The launcher is read while the archive is read.
func Archive(g model.Guest, launcher Launcher) (io.Reader, error) {
	if len(g.Start) > maxName || !name().MatchString(g.Start) {
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
	size := launcher.Size()
	var before, after bytes.Buffer
	// The first writer stops before the program's bytes; only the second writes the end of the archive.
	head, tail := tar.NewWriter(&before), tar.NewWriter(&after)
	err = errors.Join(
		add(head, tar.Header{Name: ".berth/", Typeflag: tar.TypeDir, Mode: 0o755}, nil),
		add(head, tar.Header{Name: ".berth/" + start + "/", Typeflag: tar.TypeDir, Mode: 0o755}, nil),
		add(head, tar.Header{Name: ".berth/" + start + "/guest", Typeflag: tar.TypeReg, Mode: 0o755, Size: size}, nil),
		add(tail, tar.Header{Name: ".berth/" + start + "/" + Config, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(orders))}, orders),
		add(tail, tar.Header{Name: ".berth/guest", Typeflag: tar.TypeSymlink, Linkname: start + "/guest", Mode: 0o777}, nil),
		tail.Close(),
	)
	const record = 512 // a tar archive consists of blocks of this many bytes
	padding := make([]byte, (record-size%record)%record)
	return io.MultiReader(&before, io.LimitReader(launcher, size), bytes.NewReader(padding), &after), err
}

func add(w *tar.Writer, h tar.Header, content []byte) error {
	h.ModTime = time.Unix(0, 0)
	if err := w.WriteHeader(&h); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// ParseStatus reads the launcher's status file. The container's owner can write anything into that file, so a caller
// must not trust it.
func ParseStatus(text []byte) (model.GuestStatus, error) {
	var s model.GuestStatus
	if err := json.Unmarshal(text, &s); err != nil {
		return model.GuestStatus{}, fmt.Errorf("the launcher's status: %w", err)
	}
	return s, nil
}
