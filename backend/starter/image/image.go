// Package image makes the starter image's root file system from the bytes of the starter program. The engine imports
// it. The same program always gives the same archive, and nothing is downloaded. Begin reading at Rootfs.
package image

import (
	"archive/tar"
	"io"
	"slices"
	"time"

	"berth/backend/guest/files"
)

// Name is the image's name on the engine. Its tag is increased when the content changes in a way that instances should
// notice.
const Name = "berth/starter:1"

// Trusted is the image's name for the keeper's own helper containers, which have folders of the machine mounted. An
// image called Name may also come from a registry, if a user asks for that. No registry can have the domain .invalid.
const Trusted = "berth.invalid/starter:1"

// Changes are the Dockerfile lines of the import. There is no EXPOSE, since every instance would get a port of the
// image; the starter template asks for 8081 itself.
func Changes() []string {
	return []string{
		`ENTRYPOINT ["/bin/starter", "serve"]`,
		"ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"WORKDIR /workspace",
		"LABEL org.opencontainers.image.title=starter",
	}
}

// text are the files besides the program.
var text = []struct{ path, text string }{
	{"etc/group", "root:x:0:\nnogroup:x:65534:\n"},
	{"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"},
	{"etc/os-release", "NAME=\"berth starter\"\nID=berth-starter\nVERSION_ID=1\nPRETTY_NAME=\"berth starter 1\"\n"},
	{"etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"},
}

// folders are the image's folders, parents first.
var folders = []struct {
	path string
	mode int64
}{
	{"bin", 0o755}, {"etc", 0o755}, {"etc/ssl", 0o755}, {"etc/ssl/certs", 0o755}, {"home", 0o755},
	{"root", 0o700}, {"run", 0o755}, {"tmp", 0o1777}, {"usr", 0o755}, {"usr/bin", 0o755}, {"usr/local", 0o755},
	{"usr/local/bin", 0o755}, {"var", 0o755}, {"var/log", 0o755}, {"var/tmp", 0o1777}, {"workspace", 0o755},
}

// A Program reads the starter program once. Size is the number of bytes that it will read. A bytes.Reader is a Program.
type Program interface {
	io.Reader
	Size() int64
}

// Rootfs returns the image's file system as a tar archive: the program as /bin/starter, a link to it for each shell and
// applet, and the few files that programs expect in any root. The archive is made while it is read. A caller that stops
// early must close it.
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
	// Scripts begin with #!/usr/bin/env, so env must be at that path.
	if err := add(archive, tar.Header{Name: "usr/bin/env", Typeflag: tar.TypeSymlink, Linkname: "../../bin/starter", Mode: 0o777}, nil); err != nil {
		return err
	}
	return archive.Close()
}

// links returns the names that the program can be called by.
func links() []string {
	all := append([]string{"serve"}, files.Shells...)
	all = append(all, files.Applets...)
	slices.Sort(all)
	return all
}

// epoch is the modification time of every file, so that the same program gives the same image.
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
