package popup

import (
	"strings"
	"testing"
	"time"

	"berth/model"
)

// lengthyFleet is the test fleet with an instance that has long names and as many ports as possible.
func lengthyFleet() model.Fleet {
	f := testFleet()
	i := &f.Instances[0]
	i.Label = "the third run of the week, with a learning rate of 3e-5 訓練実験"
	i.Owner = "maria.example.gonzalez-fernandez"
	i.Plan.Env = append(i.Plan.Env, model.Var{Name: "DATA_DIRECTORY", Value: "/workspace/" + strings.Repeat("deep/", 20)},
		model.Var{Name: "JUPYTER_TOKEN", Value: strings.Repeat("a long token ", 12)})
	i.Plan.Ports = append(i.Plan.Ports, f.Instances[3].Plan.Ports[:58]...)
	return f
}

// In every popup long text is cut or broken at the popup's edge, and can be read as a whole somewhere.
func TestViewsOfLongContents(t *testing.T) {
	const long = "a-name-that-nobody-would-type-but-a-program-might-generate"
	inBubble(t, func(t *testing.T) {
		f := lengthyFleet()
		drive(t, ports(t, fakeListener{}, f, 1012), "j", "j").golden("long-ports")
		drive(t, NewConnect(testLook(t), f, 1012, testViewer, testCertificate), "j").golden("long-connect")
		drive(t, NewOpen(testLook(t), nil, f, 1012, JupyterDoor)).golden("long-open")
		v := newVault()
		v.account.Env = []model.Var{{Name: strings.ToUpper(strings.ReplaceAll(long, "-", "_")), Value: long}}
		v.account.Registries = []string{long + "." + long + ".example.com:5000"}
		drive(t, account(t, v), "v").golden("long-account")
		r := &register{tenures: []model.Tenure{{GPU: "a", Model: "NVIDIA H100 80GB HBM3", Instance: 1012, Owner: long, Label: f.Instances[0].Label, From: start}}}
		drive(t, NewUsage(background(t), testLook(t), r, f), "enter").golden("long-usage")
		c := &chronicle{events: []model.Event{{At: start, Actor: long, Instance: 1012, Verb: "failed", Detail: strings.Repeat("the engine says a lot ", 20),
			Calls: []model.Call{{Text: "POST /images/create?fromImage=" + long, Took: time.Minute, Err: strings.Repeat("no ", 60)}}}}}
		drive(t, history(t, c), "enter").golden("long-history")
	})
}
