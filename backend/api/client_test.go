package api_test

import (
	"fmt"
	"net/url"
	"testing"

	"berth/model"
)

// launch instance searches and launches in one request: its words are those of search offers and create instance.
func TestLaunchInstanceTakesTheFirstThatFits(t *testing.T) {
	h := newHouse(t)
	body := `{"client_id":"me","gpu_name":"%s","num_gpus":"%s","region":"Europe","image":"demo/service:1","disk":"16","q":{"verified":{"eq":true},
		"external":{"eq":false},"rentable":{"eq":true},"rented":{"eq":false},"num_gpus":{"eq":"2"},"gpu_name":{"eq":"H100 SXM"},
		"disk_space":{"gte":"16"},"order":[["score","desc"]],"type":"on-demand","allocated_storage":16},"env":{},"label":null,"extra":null,
		"onstart":null,"image_login":null,"python_utf8":false,"lang_utf8":false,"use_jupyter_lab":false,"jupyter_dir":null,"force":false,
		"cancel_unavail":false,"template_hash_id":null,"runtype":"ssh_proxy","args":null}`
	got := h.fine("PUT", "/api/v0/launch_instance/", h.key, fmt.Sprintf(body, "H100_SXM", "2")).object
	i, err := h.ledger.Instance(t.Context(), model.InstanceID(got["new_contract"].(float64)))
	check(t, err)
	if got["success"] != true || i.Order.GPUs != 2 || i.Order.Disk != 16 || i.Order.Image != "demo/service:1" || i.Order.Mode != model.ModeSSH {
		t.Errorf("launched %+v", i.Order)
	}
	h.refused(h.ask("PUT", "/api/v0/launch_instance/", h.key, fmt.Sprintf(body, "RTX_4090", "2")), 410, "no_such_ask")
}

// create instances sends a list of offers in the path.
func TestCreateInstancesLaunchesOneForEachOffer(t *testing.T) {
	h := newHouse(t)
	body := `{"image":"demo/service:1","runtype":"args"}`
	got := h.fine("PUT", "/api/v0/asks/"+url.PathEscape("[1001, 1002]")+"/", h.key, body).object
	if all := got["new_contracts"].([]any); len(all) != 2 || got["new_contract"] != all[0] {
		t.Errorf("got %v", got)
	}
	h.refused(h.ask("PUT", "/api/v0/asks/%5B1001,%207%5D/", h.key, body), 404, "no_such_ask")
	if all, err := h.ledger.Instances(t.Context()); err != nil || len(all) != 3 {
		t.Errorf("%d instances, %v", len(all), err)
	}
}

func TestAnInstancesNameIsItsIDOnEveryPath(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	name := i.ID.String()
	if got := h.fine("GET", "/api/v0/instances/"+name+"/", h.key, "").object["instances"].(map[string]any); got["id"] != float64(i.ID) {
		t.Errorf("shown is %v", got["id"])
	}
	h.fine("PUT", "/api/v0/instances/"+name+"/", h.key, `{"label":"x"}`)
	h.fine("PUT", "/api/v0/instances/reboot/"+name, h.key, `{}`)
	h.fine("PUT", "/api/v0/instances/", h.key, `{"ids":["`+name+`"],"state":"stopped"}`)
}

// Plural orders act on each, and say which failed.
func TestPluralOrdersActOnEachAndSayWhichFailed(t *testing.T) {
	h := newHouse(t)
	i, theirs := h.launched("maria", service(1)), h.launched("jonas", service(1))
	a := h.ask("PUT", "/api/v0/instances/", h.key, fmt.Sprintf(`{"ids":[%d,%d],"state":"stopped"}`, i.ID, theirs.ID))
	h.refused(a, 404, "no_such_instance")
	if want := fmt.Sprintf("done: %s; %s: there is no such instance", i.ID, theirs.ID); a.object["msg"] != want {
		t.Errorf("it says %q, want %q", a.object["msg"], want)
	}
	h.until(i.ID, model.PhaseStopped)
}

