package enginetest

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"berth/backend/engine"
)

func environment(b *bench) {
	r := shell(`echo "$A:$B"; sleep infinity`)
	r.Env = []string{"A=a b", "B="}
	id := b.start(r)
	if got := b.run(id, `echo "$A:$B"`); got != "a b:\n" {
		b.Errorf("an exec sees %q", got)
	}
	for range 100 {
		if b.log(id, engine.LogOptions{}) == "a b:\n" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Errorf("the command saw %q", b.log(id, engine.LogOptions{}))
}

func execs(b *bench) {
	id := b.start(engine.Request{})
	out, errs, code, err := b.Engine.Run(b.Context(), id, engine.ExecRequest{
		Cmd: []string{"/bin/sh", "-c", "echo out $X; echo err >&2; exit 3"}, Env: []string{"X=y"},
	})
	b.ok(err)
	if string(out) != "out y\n" || string(errs) != "err\n" || code != 3 {
		b.Errorf("got %q, %q, code %d", out, errs, code)
	}
	_, _, code, err = b.Engine.Run(b.Context(), id, engine.ExecRequest{Cmd: []string{"no-such-program"}})
	if code != 127 || !errors.Is(err, engine.ErrNoProgram) {
		b.Errorf("a program that isn't there ends with code %d, %v", code, err)
	}
	e, err := b.Exec(b.Context(), id, engine.ExecRequest{Cmd: []string{"/bin/cat"}, Stdin: true})
	b.ok(err)
	defer func() { b.ok(e.Close()) }()
	go func() {
		_, _ = io.WriteString(e.Stdin, strings.Repeat("through and back\n", 5000)) // a lost write shows below
		_ = e.Stdin.Close()
	}()
	var back bytes.Buffer
	b.ok(e.Copy(&back, io.Discard))
	code, err = e.Wait(b.Context())
	b.ok(err)
	if back.Len() != 5000*len("through and back\n") || code != 0 {
		b.Errorf("%d bytes came back, code %d", back.Len(), code)
	}
}

func execStopped(b *bench) {
	id := b.create(engine.Request{})
	_, err := b.Exec(b.Context(), id, engine.ExecRequest{Cmd: []string{"/bin/true"}})
	b.is(err, engine.ErrConflict)
}

// archive returns a tar stream of files and their text. A name that ends in a slash is a folder; a text that begins
// with an arrow is the target of a symbolic link.
func archive(b *bench, list map[string]string) io.Reader {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, text := range list {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o640, Size: int64(len(text))}
		if target, isLink := strings.CutPrefix(text, "→"); isLink {
			h.Typeflag, h.Linkname, h.Size, text = tar.TypeSymlink, target, 0, ""
		}
		if strings.HasSuffix(name, "/") {
			h.Typeflag, h.Mode = tar.TypeDir, 0o755
		}
		b.ok(w.WriteHeader(h))
		_, err := io.WriteString(w, text)
		b.ok(err)
	}
	b.ok(w.Close())
	return &out
}

