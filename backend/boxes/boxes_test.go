package boxes

import (
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

func TestMachinesAreFoundByTheConfigurationAndElseBySSH(t *testing.T) {
	known := map[string]string{"box1": "gpu1", "box2": "me@gpu2 /opt/berth --home /srv/b"}
	ssh := func(name string) Place { return Place{Name: name, To: name, Berth: []string{"berth"}} }
	box1 := Place{Name: "box1", To: "gpu1", Berth: []string{"berth"}}
	box2 := Place{Name: "box2", To: "me@gpu2", Berth: []string{"/opt/berth", "--home", "/srv/b"}}
	for _, tt := range []struct {
		name  string
		names []string
		known map[string]string
		want  []Place // nil if it is refused
	}{
		{"by the configuration, in the order named", []string{"box2", "box1"}, known, []Place{box2, box1}},
		{"as ssh knows them", []string{"box3", "maria@box4"}, known, []Place{ssh("box3"), ssh("maria@box4")}},
		{"all of the configuration", []string{"all"}, known, []Place{box1, box2}},
		{"one that is called all", []string{"all"}, map[string]string{"all": "all"}, []Place{ssh("all")}},
		{"all of none", []string{"all"}, nil, nil},
		{"twice the same", []string{"box1", "box1"}, known, nil},
		{"a flag", []string{"-oProxyCommand=reboot"}, nil, nil},
		{"no name", []string{""}, known, nil},
	} {
		got, err := Places(tt.names, tt.known)
		if !reflect.DeepEqual(got, tt.want) || (err == nil) != (tt.want != nil) {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
}

func TestAShellReadsTheWordsThatWereMeant(t *testing.T) {
	want := []string{"plain", "", "two words", "it's", `a"b\c`, "$HOME", "`id`", "a\nb", "*", "~", "-e", "A=1", "漢字", "!x", "#", "a;b|c&d", "{a,b}"}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf '%s\\0' "+quoted(want)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !reflect.DeepEqual(got, want) {
		t.Errorf("it reads %q, want %q", got, want)
	}
}

// Text before the mark comes from start files; one that never ends isn't waited for.
func TestTheConnectionsMarkIsFoundBehindAGreeting(t *testing.T) {
	for text, want := range map[string]bool{
		"Welcome!\n" + throughMark + "\nmore": true, throughMark + "\r\n": true, "": false, "Welcome!\n": false,
		strings.Repeat("x\n", 1<<20) + throughMark + "\n": false,
	} {
		if got := sees(strings.NewReader(text), throughMark); got != want {
			t.Errorf("%.40q: %t", text, got)
		}
	}
}

func TestWhatSSHComplainsIsSaidOnce(t *testing.T) {
	x := &box{Place: Place{Name: "box2", To: "me@gpu2", Berth: []string{"berth"}}}
	for complaint, want := range map[string]string{
		"ssh: connect to host gpu2 port 22: Connection refused\r\n": "box2: it is away: connect to host gpu2 port 22: Connection refused",
		"noise\nHost key verification failed.\n":                    "log in once by hand, `ssh me@gpu2`",
		"me@gpu2: Permission denied (publickey).":                   "log in once by hand",
		"":                   "box2: it is away: the connection has ended",
		"evil \x1b[2J\u202e": "box2: it is away: evil \ufffd[2J\ufffd",
	} {
		if got := x.explained(complaint).Error(); !strings.Contains(got, want) {
			t.Errorf("%q is said as %q", complaint, got)
		}
	}
	for complaint, lacks := range map[string]bool{
		"bash: line 1: berth: command not found": true, "env: ‘berth’: No such file or directory": true, "sh: 1: berth: not found": true,
		"berth: exec: no program of that name: not found": false, "sh: nvidia-smi: not found": false,
	} {
		if got := x.lacks(complaint); got != lacks {
			t.Errorf("%q: %t", complaint, got)
		}
	}
}
