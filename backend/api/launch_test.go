package api_test

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"berth/model"
)

func TestOffersAreThisMachineForEachNumberOfFreeGPUs(t *testing.T) {
	h := newHouse(t)
	h.launched("jonas", service(3))
	usual := `"verified":{"eq":true},"external":{"eq":false},"rentable":{"eq":true},"rented":{"eq":false},"order":[["score","desc"]],"type":"on-demand","allocated_storage":5.0`
	for name, c := range map[string]struct {
		method, path, body string
		want               []float64
	}{
		"bundles":                       {"POST", "/api/v0/bundles/", `{` + usual + `}`, []float64{1, 2, 3, 4, 5}},
		"asks":                          {"PUT", "/api/v0/search/asks/", `{"select_cols":["*"],"q":{` + usual + `}}`, []float64{1, 2, 3, 4, 5}},
		"the older way":                 {"GET", "/api/v0/bundles?q=" + url.QueryEscape(`{`+usual+`}`), "", []float64{1, 2, 3, 4, 5}},
		"a number as text":              {"POST", "/api/v0/bundles/", `{"num_gpus":{"gte":"2","lt":"4"}}`, []float64{2, 3}},
		"a model by a part of its name": {"POST", "/api/v0/bundles/", `{"gpu_name":{"eq":"h100_80gb"},"num_gpus":{"eq":4}}`, []float64{4}},
		"another model":                 {"POST", "/api/v0/bundles/", `{"gpu_name":{"in":["RTX 4090","A100"]}}`, nil},
		"what isn't known":              {"POST", "/api/v0/bundles/", `{"reliability":{"gt":"0.99"},"dlperf":{"gte":50},"num_gpus":{"eq":1}}`, []float64{1}},
		"most GPUs first, two of them":  {"POST", "/api/v0/bundles/", `{"order":[["num_gpus","desc"]],"limit":2}`, []float64{5, 4}},
		// One row for each flag of the client's search.
		"--type bid":                     {"POST", "/api/v0/bundles/", `{"type":"bid","order":[["dph_total","asc"],["num_gpus","asc"]]}`, []float64{1, 2, 3, 4, 5}},
		"--no-default":                   {"PUT", "/api/v0/search/asks/", `{"select_cols":["*"],"q":{"order":[["num_gpus","desc"]],"type":"on-demand"}}`, []float64{5, 4, 3, 2, 1}},
		"--disable-bundling":             {"POST", "/api/v0/bundles/", `{"disable_bundling":true,"limit":1}`, []float64{1}},
		"--storage":                      {"POST", "/api/v0/bundles/", `{"allocated_storage":"20","num_gpus":{"in":["1","5"]}}`, []float64{1, 5}},
		"--limit as text":                {"POST", "/api/v0/bundles/", `{"limit":"2"}`, []float64{1, 2}},
		"gpu_name=H100_SXM":              {"POST", "/api/v0/bundles/", `{"gpu_name":{"eq":"H100_SXM"},"num_gpus":{"gte":5}}`, []float64{5}},
		"gpu_name!=H100 SXM":             {"POST", "/api/v0/bundles/", `{"gpu_name":{"neq":"H100 SXM"}}`, nil},
		"none at all, for who says none": {"POST", "/api/v0/bundles/", `{"num_gpus":{"lte":0}}`, []float64{0}},
	} {
		t.Run(name, func(t *testing.T) {
			offers := h.fine(c.method, c.path, h.key, c.body).object["offers"].([]any)
			var got []float64
			for _, o := range offers {
				got = append(got, o.(map[string]any)["num_gpus"].(float64))
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("offers have %v GPUs, want %v", got, c.want)
			}
		})
	}
	if names := h.fine("GET", "/api/v0/gpu_names/unique/", "", "").object["gpu_names"].([]any); len(names) != 1 || names[0] != "H100 SXM" {
		t.Errorf("without a key, gpu_names are %v", names)
	}
}

