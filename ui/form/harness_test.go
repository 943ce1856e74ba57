package form

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/theme"
)

var update = flag.Bool("update", false, "write the golden views anew")

// A typist types into a form and collects the form's messages.
type typist struct {
	t    *testing.T
	form Form
	said []tea.Msg
	keys int
}

func newTypist(t *testing.T, in Inputs) *typist {
	t.Helper()
	return &typist{t: t, form: New(in, plainTheme(t))}
}

// press sends keys by name: enter, shift+tab, ctrl+s, alt+3.
func (u *typist) press(names ...string) {
	u.t.Helper()
	for _, name := range names {
		u.send(keyNamed(u.t, name))
	}
}

// types sends a text character by character.
func (u *typist) types(text string) {
	for _, r := range text {
		u.send(typedKey(r))
	}
}

func (u *typist) send(msg tea.Msg) {
	if _, ok := msg.(tea.KeyPressMsg); ok {
		u.keys++
	}
	var cmd tea.Cmd
	u.form, cmd = u.form.Update(msg)
	u.said = append(u.said, messages(cmd)...)
}

// messages runs a command, and the commands in a batch.
func messages(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case nil:
		return nil
	case tea.BatchMsg:
		var all []tea.Msg
		for _, c := range msg {
			all = append(all, messages(c)...)
		}
		return all
	default:
		return []tea.Msg{msg}
	}
}

// submitted returns the order that the form asked to launch.
func (u *typist) submitted() Submitted {
	u.t.Helper()
	for _, msg := range u.said {
		if s, ok := msg.(Submitted); ok {
			return s
		}
	}
	u.t.Fatalf("no launch was asked for; faults: %v\n%s", u.form.faults, u.screen(120, 40))
	return Submitted{}
}

// screen returns the view without styles.
func (u *typist) screen(w, h int) string { return ansi.Strip(u.form.View(w, h)) }

// sees fails the test unless the view contains a text. The view is so large that the text isn't wrapped.
func (u *typist) sees(text string) {
	u.t.Helper()
	if screen := u.screen(300, 60); !strings.Contains(screen, text) {
		u.t.Errorf("the screen doesn't say %q:\n%s", text, screen)
	}
}

// hides fails the test if the view contains a text.
func (u *typist) hides(text string) {
	u.t.Helper()
	if screen := u.screen(300, 60); strings.Contains(screen, text) {
		u.t.Errorf("the screen says %q:\n%s", text, screen)
	}
}

