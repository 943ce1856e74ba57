package emulated

import (
	"strings"
)

// installed installs the package that the machine begins with.
func (w *town) installed() {
	if err := w.vm.send(w.before, "before.deb"); err != nil {
		w.Fatal(err)
	}
	w.as("root", "dpkg -i before.deb")
	w.until("the service is active", "systemctl is-active berth")
	if got := w.as("root", "stat -c '%a %U:%G' /var/lib/berth"); got != "2770 root:docker" {
		w.Errorf("the state folder is %s", got)
	}
	if got := w.as("root", "readlink -f $(systemctl show -p FragmentPath --value berth); systemctl is-enabled berth"); got != "/usr/lib/systemd/system/berth.service\nenabled" {
		w.Errorf("the service is %s", got)
	}
	w.as("root", "man -w berth-launch && test -s /usr/share/bash-completion/completions/berth")
	if got := w.as("root", "dpkg-query -W -f '${Conffiles}' berth"); !strings.Contains(got, "/etc/berth/config.toml") {
		w.Errorf("conffiles: %s", got)
	}
	w.as("root", "useradd -m -G docker maria; useradd -m -G docker jonas; useradd -m tanaka")
	// A machine without a way out doesn't know its address. The file is dpkg's to keep from now on.
	w.as("root", `sed -i 's/^#public_ip.*/public_ip = "10.0.2.15"/' /etc/berth/config.toml && systemctl restart berth`)
	w.until("a user's list", "su maria -c 'berth ls'")
	w.say("%s", w.as("root", "systemd-analyze security berth --no-pager | tail -1"))
}

// setUp has root set the machine up that a package has set up, and asks the doctor.
func (w *town) setUp() {
	out := w.as("root", "berth setup")
	if !strings.Contains(out, "a package installed them") || strings.Contains(out, "wrote ") {
		w.Errorf("setup said\n%s", out)
	}
	if out, err := w.vm.sh("root", "berth setup --remove"); err == nil || !strings.Contains(out, "apt-get remove berth") {
		w.Errorf("setup --remove said %v\n%s", err, out)
	}
	out, err := w.vm.sh("root", "berth doctor")
	w.Logf("doctor:\n%s", out)
	if code(err) != 0 {
		w.Errorf("the doctor finds the machine ill: %v", err)
	}
	w.say("the doctor ends with %d", code(err))
}

// outsider lists as somebody who may not use the engine.
func (w *town) outsider() {
	out, err := w.vm.sh("tanaka", "berth ls")
	if code(err) != 1 || !strings.Contains(out, "docker") {
		w.Errorf("code %d: %s", code(err), out)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "docker") {
			w.say("code %d: %s", code(err), strings.TrimSpace(line))
			break
		}
	}
}

// install installs this commit's package.
func (w *town) install() {
	w.Helper()
	if err := w.vm.send(w.deb, "berth.deb"); err != nil {
		w.Fatal(err)
	}
	w.as("root", "dpkg -i berth.deb </dev/null")
}

// upgraded installs this commit's package over the other.
func (w *town) upgraded() {
	before := w.begun()
	old := w.as("root", "berth version")
	w.install()
	w.until("the service is active", "systemctl is-active berth")
	w.as("root", "grep -qx 'public_ip = \"10.0.2.15\"' /etc/berth/config.toml")
	w.all("after the upgrade")
	if now := w.begun(); now != before {
		w.Errorf("containers were started anew: %s, before %s", now, before)
	}
	w.protects()
	w.say("%s, then %s; no container was started anew", old, w.as("root", "berth version"))
}

// removed takes the package away and brings it back.
func (w *town) removed() {
	before := w.begun()
	out := w.as("root", "dpkg -r berth")
	if !strings.Contains(out, "kept /var/lib/berth") {
		w.Errorf("it says nothing of what stays:\n%s", out)
	}
	if now := w.begun(); now != before {
		w.Errorf("without berth containers are %s, before %s", now, before)
	}
	w.as("root", "! systemctl is-active berth && test -e /etc/berth/config.toml && ! nft list table inet berth 2>/dev/null")
	w.install()
	w.all("installed again")
	if now := w.begun(); now != before {
		w.Errorf("installed again, containers are %s, before %s", now, before)
	}
}

// purged destroys everything and takes the configuration too.
func (w *town) purged() {
	w.as("maria", "berth destroy --yes $(berth ls -q)")
	w.until("nothing is left on the engine", "test -z \"$(docker ps -aq --filter label=berth.id)\"")
	w.as("root", "dpkg -P berth")
	w.as("root", "test ! -e /etc/berth/config.toml && test ! -e /usr/bin/berth && test -d /var/lib/berth")
	if left := w.as("root", "ls /etc/systemd/system/multi-user.target.wants /run/cdi /etc/cdi 2>/dev/null | grep berth || true"); left != "" {
		w.Errorf("left over: %s", left)
	}
	w.say("no program, configuration, unit or CDI file is left; the state folder stays")
	w.runs = nil
}
