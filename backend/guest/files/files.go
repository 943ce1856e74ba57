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
	"errors"
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

// A Launcher is the launcher's program: read once, it says before how many bytes that will be. A bytes.Reader is
// one.
type Launcher interface {
	io.Reader
	Size() int64
}

// Archive is the tar archive to unpack at the container's root before it starts: the launcher, its orders
// and, last, the link that makes both count. The launcher is read while the archive is.
func Archive(g model.Guest, launcher Launcher) (io.Reader, error) {
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
	size := launcher.Size()
	var before, after bytes.Buffer
	// The first writer stops where the program's bytes go, and only the second writes an end.
	head, tail := tar.NewWriter(&before), tar.NewWriter(&after)
	err = errors.Join(
		add(head, tar.Header{Name: ".berth/", Typeflag: tar.TypeDir, Mode: 0o755}, nil),
		add(head, tar.Header{Name: ".berth/" + start + "/", Typeflag: tar.TypeDir, Mode: 0o755}, nil),
		add(head, tar.Header{Name: ".berth/" + start + "/guest", Typeflag: tar.TypeReg, Mode: 0o755, Size: size}, nil),
		add(tail, tar.Header{Name: ".berth/" + start + "/" + Config, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(orders))}, orders),
		add(tail, tar.Header{Name: ".berth/guest", Typeflag: tar.TypeSymlink, Linkname: start + "/guest", Mode: 0o777}, nil),
		tail.Close(),
	)
	const record = 512 // bytes of which archives are made up
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

// ParseStatus reads the launcher's status file. It comes from inside a container, whose owner can write
// what they like there: a caller takes it as their word.
func ParseStatus(text []byte) (model.GuestStatus, error) {
	var s model.GuestStatus
	if err := json.Unmarshal(text, &s); err != nil {
		return model.GuestStatus{}, fmt.Errorf("the launcher's status: %w", err)
	}
	return s, nil
}
