package snapshot

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"berth/model"
)

// A filter copies an instance's files and leaves out what is its owner's: what berth put in, where programs keep keys,
// logins and what was typed, and any file in which a secret of the instance stands.
type filter struct {
	secrets [][]byte
	names   []string        // of the instance's variables
	prompt  string          // the instance's name
	gone    map[string]bool // left out, for links to it
	leftOut []string        // files that would be missed, with the reason
	spilled string          // a large file with a secret in it, which had gone by
}

// scanned is the largest file that is read whole before it is passed on.
const scanned = 4 << 20

func newFilter(i model.Instance) *filter {
	f := &filter{gone: map[string]bool{}, prompt: i.ID.String()}
	for _, secret := range i.Plan.Secrets() {
		f.secrets = append(f.secrets, []byte(secret))
	}
	for _, v := range i.Plan.Env {
		f.names = append(f.names, v.Name)
	}
	return f
}

// ours are the files and folders of berth's, and of the engine's for one container.
var ours = []string{
	".berth", ".launch", ".dockerenv", "root/onstart.sh", "root/.vast_api_key", "root/.vast_containerlabel", "etc/instance.crt",
	"etc/instance.key", "var/log/onstart.log", "var/log/jupyter.log",
}

// private are the names, below a home folder, of what programs keep keys, logins and typed commands in.
var private = []string{
	".ssh", ".bash_history", ".zsh_history", ".ash_history", ".python_history", ".psql_history", ".mysql_history", ".lesshst", ".viminfo", ".netrc",
	".git-credentials", ".config/git/credentials", ".aws", ".azure", ".config/gcloud", ".kube", ".docker/config.json", ".config/vastai",
	".config/gh", ".config/hub", ".cache/huggingface/token", ".cache/huggingface/stored_tokens", ".huggingface", ".kaggle", ".config/kaggle",
	".pypirc", ".npmrc", ".config/wandb", ".gnupg", ".config/rclone", ".s3cfg", ".boto", ".local/share/jupyter/runtime", ".jupyter/migrated",
}

// isOurs reports whether a file is one that berth or the engine put there.
func isOurs(name string) bool {
	return slices.ContainsFunc(ours, func(o string) bool { return name == o || strings.HasPrefix(name, o+"/") })
}

// isPrivate reports whether a file is where programs keep what is their user's alone.
func isPrivate(name string) bool {
	words := strings.SplitN(name, "/", 3)
	inHome := ""
	switch {
	case words[0] == "root" && len(words) > 1:
		inHome = strings.Join(words[1:], "/")
	case words[0] == "home" && len(words) == 3:
		inHome = words[2]
	}
	return inHome != "" && slices.ContainsFunc(private, func(p string) bool { return inHome == p || strings.HasPrefix(inHome, p+"/") })
}

// copy passes a tar stream on, filtered.
func (f *filter) copy(to io.Writer, from io.Reader) error {
	r, w := tar.NewReader(from), tar.NewWriter(to)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return w.Close()
		}
		if err != nil {
			return fmt.Errorf("reading the instance's files: %w", err)
		}
		if err := f.entry(w, h, r); err != nil {
			return err
		}
	}
}

// entry passes one file on, or leaves it out.
func (f *filter) entry(w *tar.Writer, h *tar.Header, content io.Reader) error {
	name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	switch {
	case isOurs(name), isPrivate(name), h.Typeflag == tar.TypeLink && f.gone[strings.TrimPrefix(path.Clean("/"+h.Linkname), "/")],
		h.Typeflag == tar.TypeSymlink && strings.HasPrefix(path.Clean(path.Dir("/"+name)+"/"+h.Linkname), "/.berth/"),
		h.Typeflag == tar.TypeSymlink && strings.HasPrefix(h.Linkname, "/.berth/"):
		f.gone[name] = true
		return nil
	case h.Typeflag != tar.TypeReg:
		return w.WriteHeader(h)
	case h.Size > scanned:
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		found, err := f.pass(w, content)
		if found {
			f.spilled = "/" + name
		}
		return err
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return fmt.Errorf("reading /%s: %w", name, err)
	}
	if bytes.HasPrefix(text, []byte("#!/.berth/")) { // a command of berth's, which the next instance brings itself
		f.gone[name] = true
		return nil
	}
	if name == "etc/environment" && f.namesAny(text) || name == "etc/banner" && bytes.Contains(text, []byte("This is instance "+f.prompt)) {
		f.gone[name] = true
		return nil
	}
	if f.hasSecret(text) {
		f.gone[name] = true
		f.leftOut = append(f.leftOut, "/"+name)
		return nil
	}
	if name == "root/.bashrc" || name == "root/.profile" {
		text = withoutPrompt(text)
		h.Size = int64(len(text))
	}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (f *filter) hasSecret(text []byte) bool {
	return slices.ContainsFunc(f.secrets, func(secret []byte) bool { return bytes.Contains(text, secret) })
}

// namesAny reports whether a text sets a variable of the instance: then it is its environment, written down.
func (f *filter) namesAny(text []byte) bool {
	for line := range strings.Lines(string(text)) {
		name, _, set := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if set && (model.InstanceVariable(name) || slices.Contains(f.names, name)) {
			return true
		}
	}
	return false
}

// pass copies a large file and reports whether it has a secret, wherever the pieces that it is read in end.
func (f *filter) pass(w io.Writer, content io.Reader) (found bool, err error) {
	longest := 0
	for _, s := range f.secrets {
		longest = max(longest, len(s))
	}
	buffer := make([]byte, longest+(256<<10))
	kept := 0
	for {
		n, err := content.Read(buffer[kept:])
		if _, failed := w.Write(buffer[kept : kept+n]); failed != nil {
			return found, failed
		}
		found = found || f.hasSecret(buffer[:kept+n])
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		rest := min(kept+n, longest)
		copy(buffer, buffer[kept+n-rest:kept+n])
		kept = rest
	}
}

// promptMark begins the two lines by which a shell's prompt names the instance.
const promptMark = "# berth: the prompt names the instance\n"

// withoutPrompt is a shell's startup file without those lines. The next instance adds its own.
func withoutPrompt(text []byte) []byte {
	before, after, found := bytes.Cut(text, []byte(promptMark))
	if !found {
		return text
	}
	_, rest, _ := bytes.Cut(after, []byte("\n"))
	return append(slices.Clip(before), rest...)
}
