package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/model"
)

// The table of environment.md §7, row by row.

func TestShowInstance(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(2))
	for name, key := range map[string]string{"an account's key": h.key, "its own key": i.Plan.APIKey} {
		got := h.fine("GET", path(i.ID)+"?owner=me", key, "").object["instances"].(map[string]any)
		if got["id"] != float64(i.ID) || got["actual_status"] != "running" || got["num_gpus"] != 2.0 {
			t.Errorf("with %s: %v", name, got)
		}
		if _, isNumber := got["start_date"].(float64); !isNumber {
			t.Errorf("start_date is %v", got["start_date"])
		}
		pair := got["extra_env"].([]any)[0].([]any)
		if len(pair) != 2 || pair[0] != "TEST" || pair[1] != "a b" {
			t.Errorf("extra_env is %v", got["extra_env"])
		}
	}
	if got := h.fine("GET", path(9), h.key, ""); got.text != "{\"instances\":null}\n" {
		t.Errorf("one that is gone is shown as %s", got.text)
	}
}

func TestShowInstancesInPages(t *testing.T) {
	h := newHouse(t)
	var ids []model.InstanceID
	for n := range 30 {
		o := service(0)
		o.Share, o.Label = 0.001, []string{"odd", "even"}[n%2]
		i, err := h.Launch(t.Context(), o)
		check(t, err)
		ids = append(ids, i.ID)
	}
	other := h.launched("jonas", service(1))
	for _, id := range ids {
		h.until(id, model.PhaseRunning)
	}

	all := h.fine("GET", "/api/v0/instances/?owner=me", h.key, "").object
	if len(all["instances"].([]any)) != 30 || all["total_instances"] != 30.0 || all["next_token"] != nil {
		t.Errorf("the old list has %d of %v", len(all["instances"].([]any)), all["total_instances"])
	}

	ask := func(query url.Values) map[string]any {
		return h.fine("GET", "/api/v1/instances/?"+query.Encode(), h.key, "").object
	}
	query := url.Values{"select_filters": {"{}"}, "order_by": {`[{"col":"id","dir":"asc"}]`}, "limit": {"25"}}
	first := ask(query)
	if first["success"] != true || len(first["instances"].([]any)) != 25 || first["instances_found"] != 25.0 || first["total_instances"] != 30.0 {
		t.Errorf("the first page: %d of %v", len(first["instances"].([]any)), first["total_instances"])
	}
	if counts := first["label_counts"].(map[string]any); counts["odd"] != 15.0 || counts["even"] != 15.0 {
		t.Errorf("label_counts is %v", counts)
	}
	query.Set("after_token", first["next_token"].(string))
	check(t, h.Act(t.Context(), ids[0], model.ActionDestroy)) // between two pages
	h.gone(ids[0])
	second := ask(query)
	if rows := second["instances"].([]any); len(rows) != 5 || second["next_token"] != nil || rows[0].(map[string]any)["id"] != float64(ids[25]) {
		t.Errorf("the second page: %v", second)
	}

	query = url.Values{"select_filters": {`{"label":{"in":["odd"]},"actual_status":{"eq":"running"}}`}, "select_cols": {`["id","label","nothing"]`},
		"order_by": {`[{"col":"id","dir":"desc"}]`}, "limit": {"2"}}
	rows := ask(query)["instances"].([]any)
	top := rows[0].(map[string]any)
	if len(rows) != 2 || len(top) != 3 || top["nothing"] != nil || top["id"] != float64(ids[28]) {
		t.Errorf("filtered and ordered: %v", rows)
	}
	for name, bad := range map[string]url.Values{
		"an unknown column":    {"select_filters": {`{"nothing":{"eq":1}}`}},
		"an unknown operator":  {"select_filters": {`{"id":{"like":1}}`}},
		"filters of no object": {"select_filters": {`[1]`}},
		"an unknown ordering":  {"order_by": {`[{"col":"nothing"}]`}},
		"a token of nobody's":  {"after_token": {"!!"}},
		"a token of others":    {"after_token": {"WzEsMiwzXQ=="}},
	} {
		t.Run(name, func(t *testing.T) {
			h.refused(h.ask("GET", "/api/v1/instances/?"+bad.Encode(), h.key, ""), 400, "invalid_args")
		})
	}
	own := h.fine("GET", "/api/v1/instances/", other.Plan.APIKey, "").object["instances"].([]any)
	if len(own) != 1 || own[0].(map[string]any)["id"] != float64(other.ID) {
		t.Errorf("an instance's own key lists %v", own)
	}
	filters := h.fine("GET", "/api/v0/instances/filters/", h.jonas, "").object["filters"].([]any)
	if len(filters) != 1 || filters[0].(map[string]any)["gpu_name"] != "H100 SXM" {
		t.Errorf("filters are %v", filters)
	}
}