func TestAUserAMachineAndWhatWasDoneAreTold(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	user := h.fine("GET", "/api/v0/users/current/?owner=me", h.jonas, "").object
	if _, there := user["api_key"]; !there || user["username"] != "jonas" || user["balance"] != 0.0 {
		t.Errorf("the user is %v", user)
	}
	machine := h.fine("GET", "/api/v0/machines/?owner=me", h.key, "").object["machines"].([]any)[0].(map[string]any)
	if machine["gpu_name"] != "H100 SXM" || machine["num_gpus"] != 8.0 || machine["id"] != 1.0 {
		t.Errorf("the machine is %v", machine)
	}
	mine, theirs := h.ask("GET", "/api/v0/audit_logs/", h.key, "").list, h.ask("GET", "/api/v0/audit_logs/", h.jonas, "").list
	if len(mine) == 0 || len(theirs) != 0 || mine[len(mine)-1].(map[string]any)["instance"] != i.ID.String() {
		t.Errorf("maria did %v, jonas %v", mine, theirs)
	}
}

// What the platform has and one machine doesn't gets a sentence, at a status where clients stop.
func TestWhatIsntHereIsSaid(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	for _, c := range []struct{ method, path string }{
		{"GET", "/api/v0/invoices"}, {"GET", "/api/v0/users/7/"}, {"POST", "/api/v0/team/"}, {"POST", "/api/v0/volumes/search/"},
		{"GET", "/api/v0/endptjobs/"}, {"PUT", "/api/v0/machines/1/minbid/"}, {"PUT", "/api/v0/instances/bid_price/" + i.ID.String() + "/"},
		{"POST", "/api/v0/instances/take_snapshot/" + i.ID.String() + "/"}, {"PUT", "/api/v0/instances/update_template/" + i.ID.String() + "/"},
	} {
		h.refused(h.ask(c.method, c.path, h.key, "{}"), 400, "not_here")
		h.refused(h.ask(c.method, c.path, "", "{}"), 401, "auth_error")
	}
}

// create template --disk_space 15 sends "15"; the answer is what was saved, and a new name changes no id.
func TestATemplatesIDsOutliveItsName(t *testing.T) {
	h := newHouse(t)
	body := `{"name":"ours","image":"of/maria","tag":"1","href":null,"repo":null,"env":"-p 80:80 -e A=1","onstart":"echo hi","jup_direct":false,
		"ssh_direct":true,"use_jupyter_lab":false,"runtype":"ssh","use_ssh":true,"jupyter_dir":null,"docker_login_repo":null,
		"extra_filters":{},"recommended_disk_space":"15","readme":null,"readme_visible":true,"desc":null,"private":true}`
	made := h.fine("POST", "/api/v0/template/", h.key, body).object["template"].(map[string]any)
	if made["recommended_disk_space"] != 15.0 || made["image"] != "of/maria:1" || made["source"] != "user" {
		t.Errorf("saved %v", made)
	}
	again := h.fine("POST", "/api/v0/template/", h.key, body).object["template"].(map[string]any)
	if again["hash_id"] != made["hash_id"] {
		t.Errorf("the same again has the id %v", again["hash_id"])
	}
	hash := made["hash_id"].(string)
	renamed := h.fine("PUT", "/api/v0/template/", h.key, `{"hash_id":"`+hash+`","name":"his","recommended_disk_space":"16"}`).object["template"].(map[string]any)
	if renamed["hash_id"] != hash || renamed["id"] != made["id"] || renamed["name"] != "his" || renamed["recommended_disk_space"] != 16.0 {
		t.Errorf("renamed %v", renamed)
	}
	other := h.fine("POST", "/api/v0/template/", h.key, body).object["template"].(map[string]any)
	if other["hash_id"] == hash || other["name"] != "ours" {
		t.Errorf("another of the old name is %v", other)
	}
	h.fine("PUT", "/api/v0/asks/1001/", h.key, `{"template_hash_id":"`+hash+`"}`)
	h.fine("DELETE", "/api/v0/template/", h.key, `{"hash_id":"`+hash+`"}`)
}
