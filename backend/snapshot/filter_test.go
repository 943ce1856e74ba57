package snapshot

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"berth/model"
)

// An entry is one file of a test's archive.
type entry struct {
	name, text, link string
	kind             byte
}

func archive(t testing.TB, entries []entry) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		kind := e.kind
		if kind == 0 {
			kind = tar.TypeReg
		}
		h := &tar.Header{Name: e.name, Typeflag: kind, Linkname: e.link, Mode: 0o644, Size: int64(len(e.text))}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// left are the names and texts of an archive.
func left(t testing.TB, from io.Reader) map[string]string {
	t.Helper()
	out := map[string]string{}
	r := tar.NewReader(from)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[h.Name] = string(text)
	}
}

func marias() model.Instance {
	return model.Instance{ID: 1002, Plan: model.Plan{
		APIKey: strings.Repeat("a1", 32), Secret: strings.Repeat("b2", 32), Token: strings.Repeat("c3", 32),
		Env: []model.Var{{Name: "HF_TOKEN", Value: "hf_marias_own"}, {Name: "MODE", Value: "training"}, {Name: "PIN_KEY", Value: "1234"}},
	}}
}

func TestWhatIsItsOwnersIsLeftOut(t *testing.T) {
	f := newFilter(marias())
	key := strings.Repeat("a1", 32)
	var out bytes.Buffer
	if err := f.copy(&out, archive(t, []entry{
		{name: "opt/env/lib.py", text: "import torch"}, {name: "work/train.py", text: "MODE=training 1234"},
		{name: "work/config.json", text: `{"token": "hf_marias_own"}`}, {name: "work/hard", kind: tar.TypeLink, link: "work/config.json"},
		{name: "work/soft", kind: tar.TypeSymlink, link: "train.py"}, {name: "usr/local/bin/vastai", kind: tar.TypeSymlink, link: "/.berth/guest"},
		{name: "usr/bin/berth", kind: tar.TypeSymlink, link: "../../.berth/guest"}, {name: ".berth/", kind: tar.TypeDir}, {name: ".berth/guest", text: "x"},
		{name: "usr/local/bin/berth", text: "#!/.berth/guest client\n"}, {name: ".launch", text: "x"}, {name: "root/", kind: tar.TypeDir}, {name: "root/.ssh/authorized_keys", text: "ssh-ed25519"},
		{name: "root/.ssh/id_ed25519", text: "private"}, {name: "home/maria/.ssh/id_rsa", text: "private"}, {name: "./root/.vast_api_key", text: key},
		{name: "root/.bash_history", text: "export PASSWORD=x"}, {name: "root/.cache/huggingface/token", text: "hf"}, {name: "root/.cache/pip/x", text: "kept"},
		{name: "root/onstart.sh", text: "x"}, {name: "etc/instance.key", text: "x"}, {name: "etc/environment", text: "PATH=/bin\nCONTAINER_API_KEY=" + key + "\n"},
		{name: "etc/banner", text: "This is instance C.1002.\n"}, {name: "srv/.ssh/x", text: "kept, for it is nobody's home"},
		{name: "root/.bashrc", text: "alias ll=ls\n" + promptMark + "[ -z x ] || PS1=C.1002\nexport EDITOR=vi\n"},
	})); err != nil {
		t.Fatal(err)
	}
	got := left(t, &out)
	for name, text := range map[string]string{
		"opt/env/lib.py": "import torch", "work/train.py": "MODE=training 1234", "work/soft": "", "root/": "", "root/.cache/pip/x": "kept",
		"srv/.ssh/x": "kept, for it is nobody's home", "root/.bashrc": "alias ll=ls\nexport EDITOR=vi\n",
	} {
		if has, there := got[name]; !there || has != text {
			t.Errorf("%s is %q, %v", name, has, there)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("there are also %v", got)
	}
	if !slices.Equal(f.leftOut, []string{"/work/config.json"}) || f.spilled != "" {
		t.Errorf("it says that it left out %v, and let by %q", f.leftOut, f.spilled)
	}
}

func TestTheFilesOfAnImageStayWhereNothingOfTheInstanceIsInThem(t *testing.T) {
	f := newFilter(marias())
	var out bytes.Buffer
	if err := f.copy(&out, archive(t, []entry{{name: "etc/environment", text: "PATH=/opt/conda/bin\n"}, {name: "etc/banner", text: "Welcome\n"}})); err != nil {
		t.Fatal(err)
	}
	if got := left(t, &out); got["etc/environment"] != "PATH=/opt/conda/bin\n" || got["etc/banner"] != "Welcome\n" {
		t.Errorf("got %v", got)
	}
}

// A file too large to be looked at first is looked at as it goes by, also where the secret is across two pieces.
func TestASecretInALargeFileIsSeen(t *testing.T) {
	for _, at := range []int{0, scanned, 256<<10 - 20, 2*(256<<10) + 40} {
		f := newFilter(marias())
		text := []byte(strings.Repeat("x", scanned+1000))
		text = slices.Concat(text[:at], []byte(strings.Repeat("a1", 32)), text[at:])
		var out bytes.Buffer
		from := archive(t, []entry{{name: "work/model.bin", text: string(text)}})
		if err := f.copy(&out, iotest.HalfReader(from)); err != nil {
			t.Fatal(err)
		}
		if f.spilled != "/work/model.bin" {
			t.Errorf("at %d it isn't seen", at)
		}
		if got := left(t, &out)["work/model.bin"]; got != string(text) {
			t.Errorf("at %d the file changed", at)
		}
	}
}

// Whatever an instance's root has written there, no secret of the instance is in what comes out, or it is said.
func FuzzNoSecretComesOut(f *testing.F) {
	f.Add("work/x", "text", 0)
	f.Add("root/.ssh/authorized_keys", "", 3)
	f.Fuzz(func(t *testing.T, name, text string, at int) {
		i := marias()
		at = max(min(at, len(text)), 0)
		text = text[:at] + i.Plan.APIKey + text[at:]
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(text))}) != nil {
			t.Skip("no name of a file")
		}
		if _, err := io.WriteString(w, text); err != nil || w.Close() != nil {
			t.Skip("no archive")
		}
		filter := newFilter(i)
		var out bytes.Buffer
		if err := filter.copy(&out, &b); err == nil && filter.spilled == "" && strings.Contains(out.String(), i.Plan.APIKey) {
			t.Errorf("%q with %q comes out", name, text)
		}
	})
}