func typedKey(r rune) tea.KeyPressMsg {
	if r == ' ' {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	return tea.KeyPressMsg{Code: r, Text: string(r)}
}

var namedKeys = map[string]rune{
	"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "space": tea.KeySpace, "backspace": tea.KeyBackspace,
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome,
	"end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "delete": tea.KeyDelete, "f1": tea.KeyF1,
}

func keyNamed(t testing.TB, name string) tea.KeyPressMsg {
	t.Helper()
	var k tea.KeyPressMsg
	rest := name
	for {
		before, after, more := strings.Cut(rest, "+")
		if !more || after == "" {
			break
		}
		switch before {
		case "ctrl":
			k.Mod |= tea.ModCtrl
		case "alt":
			k.Mod |= tea.ModAlt
		case "shift":
			k.Mod |= tea.ModShift
		default:
			t.Fatalf("no modifier %q in the key %q", before, name)
		}
		rest = after
	}
	if code, ok := namedKeys[rest]; ok {
		k.Code = code
		if rest == "space" && k.Mod == 0 {
			k.Text = " "
		}
		return k
	}
	k.Code = []rune(rest)[0]
	if k.Mod == 0 {
		k.Text = rest
	}
	return k
}

func plainTheme(t testing.TB) theme.Theme {
	t.Helper()
	th, err := theme.New(theme.Options{Color: "never", Env: []string{"LANG=C.UTF-8"}})
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// golden compares a view with the file in testdata.
func golden(t *testing.T, name, view string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	var lines []string
	for _, line := range strings.Split(ansi.Strip(view), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s changed; go test -update writes it anew. It is now:\n%s", path, got)
	}
}

// machine has eight H100, three of them taken, with equal links and two NUMA nodes.
func machine() model.Capacity {
	c := model.Capacity{Host: model.Host{
		Name: "gpubox", Cores: 192, Memory: 1007 * model.GiB, MemoryReserve: 16 * model.GiB,
		DiskTotal: 7 * model.TB, DiskReserve: 300 * model.GB, DiskPromised: 1900 * model.GB, DiskHold: model.DiskEnforced,
	}}
	for i := range 8 {
		d := model.Device{
			GPU:     model.GPU{ID: gpuID(i), Index: i, Model: "NVIDIA H100 80GB HBM3", Memory: 80 * model.GiB, NUMA: i / 4, Links: map[model.GPUID]int{}},
			Reading: model.Reading{Health: model.Health{OK: true}},
			Holder:  model.Holder{Kind: model.HeldByNobody},
		}
		for j := range 8 {
			if j != i {
				d.Links[gpuID(j)] = 18
			}
		}
		c.Devices = append(c.Devices, d)
	}
	for _, i := range []int{0, 1} {
		c.Devices[i].Holder = model.Holder{Kind: model.HeldByInstance, ID: "C.1012", Name: "llama-ft", Owner: "maria"}
	}
	c.Devices[5].Holder = model.Holder{Kind: model.HeldByProcess, ID: "4242", Name: "python", Owner: "root"}
	c.Account = model.Account{Owner: "maria", Keys: []string{"ssh-ed25519 AAAA maria@laptop"}}
	return c
}

func gpuID(i int) model.GPUID { return model.GPUID(fmt.Sprintf("GPU-%04d", i)) }

// templates returns a few templates of each source.
func templates() []model.Template {
	return []model.Template{
		{Order: model.Order{Name: "starter", Image: "berth/starter:latest", Mode: model.ModeEntrypoint, Disk: 10, Share: 0.1, Options: "-p 8081"},
			Description: "built in, needs no registry", Source: model.SourceShipped},
		{Order: model.Order{Name: "ubuntu", Image: "ubuntu:24.04", Mode: model.ModeSSH, Disk: 20},
			Description: "plain Ubuntu with SSH", Source: model.SourceShipped},
		{Order: model.Order{Name: "train", Image: "pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel", Mode: model.ModeJupyter, GPUs: 2, Disk: 200, Options: "-p 6006"},
			Description: "our training box", Source: model.SourceUser, Path: "/home/maria/.config/berth/templates/train.toml"},
	}
}

// recent is the last launch.
func recent() model.Order {
	return model.Order{Name: "pytorch", Image: "pytorch/pytorch:2.6.0", Mode: model.ModeJupyter, GPUs: 2, Disk: 120,
		Options: "-e HF_HOME=/workspace/hf -p 6006", OnStart: "env >> /etc/environment\n"}
}

// lab is what the machine's owner gives, and the volumes that there are.
func lab() (model.Policy, []model.Volume) {
	p := model.Policy{Folders: []model.Folder{
		{Name: "datasets", Path: "/srv/datasets", At: "/data", Default: true, Note: "ImageNet, C4; ask jonas for more"},
		{Name: "home", Path: "/srv/homes/{user}", At: "/home/{user}", Mode: model.FolderReadWrite},
		{Name: "secret", Path: "/srv/secret", Users: []string{"jonas"}},
	}}
	return p, []model.Volume{
		{Name: "checkpoints", Owner: "maria", Size: 200 * model.GB}, {Name: "busy", Owner: "maria", Size: model.TB, Writer: 1002},
		{Name: "corpus", Owner: "jonas", Size: 50 * model.GB, Shared: true}, {Name: "hidden", Owner: "jonas", Size: 50 * model.GB},
	}
}

func inputs() Inputs {
	capacity := machine()
	capacity.Policy, capacity.Volumes = lab()
	capacity.Account.Owner = "maria"
	return Inputs{
		Templates: templates(), Recent: []model.Order{recent()}, Capacity: capacity, PublicIP: "65.130.162.74",
		Images: []string{"berth/starter:latest", "ubuntu:24.04", "ubuntu:22.04", "registry.example.com/team/ubuntu-ml:1"},
	}
}
