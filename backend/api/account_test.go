package api_test

import (
	"fmt"
	"net/url"
	"testing"

	"berth/model"
)

func TestTemplates(t *testing.T) {
	h := newHouse(t)
	made := h.fine("POST", "/api/v0/template/", h.key, `{"name":"mine","image":"demo/service","tag":"1","env":"-e A=1 -p 8081:8081","onstart":"echo",
		"runtype":"ssh","use_ssh":true,"ssh_direct":true,"recommended_disk_space":20,"desc":"my own","readme_visible":true,"private":true,"extra_filters":{}}`).object
	template := made["template"].(map[string]any)
	hash := template["hash_id"].(string)
	if made["success"] != true || template["name"] != "mine" || template["image"] != "demo/service:1" || len(hash) != 32 {
		t.Errorf("made %v", made)
	}
	found := h.fine("GET", "/api/v0/template/?select_cols="+url.QueryEscape(`["*"]`)+"&select_filters="+url.QueryEscape(`{"name":{"eq":"mine"}}`), h.key, "").object
	if list := found["templates"].([]any); len(list) != 1 || found["templates_found"] != 1.0 || list[0].(map[string]any)["env"] != "-e A=1 -p 8081:8081" {
		t.Errorf("found %v", found)
	}
	if all := h.fine("GET", "/api/v0/template/", h.jonas, "").object["templates"].([]any); len(all) < 6 {
		t.Errorf("jonas sees %d templates", len(all))
	}

	got := h.fine("PUT", "/api/v0/asks/1002/", h.key, `{"template_hash_id":"`+hash+`","env":{"A":"2","B":"3"},"disk":30}`)
	i, err := h.ledger.Instance(t.Context(), model.InstanceID(got.object["new_contract"].(float64)))
	check(t, err)
	if i.Order.Name != "mine" || i.Order.Image != "demo/service:1" || i.Order.Disk != 30 || i.Order.OnStart != "echo" || i.Order.Options != "-e A=2 -e B=3 -p 8081:8081" {
		t.Errorf("launched from it: %+v", i.Order)
	}

	h.fine("PUT", "/api/v0/template/", h.key, `{"hash_id":"`+hash+`","desc":"better","name":null,"image":null}`)
	h.refused(h.ask("POST", "/api/v0/template/", h.key, `{"name":"mine","image":"other:1","runtype":"ssh"}`), 409, "exists")
	h.refused(h.ask("POST", "/api/v0/template/", h.jonas, `{"name":"his","image":"other:1","runtype":"ssh"}`), 403, "not_authorized")
	h.refused(h.ask("POST", "/api/v0/template/", h.key, `{"name":"","image":"other:1"}`), 400, "invalid_args")
	h.refused(h.ask("PUT", "/api/v0/template/", h.key, `{"hash_id":"nope"}`), 404, "no_such_template")
	h.fine("DELETE", "/api/v0/template/", h.key, `{"hash_id":"`+hash+`"}`)
	h.fine("DELETE", "/api/v0/template/", h.key, `{"hash_id":"`+hash+`"}`) // deleting again succeeds
}

const (
	oneKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl one"
	twoKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJDtbHXBWTp4VOZ4ODzFpyFfRdm2lMz4W5Q3pkBhxwQ7 two"
)

