package form

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// fieldName names a field by its step and its key, or by its label if it has no key.
func fieldName(step stepID, in input) string {
	about := in.about()
	name := about.key
	if name == "" {
		name = about.label
	}
	return rail[step].name + ": " + name
}

// badInputs lists wrong inputs for each field, and the words beside the field that say what is allowed.
var badInputs = map[string][]struct{ typed, says string }{
	"Template: From":     {{"x", `"x" isn't taken: up and down mark, Enter chooses, / searches`}},
	"Template: name":     {{" mine", "a name neither begins nor ends with a blank"}, {strings.Repeat("n", 300), "at most "}},
	"Template: image":    {{"", "an image is needed, such as ubuntu:24.04"}, {"Ubuntu", "lower case"}, {"a b", "blank"}, {"x:", "tag"}},
	"Template: registry": {{"x", `"x" isn't taken: left and right choose`}},

	"GPUs: gpus":      {{"x", `"x" isn't taken: a number: digits, 0 to 8`}, {"9", "no instance can ever have more"}, {".", `"." isn't taken: a number: digits`}, {"1234567890", "at most 9 digits"}},
	"GPUs: share":     {{"x", "a number: digits and a point, 1 to 100 %"}, {"0", "above 0 and at most 100 %"}, {"101", "above 0 and at most 100 %"}, {"1..", "one point"}},
	"GPUs: Choose":    {{"x", `left and right choose`}},
	"GPUs: gpu_model": {{"x", `left and right choose`}},
	"GPUs: pick_gpus": {{"x", "Space picks the marked GPU"}},
	"GPUs: queue":     {{"x", "Space ticks and unticks"}},

	"Launch mode: mode":        {{"x", "up and down mark, Space or Enter chooses"}},
	"Launch mode: jupyter_lab": {{"x", "Space ticks and unticks"}},
	"Launch mode: export_env":  {{"x", "Space ticks and unticks"}},
	"Launch mode: SSH keys":    {{"x", "Space ticks and unticks"}},
	"Launch mode: ssh key":     {{"hello", `want a line such as "ssh-ed25519 AAAA… name"`}, {"-----BEGIN OPENSSH PRIVATE KEY-----", "private key"}},
	"Launch mode: entrypoint":  {{`sh -c "x`, "is not closed"}},
	"Launch mode: args":        {{`'`, "is not closed"}},

	"Options: options":   {{"-v /x:/y", "only -e (--env), -h (--hostname) and -p (--publish) can be written here"}, {"-p 0", "ports are 1 to 65535"}, {"-e 1A=x", "letters"}},
	"Options: Variables": {{"1A=x", "letters"}, {"GPU_COUNT=9", "set by berth"}},
	"Options: Ports":     {{"0", "ports are 1 to 65535"}, {"x", "8081"}},
	"Options: Host name": {{"-x", "letters"}, {"a b", "letters"}, {"a_b", "letters"}, {"10.0.0.1", "needs a letter"}, {strings.Repeat("h", 80), "at most"}},

	"Disk: disk": {{"x", "a number: digits and a point, 10 to 4800 GB"}, {"3", "the least is 10 GB"}, {"0", "the least is 10 GB"}, {"9000", "only 4800 GB are left"}},

	"Data: folders": {{"x", "Space ticks and unticks"}},
	"Data: volumes": {
		{"a/b", "want NAME, NAME:/path or NAME:/path:ro"}, {"none", "there is no such volume: berth volume create none"},
		{"checkpoints:/usr", "/usr in an instance is the image's own"}, {"corpus", "it is jonas's: others may only read it, as corpus:ro"},
		{"busy", "C.1002 writes in it, until that is destroyed"}, {"checkpoints:/data", "folder datasets is at /data too"},
	},

	"On-start: onstart": {{strings.Repeat("#", model.MaxOnStart+1), "at most 16384 bytes"}},

	"Review: label":   {{strings.Repeat("l", 300), "at most "}, {"  ", "can't be seen"}},
	"Review: for":     {{"soon", "type a length of time such as 90m, 8h or 3d"}, {"8", "type a length of time"}},
	"Review: save as": {{" mine", "a name neither begins nor ends with a blank"}, {strings.Repeat("n", 300), "at most "}},
}

// In every mode and way of choosing, each field says what it accepts if something else is typed.
func TestBadInputIsAnsweredBesideEachField(t *testing.T) {
	in := inputs()
	in.Capacity.Account.Registries = []string{"ghcr.io"}
	in.Capacity.Account.Keys = nil
	in.Capacity.Devices[7].Model = "NVIDIA A100"
	in.OfferedKeys = []string{aKey + " me"}
	seen := map[string]bool{}
	launch := func(keys ...string) func(*testing.T) *typist {
		return func(t *testing.T) *typist {
			u := newTypist(t, in)
			u.press(keys...)
			return u
		}
	}
	editing := func(t *testing.T) *typist {
		return &typist{t: t, form: edit(templates()[2], in, plainTheme(t))}
	}
	for _, open := range []func(*testing.T) *typist{
		launch(), launch("alt+2", "0"), launch("alt+2", "tab", "right"), launch("alt+3", "right"), launch("alt+3", "left"), editing,
	} {
		for step := range stepCount {
			for at, input := range func() []input { f := open(t).form.goToStep(step); return f.pages.all()[step].inputs() }() {
				name := fieldName(step, input)
				switch {
				case seen[name], name == "Options: ": // rows after the first of their kind
					continue
				case name == "Template: About", name == "Review: The same with docker", name == "Review: keep": // accept any text; those of the review pass it to the label
					continue
				}
				seen[name] = true
				if len(badInputs[name]) == 0 {
					t.Errorf("%s: nothing is known to be bad there", name)
				}
				for _, bad := range badInputs[name] {
					t.Run(fmt.Sprintf("%s %.20q", name, bad.typed), func(t *testing.T) {
						u := open(t)
						u.form = u.form.goToStep(step)
						u.form.focus[step] = at
						if _, lines := input.(*area); lines {
							u.send(tea.PasteMsg{Content: bad.typed})
						} else {
							u.press("ctrl+u")
							u.types(bad.typed)
						}
						besideIt(t, u, at, bad.says)
					})
				}
			}
		}
	}
	for name := range badInputs {
		if !seen[name] {
			t.Errorf("%s: there is no such field", name)
		}
	}
}

// besideIt fails the test unless the words are shown beside the input with this index.
func besideIt(t *testing.T, u *typist, at int, says string) {
	t.Helper()
	d := u.form.draft
	p := pen{Theme: d.th, width: 400}
	in := d.pages.all()[d.at].inputs()[d.focus[d.at]]
	shown := strings.Join(d.input(p, in, true, d.faultsHere()[d.focus[d.at]]).lines, "\n")
	if !strings.Contains(shown, says) {
		t.Errorf("beside the field in place %d (in focus %d), no %q in\n%s\nfaults %v", at, d.focus[d.at], says, shown, d.wrong())
	}
}