func copies(b *bench) {
	id := b.create(engine.Request{})
	for _, state := range []string{"created", "running", "stopped"} {
		switch state {
		case "running":
			b.ok(b.Start(b.Context(), id))
		case "stopped":
			b.ok(b.Stop(b.Context(), id, 0))
		}
		b.ok(b.CopyTo(b.Context(), id, "/", archive(b, map[string]string{"root/deep/note": state})))
		if got := b.fetch(id, "/root/deep/note"); got != state {
			b.Errorf("%s: the file came back as %q", state, got)
		}
	}
	if err := b.CopyTo(b.Context(), id, "/no/such/folder", archive(b, map[string]string{"x": "y"})); !errors.Is(err, engine.ErrNotFound) {
		b.Errorf("into a folder that isn't there: %v", err)
	}
	_, err := b.CopyFrom(b.Context(), id, "/no/such/file")
	b.is(err, engine.ErrNotFound)
	broken := errors.New("the source broke")
	err = b.CopyTo(b.Context(), id, "/", io.MultiReader(archive(b, map[string]string{"half": "done"}), brokenReader{broken}))
	if !errors.Is(err, broken) && err != nil {
		b.Errorf("a broken source is told as %v", err)
	}
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

// fetch returns the text of one file of a container.
func (b *bench) fetch(id, path string) string {
	b.Helper()
	stream, err := b.CopyFrom(b.Context(), id, path)
	b.ok(err)
	defer func() { b.ok(stream.Close()) }()
	in := tar.NewReader(stream)
	_, err = in.Next()
	b.ok(err)
	text, err := io.ReadAll(in)
	b.ok(err)
	return string(text)
}

func copyKinds(b *bench) {
	id := b.create(engine.Request{})
	b.ok(b.CopyTo(b.Context(), id, "/", archive(b, map[string]string{"root/place/inner": "here", "root/file": "text"})))
	if err := b.CopyTo(b.Context(), id, "/", archive(b, map[string]string{"root/place": "a file"})); err == nil {
		b.Error("a file took the place of a folder")
	}
	if got := b.fetch(id, "/root/place/inner"); got != "here" {
		b.Errorf("the folder's file has %q", got)
	}
	if err := b.CopyTo(b.Context(), id, "/", archive(b, map[string]string{"root/file/": ""})); err == nil {
		b.Error("a folder took the place of a file")
	}
	// Through a folder that the image has linked elsewhere.
	b.ok(b.CopyTo(b.Context(), id, "/", archive(b, map[string]string{"root/linked": "→/root/place"})))
	b.ok(b.CopyTo(b.Context(), id, "/", archive(b, map[string]string{"root/linked/inner": "changed"})))
	if got := b.fetch(id, "/root/place/inner"); got != "changed" {
		b.Errorf("through the link came %q", got)
	}
}

func stats(b *bench) {
	id := b.create(engine.Request{})
	b.ok(b.CopyTo(b.Context(), id, "/root", archive(b, map[string]string{"file": "12345", "link": "→/root/file"})))
	file, err := b.Stat(b.Context(), id, "/root/file")
	b.ok(err)
	if file.Name != "file" || file.Size != 5 || file.Mode != 0o640 || file.Link != "" {
		b.Errorf("the file is %+v", file)
	}
	link, err := b.Stat(b.Context(), id, "/root/link")
	b.ok(err)
	if link.Mode.Type() != fs.ModeSymlink || !strings.HasSuffix(link.Link, "root/file") {
		b.Errorf("the link is %+v", link)
	}
	folder, err := b.Stat(b.Context(), id, "/root")
	b.ok(err)
	if !folder.Mode.IsDir() {
		b.Errorf("the folder is %+v", folder)
	}
	_, err = b.Stat(b.Context(), id, "/root/none")
	b.is(err, engine.ErrNotFound)
}

func pullNowhere(b *bench) {
	err := b.Pull(b.Context(), "127.0.0.1:9/berth-test/none:1", nil, nil) // the discard port: nothing listens
	if err == nil || errors.Is(err, engine.ErrUnavailable) || !strings.Contains(err.Error(), "connection refused") {
		b.Errorf("got %v", err)
	}
}

func imports(b *bench) {
	ref := Image(b, b.Engine, `ENTRYPOINT ["/bin/echo","hello"]`, `CMD ["there"]`, "ENV A=b", "EXPOSE 8081", "EXPOSE 53/udp",
		"WORKDIR /root", "USER 0:0", `LABEL berth.kind="tiny"`)
	img, err := b.Image(b.Context(), ref)
	b.ok(err)
	if !slices.Equal(img.Entrypoint, []string{"/bin/echo", "hello"}) || !slices.Equal(img.Cmd, []string{"there"}) ||
		!slices.Contains(img.Env, "A=b") || !slices.Equal(sorted(img.Exposed), []string{"53/udp", "8081/tcp"}) ||
		img.WorkDir != "/root" || img.User != "0:0" || img.Labels["berth.kind"] != "tiny" || img.Arch == "" || img.Size < 1e5 {
		b.Errorf("got %+v", img)
	}
	all, err := b.Images(b.Context())
	b.ok(err)
	if !slices.ContainsFunc(all, func(i engine.Image) bool { return i.ID == img.ID && slices.Contains(i.Tags, ref) }) {
		b.Errorf("the list %+v lacks %s", all, ref)
	}
	id := b.start(engine.Request{Image: ref, Cmd: []string{"you"}})
	if c := b.ended(id); c.ExitCode != 0 {
		b.Errorf("it ended with %d", c.ExitCode)
	}
	if got := b.log(id, engine.LogOptions{}); got != "hello you\n" {
		b.Errorf("it printed %q", got)
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func imageInUse(b *bench) {
	id := b.create(engine.Request{})
	b.is(b.RemoveImage(b.Context(), b.image), engine.ErrConflict)
	b.ok(b.Remove(b.Context(), id))
	b.ok(b.RemoveImage(b.Context(), b.image))
	b.ok(b.RemoveImage(b.Context(), b.image))
}

// log returns what a container has printed so far.
func (b *bench) log(id string, o engine.LogOptions) string {
	b.Helper()
	stream, err := b.Logs(b.Context(), id, o)
	b.ok(err)
	text, err := io.ReadAll(stream)
	b.ok(err)
	b.ok(stream.Close())
	return string(text)
}

func logs(b *bench) {
	id := b.create(shell("echo one; echo two; sleep 0.5; echo three"))
	b.ok(b.Start(b.Context(), id))
	if got := b.log(id, engine.LogOptions{Follow: true}); got != "one\ntwo\nthree\n" {
		b.Errorf("followed to the end, the log is %q", got)
	}
	if got := b.log(id, engine.LogOptions{Tail: 1}); got != "three\n" {
		b.Errorf("the last line is %q", got)
	}
	stamp, text, _ := strings.Cut(b.log(id, engine.LogOptions{Tail: 1, Timestamps: true}), " ")
	if _, err := time.Parse(time.RFC3339Nano, stamp); err != nil || text != "three\n" {
		b.Errorf("stamped, it is %q %q", stamp, text)
	}
	endless := b.start(engine.Request{})
	stream, err := b.Logs(b.Context(), endless, engine.LogOptions{Follow: true})
	b.ok(err)
	b.ok(stream.Close()) // it mustn't wait, although nothing comes
}

func cancelled(b *bench) {
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	_, err := b.List(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, engine.ErrUnavailable) {
		b.Errorf("got %v", err)
	}
	for range b.Events(ctx) { // must end
	}
}
