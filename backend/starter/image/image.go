// Package image makes the starter image's root file system out of the starter program's bytes, for the
// engine to import. It is a pure function of those bytes: the same program gives the same archive, and
// nothing is downloaded.
package image

import (
	"archive/tar"
	"io"
	"slices"
	"time"

	"berth/backend/guest/files"
)

// Name is what the image is called on the engine. Its tag counts up when the content changes in a way
// that instances should notice.
const Name = "berth/starter:1"

// Trusted is what it is called for the keeper's own helper containers, which have folders of the machine. Name may be
// pulled from a registry by whoever says so; a domain that can't exist has none.
const Trusted = "berth.invalid/starter:1"

// Changes are the import's Dockerfile lines. No EXPOSE: a port of the image would be mapped for everybody,
// and the template asks for 8081 itself.
func Changes() []string {
	return []string{
		`ENTRYPOINT ["/bin/starter", "serve"]`,
		"ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"WORKDIR /workspace",
		"LABEL org.opencontainers.image.title=starter",
	}
}

// text are the files beside the program.
var text = []struct{ path, text string }{
	{"etc/group", "root:x:0:\nnogroup:x:65534:\n"},
	{"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"},
	{"etc/os-release", "NAME=\"berth starter\"\nID=berth-starter\nVERSION_ID=1\nPRETTY_NAME=\"berth starter 1\"\n"},
	{"etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"},
}

// folders are the image's directories, parents first.
var folders = []struct {
	path string
	mode int64
}{
	{"bin", 0o755}, {"etc", 0o755}, {"etc/ssl", 0o755}, {"etc/ssl/certs", 0o755}, {"home", 0o755},
	{"root", 0o700}, {"run", 0o755}, {"tmp", 0o1777}, {"usr", 0o755}, {"usr/bin", 0o755}, {"usr/local", 0o755},
	{"usr/local/bin", 0o755}, {"var", 0o755}, {"var/log", 0o755}, {"var/tmp", 0o1777}, {"workspace", 0o755},
}

// A Program is read once, and says before how many bytes that will be. A bytes.Reader is one.
type Program interface {
	io.Reader
	Size() int64
}

// Rootfs is the image's file system as a tar archive: the program as /bin/starter, a link to it for each
// shell and applet, and the few files that programs expect of any root. The archive is made while it is
// read; whoever stops early closes it.
func Rootfs(program Program) io.ReadCloser {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w, program)) }()
	return r
}

func write(w io.Writer, program Program) error {
	archive := tar.NewWriter(w)
	for _, f := range folders {
		if err := add(archive, tar.Header{Name: f.path + "/", Typeflag: tar.TypeDir, Mode: f.mode}, nil); err != nil {
			return err
		}
	}
	for _, f := range text {
		if err := add(archive, tar.Header{Name: f.path, Typeflag: tar.TypeReg, Mode: 0o644}, []byte(f.text)); err != nil {
			return err
		}
	}
	h := tar.Header{Name: "bin/starter", Typeflag: tar.TypeReg, Mode: 0o755, Size: program.Size(), ModTime: epoch}
	if err := archive.WriteHeader(&h); err != nil {
		return err
	}
	if _, err := io.Copy(archive, program); err != nil {
		return err
	}
	for _, name := range links() {
		if err := add(archive, tar.Header{Name: "bin/" + name, Typeflag: tar.TypeSymlink, Linkname: "starter", Mode: 0o777}, nil); err != nil {
			return err
		}
	}
	// Scripts ask env where their interpreter is, and they ask for it here.
	if err := add(archive, tar.Header{Name: "usr/bin/env", Typeflag: tar.TypeSymlink, Linkname: "../../bin/starter", Mode: 0o777}, nil); err != nil {
		return err
	}
	return archive.Close()
}

// links are the names that the program answers to.
func links() []string {
	all := append([]string{"serve"}, files.Shells...)
	all = append(all, files.Applets...)
	slices.Sort(all)
	return all
}

// epoch is when every file was changed, so that the same program gives the same image.
var epoch = time.Unix(0, 0)

func add(archive *tar.Writer, h tar.Header, content []byte) error {
	h.Size = int64(len(content))
	h.ModTime = epoch
	if err := archive.WriteHeader(&h); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}
