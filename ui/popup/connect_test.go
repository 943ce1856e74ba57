package popup

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/model"
)

var testCertificate = Certificate{
	Fingerprint: "4F:9A:11:C0:5D:E2:77:08:B1:63:2E:90:AA:5C:18:D4:3B:60:F7:29:8E:01:CC:56:9D:E8:72:0F:A4:BB:31:6D",
	CAFile:      "/var/lib/berth/ca.crt",
}

// testViewer came over SSH, through port 2222.
var testViewer = model.NewViewer("maria", "203.0.113.9 51000 65.130.162.74 2222")

func TestConnectViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		drive(t, NewConnect(testLook(t), testFleet(), 1012, testViewer, testCertificate)).golden("connect")
		drive(t, NewConnect(testLook(t), testFleet(), 1014, testViewer, Certificate{}), "G", "y").golden("connect-cjk-copied")
		drive(t, NewConnect(testLook(t), testFleet(), 1013, testViewer, testCertificate)).golden("connect-none")
	})
}

func TestConnectCopiesEachLine(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, NewConnect(testLook(t), testFleet(), 1012, testViewer, testCertificate), "y")
		b.emits(Copy{"ssh -p 33522 root@65.130.162.74"})
		var all []string
		for range 30 {
			b.keys("y", "j")
		}
		for _, msg := range b.emitted {
			all = append(all, msg.(Copy).Text)
		}
		for _, want := range []string{
			"Host C.1012\n  HostName 65.130.162.74\n  Port 33522\n  User root",
			"https://65.130.162.74:33580/?token=" + strings.Repeat("5eed", 16),
			"ssh -p 33522 root@65.130.162.74 -N -L 8081:localhost:8081",
			testCertificate.Fingerprint, testCertificate.CAFile,
		} {
			if !strings.Contains(strings.Join(all, "\x00"), want) {
				t.Errorf("no key copies %q", want)
			}
		}
	})
}

// Regression: behind a firewall that lets only SSH through, no line of Connect worked, and VS Code had to be set up by
// hand.
func TestConnectLeadsThroughTheMachineAndIntoVSCode(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, NewConnect(testLook(t), testFleet(), 1012, testViewer, testCertificate), "Y")
		all := b.emitted[0].(Copy).Text
		for _, want := range []string{
			"ssh -J maria@65.130.162.74:2222 -p 33522 root@localhost",
			"ssh -p 2222 maria@65.130.162.74 -N -L 8080:localhost:33580 -L 8081:localhost:33526",
			"vscode://vscode-remote/ssh-remote+root@65.130.162.74:33522/workspace",
		} {
			if !strings.Contains(all, want) {
				t.Errorf("no line %q in\n%s", want, all)
			}
		}
	})
}

func TestNoAddressIsShownTwice(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := testFleet()
		f.Instances[0].Order.Mode = model.ModeJupyter
		for name, text := range map[string]string{
			"Connect": drive(t, NewConnect(testLook(t), f, 1012, testViewer, testCertificate), "Y").emitted[0].(Copy).Text,
			"Ports":   drive(t, ports(t, fakeListener{}, f, 1012), "Y").emitted[0].(Copy).Text,
		} {
			lines := strings.Split(text, "\n")
			slices.Sort(lines)
			if once := slices.Compact(slices.Clone(lines)); len(once) < len(lines) {
				t.Errorf("%s shows a line twice:\n%s", name, text)
			}
		}
	})
}

func TestConnectLeadsToPortsAndBack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		drive(t, NewConnect(testLook(t), testFleet(), 1012, testViewer, Certificate{}), "p").emits(Run{"ports"})
		drive(t, ports(t, fakeListener{}, testFleet(), 1012), "c").emits(Run{"connect"})
	})
}

func TestConnectOfAnInstanceThatGoes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, NewConnect(testLook(t), testFleet(), 1012, testViewer, Certificate{}))
		b.popup = b.popup.WithFleet(model.Fleet{})
		b.shows("C.1012 is gone.")
	})
}

func TestOpenViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		drive(t, NewOpen(testLook(t), nil, testFleet(), 1012, JupyterDoor)).golden("open-jupyter")
		drive(t, NewOpen(testLook(t), nil, testFleet(), 1014, OpenDoor)).golden("open-stopped")
		drive(t, NewOpen(testLook(t), nil, testFleet(), 1013, OpenDoor)).golden("open-none")
	})
}

