package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"berth/model"
)

// The client's "launch instance" searches and launches in one request: its body has the fields of both a search and a
// launch.
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

// The client's "create instances" sends a list of offers in the path.
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

// The newer client's "create instances" sends the offers in the body. Each is tried, and the answer says which failed.
func TestCreateInstancesTakesOffersInItsBody(t *testing.T) {
	h := newHouse(t)
	body := `{"ids":%s,"client_id":"me","image":"demo/service:1","runtype":"args","disk":"10","env":{},"price":null,"template_hash_id":null}`
	got := h.fine("POST", "/api/v0/asks/bulk/", h.key, fmt.Sprintf(body, `[1001,"1001"]`)).object
	if all := got["new_contracts"].([]any); got["success"] != true || len(all) != 2 || got["new_contract"] != all[0] {
		t.Errorf("got %v", got)
	}
	a := h.ask("POST", "/api/v0/asks/bulk/", h.key, fmt.Sprintf(body, `[7,1001]`))
	h.refused(a, 404, "no_such_ask")
	if want := "launched C.1002; offer 7: there is no such offer: search for offers anew"; a.object["msg"] != want {
		t.Errorf("it says %q, want %q", a.object["msg"], want)
	}
	for _, none := range []string{`[]`, `null`} {
		h.refused(h.ask("POST", "/api/v0/asks/bulk/", h.key, fmt.Sprintf(body, none)), 400, "invalid_args")
	}
	wrong := h.ask("POST", "/api/v0/asks/bulk/", h.key, `{"ids":[1001,1001],"vm":true}`)
	h.refused(wrong, 400, "invalid_args")
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

// Orders for several instances act on each one, and the answer says which failed.
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

// What the platform has and a single machine lacks is refused with a sentence, and with a status at which clients don't
// retry.
func TestWhatIsntHereIsSaid(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	for _, c := range []struct{ method, path string }{
		{"GET", "/api/v0/invoices"}, {"GET", "/api/v0/users/7/"}, {"POST", "/api/v0/team/"}, {"POST", "/api/v0/volumes/unlist/"},
		{"GET", "/api/v0/endptjobs/"}, {"PUT", "/api/v0/machines/1/minbid/"}, {"PUT", "/api/v0/instances/bid_price/" + i.ID.String() + "/"},
		{"GET", "/api/v0/instances/pending-price-increases/"},
		{"PUT", "/api/v0/instances/accept-price-increase/"}, {"DELETE", "/api/v0/commands/copy_direct/"}, {"POST", "/api/v0/commands/rclone/"},
		{"PUT", "/api/v0/commands/reset_apikey/"}, {"GET", "/api/v0/instance_backups/"}, {"GET", "/api/v0/instance_backups/7/download/"},
	} {
		h.refused(h.ask(c.method, c.path, h.key, "{}"), 400, "not_here")
		h.refused(h.ask(c.method, c.path, "", "{}"), 401, "auth_error")
	}
	unknown := h.ask("GET", "/api/v0/made/up/", h.key, "{}")
	h.refused(unknown, 404, "not_found")
	if words, _ := unknown.object["msg"].(string); !strings.Contains(words, "this is berth") {
		t.Errorf("an unknown path says %q", words)
	}
}

// create template --disk_space 15 sends "15" as a string. The answer has the saved values. A new name doesn't change
// the ids.
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

// Volumes, as the client's commands create, show, search and delete them, and as create instance takes them.
func TestVolumesByTheAPI(t *testing.T) {
	h := newHouse(t)
	offer := h.fine("POST", "/api/v0/volumes/search/", h.key, `{"disk_space":{"gte":10},"order":[["score","desc"]]}`).object["offers"].([]any)[0].(map[string]any)
	if offer["id"] != 1.0 || offer["machine_id"] != 1.0 {
		t.Errorf("the offer is %v", offer)
	}
	h.refused(h.ask("PUT", "/api/v0/volumes/", h.key, `{"id":77,"size":10,"name":"ckpt"}`), 410, "no_such_ask")
	h.refused(h.ask("PUT", "/api/v0/volumes/", h.key, `{"id":1,"size":0,"name":"ckpt"}`), 400, "invalid_args")
	made := h.fine("PUT", "/api/v0/volumes/", h.key, `{"id":"1","size":"10","name":"ckpt"}`).object
	id := made["new_contract"].(float64)
	path := fmt.Sprintf("/api/v0/volumes/?id=%.0f", id)
	list := func(key string) []any {
		return h.fine("GET", "/api/v0/volumes?owner=me&type=local_volume", key, "").object["volumes"].([]any)
	}
	if all := list(h.key); len(all) != 1 || all[0].(map[string]any)["id"] != id || all[0].(map[string]any)["disk_space"] != 10.0 || all[0].(map[string]any)["start_date"] == 0.0 {
		t.Errorf("maria's are %v", all)
	}
	if theirs := list(h.jonas); len(theirs) != 0 {
		t.Errorf("jonas sees %v", theirs)
	}
	if h.fine("DELETE", path, h.jonas, ""); len(list(h.key)) != 1 { // what isn't there for him is gone already
		t.Error("jonas has removed maria's")
	}
	body := fmt.Sprintf(`{"image":"demo/service:1","runtype":"args","volume_info":{"create_new":false,"volume_id":%.0f,"mount_path":"/data"}}`, id)
	h.refused(h.ask("PUT", "/api/v0/asks/1000/", h.jonas, body), 404, "no_such_volume")
	i := model.InstanceID(h.fine("PUT", "/api/v0/asks/1000/", h.key, body).object["new_contract"].(float64))
	if has, err := h.ledger.Instance(t.Context(), i); err != nil || len(has.Plan.Volumes) != 1 || has.Plan.Volumes[0] != (model.VolumeMount{Volume: "ckpt", At: "/data"}) {
		t.Errorf("%v: it has %v", err, has.Plan.Volumes)
	}
	h.refused(h.ask("DELETE", path, h.key, ""), 400, "invalid_args")
	// A launch that fails leaves no volume behind.
	h.refused(h.ask("PUT", "/api/v0/asks/1000/", h.key, `{"image":"demo/service:1","runtype":"args","disk":1e9,"volume_info":{"create_new":"true","volume_id":1,"size":5,"mount_path":"/data","name":"brief"}}`), 400, "invalid_args")
	h.eventually("the volume of the failed launch gone", func() bool { return len(list(h.key)) == 1 })
	h.fine("DELETE", "/api/v0/instances/"+i.String()+"/", h.key, "")
	h.eventually("the volume free", func() bool { return h.ask("DELETE", path, h.key, "").status == 200 })
	h.eventually("the volume gone", func() bool { return len(list(h.key)) == 0 })
}