func TestCreateInstanceDoesWhatTheFormDoes(t *testing.T) {
	h := newHouse(t)
	body := `{"client_id":"me","image":"demo/service:1","env":{"A":"b c","-p 8081:8081":"1","-p 9000:9000/udp":"1","-h":"box"},"price":null,"disk":12.5,
		"label":"mine","extra":null,"onstart":"echo hi","image_login":null,"python_utf8":false,"lang_utf8":true,"use_jupyter_lab":true,
		"jupyter_dir":"/work","force":false,"cancel_unavail":false,"template_hash_id":null,"user":null,"runtype":"jupyter_direc ssh_direc ssh_proxy"}`
	got := h.fine("PUT", "/api/v0/asks/1003/", h.jonas, body).object
	id := model.InstanceID(got["new_contract"].(float64))
	i, err := h.ledger.Instance(t.Context(), id)
	check(t, err)
	if got["success"] != true || got["instance_api_key"] != i.Plan.APIKey || len(i.Plan.APIKey) != 64 {
		t.Errorf("got %v", got)
	}
	o := i.Order
	if i.Owner != "jonas" || o.GPUs != 3 || o.GPUModel != "NVIDIA H100 80GB HBM3" || o.Disk != 12.5 || i.Label != "mine" ||
		o.Mode != model.ModeJupyter || !o.JupyterLab || o.OnStart != "echo hi" || i.Plan.Hostname != "box" {
		t.Errorf("launched %+v for %s", o, i.Owner)
	}
	for name, value := range map[string]string{"A": "b c", "JUPYTER_DIR": "/work", "LANG": "C.UTF-8"} {
		if v, _ := i.Plan.Var(name); v != value {
			t.Errorf("%s is %q, want %q", name, v, value)
		}
	}
	if i.Plan.External(9000, model.UDP) == 0 || i.Plan.External(8081, model.TCP) == 0 {
		t.Errorf("its ports are %v", i.Plan.Ports)
	}
	h.fine("GET", path(id), got["instance_api_key"].(string), "") // the instance's key is valid at once

	args := h.fine("PUT", "/api/v0/asks/1000/", h.key, `{"image":"demo/service:1","runtype":"args","onstart":"sh -c","args":["sleep infinity"],"env":"-e X=1"}`)
	i, err = h.ledger.Instance(t.Context(), model.InstanceID(args.object["new_contract"].(float64)))
	check(t, err)
	if i.Order.Mode != model.ModeEntrypoint || i.Order.GPUs != 0 || strings.Join(i.Order.Entrypoint, "|") != "sh|-c" || i.Order.Args[0] != "sleep infinity" {
		t.Errorf("entrypoint mode: %+v", i.Order)
	}

	h.refused(h.ask("PUT", "/api/v0/asks/1006/", h.key, `{"image":"demo/service:1"}`), 410, "no_such_ask") // five free
	h.refused(h.ask("PUT", "/api/v0/asks/1009/", h.key, `{"image":"demo/service:1"}`), 404, "no_such_ask")
	h.refused(h.ask("PUT", "/api/v0/asks/7/", h.key, `{"image":"demo/service:1"}`), 404, "no_such_ask")
	h.refused(h.ask("PUT", "/api/v0/asks/1001/", h.key, `{"image":"demo/service:1","template_hash_id":"nope"}`), 404, "no_such_template")
	for _, bad := range []string{
		`{}`, `{"image":"UPPER"}`, `{"image":7}`, `{"image":"a","env":{"CONTAINER_ID":"1"}}`, `{"image":"a","env":"--privileged"}`,
		`{"image":"a","env":[1]}`, `{"image":"a","disk":"x"}`, `{"image":"a","disk":1}`, `{"image":"a","runtype":"vm"}`,
		`{"image":"a","user":"bob"}`, `{"image":"a","volume_info":{"create_new":true}}`, `{"image":"a","args":{}}`, `{"image":"a","price":0.4}`,
		`{"image":"a","args_str":"'"}`, `{"image":"a","env":{"-v /:/host":"1"}}`, `{"image":"a","image_login":"-u bob -p secret reg.example.com"}`,
	} {
		h.refused(h.ask("PUT", "/api/v0/asks/1001/", h.key, bad), 400, "invalid_args")
	}
	stopped := h.fine("PUT", "/api/v0/asks/1001/", h.key, `{"image":"demo/service:1","runtype":"args","target_state":"stopped"}`)
	h.until(model.InstanceID(stopped.object["new_contract"].(float64)), model.PhaseStopped)
}

// The platform's documentation says which launch modes use args and onstart. Its clients send them in all modes, so the
// API must ignore what a mode doesn't use.
func TestWhatALaunchsModeDoesntUseIsPassedOver(t *testing.T) {
	h := newHouse(t)
	lab := h.fine("POST", "/api/v0/template/", h.key, `{"name":"lab","image":"demo/service:1","runtype":"jupyter","use_jupyter_lab":true,"onstart":"echo hi"}`)
	hash := lab.object["template"].(map[string]any)["hash_id"].(string)
	for name, c := range map[string]struct {
		body string
		want model.Order
	}{
		"arguments beside ssh are passed over, as on the platform": {
			`{"image":"demo/service:1","runtype":"ssh_proxy","args":["x"],"use_jupyter_lab":true,"onstart":"echo on"}`,
			model.Order{Mode: model.ModeSSH, OnStart: "echo on"},
		},
		"empty ones are none": {
			`{"image":"demo/service:1","runtype":"ssh_proxy","args_str":"","onstart":"","use_jupyter_lab":false}`, model.Order{Mode: model.ModeSSH},
		},
		"a template in another mode is without what that one doesn't use": {
			`{"template_hash_id":"` + hash + `","runtype":"args"}`, model.Order{Name: "lab", Mode: model.ModeEntrypoint},
		},
		"and so is one that is given arguments": {
			`{"template_hash_id":"` + hash + `","args":["x"]}`, model.Order{Name: "lab", Mode: model.ModeEntrypoint, Args: []string{"x"}},
		},
	} {
		got := h.fine("PUT", "/api/v0/asks/1000/", h.key, c.body).object
		made, err := h.ledger.Instance(t.Context(), model.InstanceID(got["new_contract"].(float64)))
		check(t, err)
		c.want.Image, c.want.Disk, c.want.Share = "demo/service:1", made.Order.Disk, made.Order.Share
		if !reflect.DeepEqual(made.Order, c.want) {
			t.Errorf("%s:\n%+v, want\n%+v", name, made.Order, c.want)
		}
	}

	made := h.fine("POST", "/api/v0/template/", h.key, `{"name":"mine","image":"demo/service:1","runtype":"ssh","args_str":"x","use_jupyter_lab":true}`)
	if row := made.object["template"].(map[string]any); row["args_str"] != "" || row["use_jupyter_lab"] != false {
		t.Errorf("a template keeps %v", row)
	}
}