func TestStartStopAndLabel(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(2))
	own := i.Plan.APIKey
	if got := h.fine("PUT", path(i.ID), own, `{"state":"running"}`).object; got["success"] != true {
		t.Errorf("starting what runs: %v", got)
	}
	h.fine("PUT", path(i.ID), own, `{"label":"trained"}`)
	if got := h.fine("GET", path(i.ID), own, "").object["instances"].(map[string]any); got["label"] != "trained" {
		t.Errorf("right after its label was set it is %v", got["label"])
	}
	h.fine("PUT", path(i.ID), h.key, `{"state":"stopped"}`)
	if got := h.fine("GET", path(i.ID), h.key, "").object["instances"].(map[string]any); got["intended_status"] != "stopped" {
		t.Errorf("right after it was stopped it is meant to be %v", got["intended_status"])
	}
	h.until(i.ID, model.PhaseStopped)
	h.fine("PUT", path(i.ID), h.key, `{"state":"running"}`)
	h.until(i.ID, model.PhaseRunning)
	for body, status := range map[string]int{
		`{}`: 400, ``: 400, `{"state":"paused"}`: 400, `{"state":1}`: 400, `{"label":["a"]}`: 400, `{"label":"a\u0007"}`: 400, `[]`: 400, `{"state":"running"} {}`: 400,
		`{"label":"` + strings.Repeat("x", 257) + `"}`: 400, `nonsense`: 400,
	} {
		h.refused(h.ask("PUT", path(i.ID), own, body), status, "invalid_args")
	}
	both := fmt.Sprintf(`{"ids":[%d],"state":"stopped"}`, i.ID)
	h.fine("PUT", "/api/v0/instances/", h.key, both)
	h.until(i.ID, model.PhaseStopped)
}

// A start that must wait for GPUs is answered as a success.
func TestAStartWithoutFreeGPUsWaits(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(6))
	h.fine("PUT", path(i.ID), i.Plan.APIKey, `{"state":"stopped"}`)
	h.until(i.ID, model.PhaseStopped)
	other := h.launched("jonas", service(5))
	if got := h.fine("PUT", path(i.ID), i.Plan.APIKey, `{"state":"running"}`).object; got["success"] != true {
		t.Errorf("got %v", got)
	}
	h.until(i.ID, model.PhaseScheduling)
	if got := h.fine("GET", path(i.ID), i.Plan.APIKey, "").object["instances"].(map[string]any); got["intended_status"] != "running" || got["actual_status"] != "stopped" {
		t.Errorf("it waits as %v, meant to be %v", got["actual_status"], got["intended_status"])
	}
	h.fine("DELETE", path(other.ID), h.jonas, `{}`)
	h.until(i.ID, model.PhaseRunning)
}