func TestSSHKeysOfAnAccountAndOfAnInstance(t *testing.T) {
	h := newHouse(t)
	if got := h.fine("GET", "/api/v0/ssh/", h.key, ""); got.list == nil || len(got.list) != 0 {
		t.Errorf("at first the keys are %s", got.text)
	}
	added := h.fine("POST", "/api/v0/ssh/", h.key, `{"ssh_key":"`+oneKey+`"}`).object["key"].(map[string]any)
	at := fmt.Sprintf("/api/v0/ssh/%.0f/", added["id"])
	listed := h.fine("GET", "/api/v0/ssh/", h.key, "").list[0].(map[string]any)
	if listed["id"] != added["id"] || listed["key"] != oneKey || listed["public_key"] != oneKey {
		t.Errorf("added %v, listed %v", added, listed)
	}
	if got := h.fine("GET", "/api/v0/ssh/", h.jonas, ""); len(got.list) != 0 {
		t.Errorf("jonas has %s", got.text)
	}
	h.fine("DELETE", at, h.jonas, "") // another owner's key gets the answer of a missing one, and isn't deleted
	if got := h.fine("GET", "/api/v0/ssh/", h.key, ""); len(got.list) != 1 {
		t.Errorf("jonas removed maria's key: %s", got.text)
	}
	h.fine("PUT", at, h.key, `{"id":1,"ssh_key":"`+twoKey+`"}`)
	h.fine("DELETE", at, h.key, "")
	for _, bad := range []string{`{"ssh_key":"nonsense"}`, `{"ssh_key":"command=\"x\" ` + oneKey + `"}`, `{"ssh_key":"` + oneKey + `\n` + twoKey + `"}`} {
		h.refused(h.ask("POST", "/api/v0/ssh/", h.key, bad), 400, "invalid_args")
	}
	h.refused(h.ask("POST", "/api/v0/ssh/", h.key, `{}`), 400, "no_ssh_key")

	o := service(1)
	o.Mode = model.ModeSSH
	i := h.launched("maria", o)
	h.fine("PUT", path(i.ID), h.key, `{"state":"stopped"}`) // the engine in memory has no launcher that would take keys
	h.until(i.ID, model.PhaseStopped)
	h.fine("POST", path(i.ID, "ssh"), h.key, `{"ssh_key":"`+oneKey+`"}`)
	keys := h.fine("GET", path(i.ID, "ssh"), h.key, "").object["ssh_keys"].([]any)
	if len(keys) != 2 || keys[1].(map[string]any)["public_key"] != oneKey {
		t.Errorf("the instance's keys are %v", keys)
	}
	h.fine("DELETE", path(i.ID, "ssh", fmt.Sprintf("%.0f", added["id"])), h.key, "")
	if now, err := h.ledger.Instance(t.Context(), i.ID); err != nil || len(now.Plan.Keys) != 1 || now.Plan.Keys[0] != twoKey {
		t.Errorf("afterwards they are %q (%v)", now.Plan.Keys, err)
	}
	h.fine("DELETE", path(i.ID, "ssh", "77"), h.key, "")
	h.refused(h.ask("POST", path(i.ID, "ssh"), i.Plan.APIKey, `{"ssh_key":"`+oneKey+`"}`), 403, "not_authorized")
}

func TestAccountVariables(t *testing.T) {
	h := newHouse(t)
	h.fine("POST", "/api/v0/secrets/", h.key, `{"key":"HF_TOKEN","value":"abc"}`)
	h.refused(h.ask("POST", "/api/v0/secrets/", h.key, `{"key":"HF_TOKEN","value":"abc"}`), 409, "exists")
	h.fine("PUT", "/api/v0/secrets/", h.key, `{"key":"HF_TOKEN","value":"def"}`)
	h.refused(h.ask("PUT", "/api/v0/secrets/", h.key, `{"key":"OTHER","value":"def"}`), 404, "no_such_variable")
	if got := h.fine("GET", "/api/v0/secrets/", h.key, "").object["secrets"].(map[string]any); len(got) != 1 || got["HF_TOKEN"] != "def" {
		t.Errorf("got %v", got)
	}
	if i := h.launched("maria", service(1)); !hasVar(i, "HF_TOKEN", "def") {
		t.Errorf("an instance launched since has %v", i.Plan.Env)
	}
	if i := h.launched("jonas", service(1)); hasVar(i, "HF_TOKEN", "def") {
		t.Error("jonas's instance has maria's variable")
	}
	h.refused(h.ask("POST", "/api/v0/secrets/", h.key, `{"key":"CONTAINER_ID","value":"1"}`), 400, "invalid_args")
	h.refused(h.ask("POST", "/api/v0/secrets/", h.key, `{"key":"1A","value":"1"}`), 400, "invalid_args")
	h.fine("DELETE", "/api/v0/secrets/", h.key, `{"key":"HF_TOKEN"}`)
	h.fine("DELETE", "/api/v0/secrets/", h.key, `{"key":"HF_TOKEN"}`)
}

func hasVar(i model.Instance, name, value string) bool {
	v, set := i.Plan.Var(name)
	return set && v == value
}