func TestOpenCopiesTheAddressAndOpensTheBrowserWhereThereIsOne(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, NewOpen(testLook(t), nil, testFleet(), 1012, OpenDoor))
		b.emits(Copy{"http://65.130.162.74:33526/"})
		b.shows("http://65.130.162.74:33526/")

		var opened []string
		browser := func(url string) error { opened = append(opened, url); return errors.New("no display") }
		b = drive(t, NewOpen(testLook(t), browser, testFleet(), 1012, OpenDoor), "b")
		if len(opened) != 2 || opened[0] != "http://65.130.162.74:33526/" {
			t.Errorf("opened %q", opened)
		}
		b.shows("the browser didn't open: no display")
	})
}

// Regression: an address where nothing answers was once copied and opened.
func TestOpenOfWhatIsSilentSaysWhyAndCopiesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := testFleet()
		f.Instances[0].Order.Mode = model.ModeJupyter
		f.Instances[0].Silent = map[int]string{8081: "nothing answers on port 8081", 8080: "no Python in this image"}
		opened := 0
		browser := func(string) error { opened++; return nil }
		b := drive(t, NewOpen(testLook(t), browser, f, 1012, OpenDoor))
		b.shows("Not there now: nothing answers on port 8081; no Jupyter: no Python in this image")
		b.shows("http://65.130.162.74:33526/")
		if len(b.emitted) > 0 || opened > 0 {
			t.Errorf("it was copied (%v), or opened %d times", b.emitted, opened)
		}
		drive(t, NewOpen(testLook(t), browser, f, 1012, JupyterDoor)).shows("Not there now: no Python in this image")

		f = testFleet()
		b.popup = b.popup.WithFleet(f)
		b.shows("It answers by now.")
		b.keys("b")
		if opened != 1 {
			t.Errorf("once it answers, it was opened %d times", opened)
		}
	})
}

func TestBeforePortsAreLeasedTheWaysInSaySo(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := testFleet()
		f.Instances[0].Phase = model.PhaseCreating
		for n := range f.Instances[0].Plan.Ports {
			f.Instances[0].Plan.Ports[n].External = 0
		}
		drive(t, ports(t, fakeListener{}, f, 1012)).shows("no number yet; status: creating")
		drive(t, NewConnect(testLook(t), f, 1012, testViewer, testCertificate)).shows("once the instance has its ports. Status: creating")
		b := drive(t, NewOpen(testLook(t), nil, f, 1012, OpenDoor))
		b.shows("once the instance has its ports. Status: creating")
		if len(b.emitted) > 0 {
			t.Errorf("an address that isn't there was copied: %v", b.emitted)
		}
	})
}

func TestBrowserIsLocalOnly(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
	}{
		{"over SSH there is none, even with X forwarded", map[string]string{"SSH_CONNECTION": "1 2 3 4", "DISPLAY": ":10"}},
		{"without a display there is none", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if LocalBrowser(func(name string) string { return c.env[name] }) != nil {
				t.Error("there is a browser")
			}
		})
	}
}

func TestBrowserIsTheDesktopsOwn(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\necho \"$1\" >" + dir + "/opened\nexit $(cat " + dir + "/status)\n"
	for name, text := range map[string]string{"xdg-open": script, "status": "0"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	browser := LocalBrowser(func(name string) string { return map[string]string{"DISPLAY": ":0"}[name] })
	if browser == nil {
		t.Fatal("there is none")
	}
	if err := browser("http://127.0.0.1:33526/"); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "opened")); string(got) != "http://127.0.0.1:33526/\n" {
		t.Errorf("opened %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "status"), []byte("3"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := browser("http://127.0.0.1:33526/"); err == nil {
		t.Error("a failure isn't said")
	}
}

// Regression: an SSH server without a key once offered its login as if anybody could use it.
func TestConnectSaysFirstWhereNoKeyWasGiven(t *testing.T) {
	f := testFleet()
	drive(t, NewConnect(testLook(t), f, 1012, testViewer, Certificate{})).hides("NO SSH KEY")
	f.Instances = slices.Clone(f.Instances)
	f.Instances[0].Plan.Keys = nil
	b := drive(t, NewConnect(testLook(t), f, 1012, testViewer, Certificate{}))
	b.shows("NO SSH KEY YET: GIVE IT ONE, ALSO WHILE IT RUNS")
	b.shows("▸ add key     berth account ssh add ~/.ssh/id_ed25519.pub --instance C.1012")
	f.Instances[0].Order.Mode = model.ModeEntrypoint
	drive(t, NewConnect(testLook(t), f, 1012, testViewer, Certificate{})).hides("NO SSH KEY")
}