func TestRebootRecycleAndDestroy(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(2))
	h.fine("PUT", verb("reboot", i.ID), i.Plan.APIKey, `{}`)
	h.eventually("rebooted", func() bool {
		f, _ := h.Newest()
		now, _ := f.Instance(i.ID)
		return now.Phase == model.PhaseRunning && now.StartedAt.After(i.StartedAt)
	})
	h.refused(h.ask("PUT", verb("recycle", i.ID), i.Plan.APIKey, `{}`), 403, "not_authorized")
	h.fine("PUT", verb("recycle", i.ID), h.key, `{}`)
	h.eventually("recycled", func() bool {
		f, _ := h.Newest()
		now, _ := f.Instance(i.ID)
		return now.Phase == model.PhaseRunning && now.Container != i.Container
	})
	if got := h.fine("DELETE", path(i.ID), i.Plan.APIKey, `{}`).object; got["success"] != true {
		t.Errorf("destroyed: %v", got)
	}
	h.gone(i.ID)
	h.eventually("its key gone with it", func() bool { return h.ask("GET", path(i.ID), i.Plan.APIKey, "").status == 401 })

	j, k := h.launched("maria", service(1)), h.launched("jonas", service(1))
	many := fmt.Sprintf(`{"instance_ids":[%d,%d]}`, j.ID, k.ID)
	h.fine("DELETE", "/api/v0/instances/", h.key, many)
	h.gone(j.ID)
	h.fine("DELETE", path(j.ID), h.key, "") // deleting again succeeds
	h.fine("DELETE", path(k.ID), h.key, "") // another owner's instance gets the same answer as a missing one
	if _, err := h.ledger.Instance(t.Context(), k.ID); err != nil {
		t.Errorf("jonas's instance: %v", err)
	}
}

// fetched returns the response at an answer's result_url, which needs no key.
func fetched(h *house, a answer) answer {
	h.t.Helper()
	at, _ := a.object["result_url"].(string)
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, at, nil)
	if err != nil || a.object["success"] != true {
		h.t.Fatalf("%s (%v)", a.text, err)
	}
	got := h.send(r)
	if got.status != 200 || got.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		h.t.Errorf("the result is %d %s", got.status, got.header.Get("Content-Type"))
	}
	return got
}

// "update instance", as both clients send it: only the fields that their user gave, and the number once more.
func TestUpdateInstanceRecyclesAsWhatIsGiven(t *testing.T) {
	h := newHouse(t)
	o := service(2)
	o.Name = "mine"
	i := h.launched("maria", o)
	h.fine("POST", "/api/v0/template/", h.key, `{"name":"mine","image":"demo/service:1","env":"-e T=1 -p 7007","runtype":"args","recommended_disk_space":500}`)
	hash := h.fine("GET", `/api/v0/template/?select_filters={"name":{"eq":"mine"}}`, h.key, "").object["templates"].([]any)[0].(map[string]any)["hash_id"].(string)
	number := fmt.Sprint(int64(i.ID))
	for _, c := range []struct {
		body    string
		options string
		args    []string
	}{
		{`{"id":` + number + `,"env":{"A":"1","-p 9000:9000":"1"}}`, `-e TEST="a b" -e A=1 -p 8081:8081 -p 9000:9000`, nil},
		{`{"id":` + number + `,"image":"demo/service:2","args":"--port 80"}`, `-e TEST="a b" -e A=1 -p 8081:8081 -p 9000:9000`, []string{"--port", "80"}},
		{`{"id":"` + number + `","template_hash_id":"` + hash + `"}`, "-e T=1 -p 7007:7007", nil},
		{`{"id":` + number + `}`, "-e T=1 -p 7007:7007", nil},
	} {
		before, err := h.ledger.Instance(t.Context(), i.ID)
		check(t, err)
		got := h.fine("PUT", verb("update_template", i.ID), h.key, c.body).object
		updated, _ := got["updated_instance"].(map[string]any)
		if got["success"] != true || updated["id"] != float64(i.ID) || updated["num_gpus"] != 2.0 || updated["disk_space"] != 10.0 {
			t.Errorf("%s answers %v", c.body, got)
		}
		h.eventually("another container", func() bool {
			now, err := h.ledger.Instance(t.Context(), i.ID)
			return err == nil && now.Phase == model.PhaseRunning && now.Container != before.Container
		})
		now, err := h.ledger.Instance(t.Context(), i.ID)
		check(t, err)
		if now.Order.Options != c.options || !slices.Equal(now.Order.Args, c.args) || now.Order.GPUs != 2 || now.Plan.APIKey != i.Plan.APIKey {
			t.Errorf("%s made %+v, want %s %v", c.body, now.Order, c.options, c.args)
		}
	}
	for _, bad := range []string{`{"image":"Not An Image"}`, `{"env":{"-v /x:/y":"1"}}`, `{"args":"'"}`} {
		h.refused(h.ask("PUT", verb("update_template", i.ID), h.key, bad), 400, "invalid_args")
	}
	h.refused(h.ask("PUT", verb("update_template", i.ID), h.key, `{"template_hash_id":"0000"}`), 404, "no_such_template")
	h.refused(h.ask("PUT", verb("update_template", i.ID), h.jonas, `{"image":"demo/service:1"}`), 404, "no_such_instance")
	h.refused(h.ask("PUT", verb("update_template", i.ID), i.Plan.APIKey, `{"image":"demo/service:1"}`), 403, "not_authorized")
	ssh := service(0)
	ssh.Mode, ssh.Share = model.ModeSSH, 0.1
	other := h.launched("maria", ssh)
	h.refused(h.ask("PUT", verb("update_template", other.ID), h.key, `{"args":"x"}`), 400, "invalid_args")
	h.refused(h.ask("PUT", verb("update_template", other.ID), h.key, `{}`), 400, "invalid_args")
}

