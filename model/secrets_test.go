package model

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// secretive returns an instance that has "hush" in every place for a secret.
func secretive() Instance {
	return Instance{
		ID: 1001, Owner: "maria",
		Order: Order{Image: "i", Mode: ModeJupyter, Options: "-e HF_TOKEN=hush -e DATA_DIRECTORY=/data -p 8081:8081", OnStart: "echo hush"},
		Plan: Plan{
			Env:    []Var{{Name: "HF_TOKEN", Value: "hush"}, {Name: "DATA_DIRECTORY", Value: "/data"}, {Name: "JUPYTER_TOKEN", Value: "hush"}},
			APIKey: "hush", Secret: "hush", HostKey: "hush", Token: "hush", Hostname: "box",
		},
	}
}

func TestAnothersSecretsAreMasked(t *testing.T) {
	i := secretive()
	text, err := json.Marshal([]any{i.For("jonas"), Fleet{Instances: []Instance{i}}.For("jonas"), Links(i.For("jonas"), "192.0.2.1")})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hush") {
		t.Errorf("a secret is shown to another: %s", text)
	}
	for _, kept := range []string{"HF_TOKEN", "/data", "8081", "box"} {
		if !strings.Contains(string(text), kept) {
			t.Errorf("%s isn't shown: %s", kept, text)
		}
	}
	if i.Plan.Env[0].Value != "hush" || i.For("maria").Order.OnStart != "echo hush" {
		t.Error("one's own is masked")
	}
	i.Order.Options = "-e 'HF=hush"
	if got := i.For("jonas").Order.Options; got != Masked {
		t.Errorf("text that can't be read is shown as %q", got)
	}
}

func TestLabelsHaveNoSecretsAndTheContainerGivesThemBack(t *testing.T) {
	i := secretive()
	i.Order.OnStart = ""
	order, plan := ForLabels(i.Order, i.Plan)
	text, err := json.Marshal([]any{order, plan})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hush") || !strings.Contains(string(text), "box") || !strings.Contains(string(text), "HF_TOKEN") {
		t.Errorf("they are %s", text)
	}
	var environ []string
	for _, v := range Environment(Identity{Instance: i, APIKey: i.Plan.APIKey}) {
		environ = append(environ, v.Name+"="+v.Value)
	}
	order, plan = FromContainer(order, plan, environ)
	want := i.Plan
	want.Secret, want.HostKey = "", ""
	if order.Options != i.Order.Options || !reflect.DeepEqual(plan, want) {
		t.Errorf("read back are %+v and %+v, want %+v and %+v", order, plan, i.Order, want)
	}
	if _, kept := FromContainer(i.Order, i.Plan, nil); !reflect.DeepEqual(kept, i.Plan) {
		t.Errorf("without an environment it is %+v", kept)
	}
}
