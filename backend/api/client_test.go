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