func TestLogs(t *testing.T) {
	h := newHouse(t)
	o := service(1)
	o.Entrypoint = []string{"sh", "-c", "for n in 1 2 3 4; do echo line $n; done; sleep infinity"}
	i := h.launched("maria", o)
	h.eventually("logged", func() bool {
		return strings.Contains(fetched(h, h.fine("PUT", verb("request_logs", i.ID), i.Plan.APIKey, ``)).text, "line 4")
	})
	for body, want := range map[string]string{
		`{"tail":"2"}`: "line 3\nline 4\n", `{"tail":1}`: "line 4\n", `{"filter":"[13]$"}`: "line 1\nline 3\n",
		`{"filter":"(2"}`: "", `{"tail":null,"filter":"line 2"}`: "line 2\n",
	} {
		if got := fetched(h, h.fine("PUT", verb("request_logs", i.ID), i.Plan.APIKey, body)); got.text != want {
			t.Errorf("%s: %q, want %q", body, got.text, want)
		}
	}
	if got := fetched(h, h.fine("PUT", verb("request_logs", i.ID), h.key, `{"daemon_logs":"true"}`)); !strings.Contains(got.text, "maria launch") {
		t.Errorf("the keeper's own log is %q", got.text)
	}
	for _, body := range []string{`{"tail":"x"}`, `{"tail":-1}`, `{"tail":{}}`, `{"filter":7}`} {
		h.refused(h.ask("PUT", verb("request_logs", i.ID), h.key, body), 400, "invalid_args")
	}
	for _, token := range []string{strings.Repeat("0", 64), "x", "..", ""} {
		h.refused(h.ask("GET", "/api/v0/results/"+token, h.key, ""), 404, "not_found")
	}
}

func TestExecuteRunsThreeCommandsAndNoShell(t *testing.T) {
	h := newHouse(t)
	o := service(1)
	o.Entrypoint = []string{"sh", "-c", "sleep infinity"}
	i := h.launched("maria", o)
	got := h.fine("PUT", verb("command", i.ID), h.key, `{"command":"ls -l /"}`).object
	if got["success"] != true || got["writeable_path"] != "" || !strings.HasPrefix(got["result_url"].(string), h.url+"/api/v0/results/") {
		t.Errorf("got %v", got)
	}
	for _, command := range []string{"", "cat /etc/passwd", "sh -c ls", "bash", "/bin/ls", "ls\\u0000", "rm 'x", strings.Repeat("ls ", 300)} {
		h.refused(h.ask("PUT", verb("command", i.ID), h.key, `{"command":"`+command+`"}`), 400, "invalid_args")
	}
	h.refused(h.ask("PUT", verb("command", i.ID), i.Plan.APIKey, `{"command":"ls"}`), 403, "not_authorized")
}

func TestCopyBetweenInstances(t *testing.T) {
	h := newHouse(t)
	o := service(1)
	o.Entrypoint = []string{"sh", "-c", "echo hello > /data.txt; sleep infinity"}
	from, to := h.launched("maria", o), h.launched("maria", service(1))
	theirs := h.launched("jonas", service(1))
	body := func(from, to any, at string) string {
		return fmt.Sprintf(`{"client_id":"me","src_id":%q,"dst_id":%q,"src_path":"/data.txt","dst_path":%q}`, from, to, at)
	}
	got := h.fine("PUT", "/api/v0/commands/copy_direct/", h.key, body(from.ID.String(), fmt.Sprint(int64(to.ID)), "/there/")).object
	if got["success"] != true || got["msg"] == "" {
		t.Errorf("got %v", got)
	}
	h.eventually("copied", func() bool {
		r, err := h.engine.CopyFrom(t.Context(), to.Container, "/there/data.txt")
		return err == nil && r.Close() == nil
	})
	h.refused(h.ask("PUT", "/api/v0/commands/copy_direct/", h.key, body(from.ID.String(), theirs.ID.String(), "/x")), 404, "no_such_instance")
	h.refused(h.ask("PUT", "/api/v0/commands/copy_direct/", h.key, body("s3.1", to.ID.String(), "/x")), 400, "invalid_args")
	h.refused(h.ask("PUT", "/api/v0/commands/copy_direct/", h.key, body("local", "local", "/x")), 400, "invalid_args")
	h.refused(h.ask("PUT", "/api/v0/commands/copy_direct/", h.key, `{"src_id":{}}`), 400, "invalid_args")

	ssh := service(1)
	ssh.Mode = model.ModeSSH
	i := h.launched("jonas", ssh)
	words := h.fine("PUT", "/api/v0/commands/rsync/", h.jonas, fmt.Sprintf(`{"src_id":null,"dst_id":%d,"src_path":"data","dst_path":"/x"}`, i.ID))
	if words.object["success"] != false && !strings.Contains(words.text, "rsync -avP") {
		t.Errorf("from a computer elsewhere: %s", words.text)
	}
}

func TestEachPathIsServedHoweverItIsWritten(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	for _, p := range []string{path(i.ID), "/api/v1/instances/", "/api/v0/instances/filters/", "/api/v0/ssh/", "/api/v0/secrets/", "/api/v0/template/"} {
		bare := strings.TrimSuffix(p, "/")
		for _, written := range []string{p, bare, "/" + p, "/" + bare, p + "?owner=me", bare + "?owner=me"} {
			h.fine("GET", written, h.key, "")
		}
		if a := h.ask("HEAD", p, h.key, ""); a.status != 200 || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("HEAD %s: %d", p, a.status)
		}
	}
	for _, p := range []string{
		"/", "/api", "/api/v0", "/api/v2/instances/", "/api/v0/instances//", "/api/v0/instances/x/", "/api/v0/instances/1/2/3/", "/api/v0/instances/-1/",
		"/api/v0/instances/%2e%2e/secrets/", "/api/v0/instances/..%2fsecrets", "/api/v0/./instances/", "/api/v0/instances/../secrets/", "/api/v0//secrets/",
		"/API/v0/secrets/", "/api/v0/instances/99999999999999999999/", "/api/v0/secrets/%00", "/metrics", "/debug/pprof/",
	} {
		h.refused(h.ask("GET", p, h.key, ""), 404, "not_found")
	}
	h.refused(h.ask("PATCH", path(i.ID), h.key, ""), 405, "method_not_allowed")
	h.refused(h.ask("POST", "/api/v0/instances/", h.key, ""), 405, "method_not_allowed")
}

func TestAKeyDoesntOutliveItsAccountKeyRow(t *testing.T) {
	h := newHouse(t)
	h.fine("GET", "/api/v0/secrets/", h.jonas, "")
	keys, err := h.AccountKeys(h.ActingFor(t.Context(), "jonas"))
	check(t, err)
	if len(keys) != 1 || keys[0].ID == "" || time.Since(keys[0].CreatedAt) > time.Minute {
		t.Fatalf("jonas's keys are %+v", keys)
	}
	check(t, h.DropAccountKey(h.ActingFor(t.Context(), "jonas"), keys[0].ID))
	h.refused(h.ask("GET", "/api/v0/secrets/", h.jonas, ""), 401, "auth_error")
	h.fine("GET", "/api/v0/secrets/", h.key, "")
}
