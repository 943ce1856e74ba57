package api_test

import (
	"archive/tar"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"berth/model"
)

// Each row of the API with each kind of key. An instance's own key works for its own id only; for another id the answer
// is the same as if that id didn't exist.
func TestEachPathIsForWhoItIsFor(t *testing.T) {
	h := newHouse(t)
	mine, sister, theirs := h.launched("maria", service(1)), h.launched("maria", service(1)), h.launched("jonas", service(1))
	own := mine.Plan.APIKey
	nobody := model.InstanceID(4242)
	for _, c := range []struct {
		method string
		path   func(model.InstanceID) string
		body   string
		own    int // status with the instance's own key
	}{
		{"GET", func(id model.InstanceID) string { return path(id) }, "", 200},
		{"PUT", func(id model.InstanceID) string { return path(id) }, `{"label":"x"}`, 200},
		{"PUT", func(id model.InstanceID) string { return path(id) }, `{"state":"running"}`, 200},
		{"PUT", func(id model.InstanceID) string { return verb("request_logs", id) }, `{}`, 200},
		{"PUT", func(id model.InstanceID) string { return verb("recycle", id) }, `{}`, 403},
		{"PUT", func(id model.InstanceID) string { return verb("command", id) }, `{"command":"ls"}`, 403},
		{"GET", func(id model.InstanceID) string { return path(id, "ssh") }, "", 403},
		{"POST", func(id model.InstanceID) string { return path(id, "ssh") }, `{"ssh_key":"` + oneKey + `"}`, 403},
		{"DELETE", func(id model.InstanceID) string { return path(id, "ssh", "1") }, "", 403},
	} {
		name := c.method + " " + c.path(mine.ID)
		if a := h.ask(c.method, c.path(mine.ID), own, c.body); a.status != c.own {
			t.Errorf("%s with its own key: %d, want %d", name, a.status, c.own)
		}
		var words []string
		for _, other := range []model.InstanceID{sister.ID, theirs.ID, nobody} {
			a := h.ask(c.method, c.path(other), own, c.body)
			h.refused(a, http.StatusNotFound, "no_such_instance")
			words = append(words, a.text)
		}
		if words[0] != words[1] || words[1] != words[2] {
			t.Errorf("%s tells others apart: %q", name, words)
		}
		if c.method == "DELETE" { // a repeated delete succeeds, and another owner's instance gets the same answer
			h.fine(c.method, c.path(theirs.ID), h.key, c.body)
		} else if c.method != "GET" || strings.HasSuffix(c.path(mine.ID), "/ssh/") {
			h.refused(h.ask(c.method, c.path(theirs.ID), h.key, c.body), http.StatusNotFound, "no_such_instance")
		} else if a := h.ask(c.method, c.path(theirs.ID), h.key, c.body); a.text != "{\"instances\":null}\n" {
			t.Errorf("%s of jonas's, with maria's key: %s", name, a.text)
		}
	}
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/api/v0/bundles/", "{}"}, {"PUT", "/api/v0/search/asks/", "{}"}, {"GET", "/api/v0/bundles/", ""},
		{"PUT", "/api/v0/asks/1001/", `{"image":"demo/service:1"}`}, {"PUT", fmt.Sprintf("/api/v0/asks/%d/", mine.ID), `{"image":"demo/service:1"}`},
		{"GET", "/api/v0/ssh/", ""}, {"POST", "/api/v0/ssh/", `{"ssh_key":"` + oneKey + `"}`}, {"PUT", "/api/v0/ssh/1/", "{}"}, {"DELETE", "/api/v0/ssh/1/", ""},
		{"GET", "/api/v0/secrets/", ""}, {"POST", "/api/v0/secrets/", "{}"}, {"PUT", "/api/v0/secrets/", "{}"}, {"DELETE", "/api/v0/secrets/", "{}"},
		{"GET", "/api/v0/template/", ""}, {"POST", "/api/v0/template/", "{}"}, {"PUT", "/api/v0/template/", "{}"}, {"DELETE", "/api/v0/template/", "{}"},
		{"PUT", "/api/v0/commands/copy_direct/", "{}"}, {"PUT", "/api/v0/commands/rsync/", "{}"},
	} {
		h.refused(h.ask(c.method, c.path, own, c.body), http.StatusForbidden, "not_authorized")
		h.refused(h.ask(c.method, c.path, "", c.body), http.StatusUnauthorized, "auth_error")
	}
	h.refused(h.ask("PUT", "/api/v0/instances/", own, fmt.Sprintf(`{"ids":[%d,%d],"state":"stopped"}`, mine.ID, sister.ID)), 404, "no_such_instance")
	for _, i := range []model.Instance{mine, sister, theirs} {
		if now, err := h.ledger.Instance(t.Context(), i.ID); err != nil || now.Phase != model.PhaseRunning || i.ID != mine.ID && now.Label != "" {
			t.Errorf("%s has changed: %s %q (%v)", i.ID, now.Phase, now.Label, err)
		}
	}
	if all, err := h.ledger.Instances(t.Context()); err != nil || len(all) != 3 {
		t.Errorf("there are %d instances now (%v)", len(all), err)
	}
}

func TestAKeyIsShownInTheHeaderOrAsOlderScriptsDo(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	for name, c := range map[string]struct {
		header, query string
		status        int
	}{
		"in the header":                 {header: "Bearer " + i.Plan.APIKey, status: 200},
		"whatever the case of Bearer":   {header: "bearer  " + i.Plan.APIKey, status: 200},
		"in the address":                {query: "?api_key=" + i.Plan.APIKey, status: 200},
		"in both, as the clients do":    {header: "Bearer " + i.Plan.APIKey, query: "?owner=me&api_key=" + i.Plan.APIKey, status: 200},
		"the header counts":             {header: "Bearer wrong", query: "?api_key=" + i.Plan.APIKey, status: 401},
		"another scheme":                {header: "Basic " + i.Plan.APIKey, status: 401},
		"no scheme":                     {header: i.Plan.APIKey, status: 401},
		"an empty key":                  {header: "Bearer ", status: 401},
		"none":                          {status: 401},
		"one digit less":                {header: "Bearer " + i.Plan.APIKey[:63], status: 401},
		"another digit":                 {header: "Bearer " + flip(i.Plan.APIKey), status: 401},
		"a long one":                    {header: "Bearer " + strings.Repeat("a", 10_000), status: 401},
		"its hash":                      {header: "Bearer " + fmt.Sprintf("%x", md5.Sum([]byte(i.Plan.APIKey))), status: 401},
		"the secret of authorized_keys": {header: "Bearer " + i.Plan.Secret, status: 401},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+path(i.ID)+c.query, nil)
		check(t, err)
		if c.header != "" {
			r.Header.Set("Authorization", c.header)
		}
		a := h.send(r)
		if a.status != c.status {
			t.Errorf("%s: %d, want %d", name, a.status, c.status)
		}
		if a.status == 401 {
			h.refused(a, 401, "auth_error")
			if a.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: WWW-Authenticate is %q", name, a.header.Get("WWW-Authenticate"))
			}
		}
	}
}

// flip changes a key's last digit.
func flip(key string) string {
	if strings.HasSuffix(key, "0") {
		return key[:len(key)-1] + "1"
	}
	return key[:len(key)-1] + "0"
}

// The recipe of environment.md §7: md5sum of authorized_keys, then md5sum of the label, each without a line end.
func TestAKeyMadeAnewByTheRecipeWorksForItsOwnInstanceAlone(t *testing.T) {
	h := newHouse(t)
	o := service(1)
	o.Mode = model.ModeSSH
	i, other := h.launched("maria", o), h.launched("maria", o)
	sum := func(text string) string {
		s := md5.Sum([]byte(text))
		return hex.EncodeToString(s[:])
	}
	keys := "# berth " + i.Plan.Secret + "\n" + oneKey + "\n"
	recipe := sum(keys) + sum(i.ID.String())
	h.refused(h.ask("GET", path(i.ID), recipe, ""), 401, "auth_error") // the launcher hasn't reported its hash yet

	h.status(i, i.ID, sum(keys))
	h.ahead.Add(int64(4 * time.Second)) // the last report is cached for three seconds
	h.fine("GET", path(i.ID), recipe, "")
	h.fine("PUT", path(i.ID), recipe, `{"label":"by recipe"}`)
	h.refused(h.ask("GET", path(other.ID), recipe, ""), 404, "no_such_instance")
	h.refused(h.ask("GET", "/api/v0/secrets/", recipe, ""), 403, "not_authorized")

	guesses := map[string]string{
		"public keys alone":    sum(oneKey+"\n") + sum(i.ID.String()),
		"an empty file":        sum("") + sum(i.ID.String()),
		"an unset label":       sum(keys) + sum(""),
		"another's label":      sum(keys) + sum(other.ID.String()),
		"a label with its end": sum(keys) + sum(i.ID.String()+"\n"),
		"the number alone":     sum(keys) + sum(fmt.Sprint(int64(i.ID))),
		"the halves exchanged": sum(i.ID.String()) + sum(keys),
		"capital letters":      strings.ToUpper(recipe),
		"an empty hash":        strings.Repeat(" ", 32) + sum(i.ID.String()),
	}
	for name, guess := range guesses {
		if a := h.ask("GET", path(i.ID), guess, ""); a.status != 401 {
			t.Errorf("%s: %d, want 401", name, a.status)
		}
	}

	// The launcher writes a status without the hash if the secret is no longer in the file. A status with another
	// instance's id was copied from that instance.
	for name, tell := range map[string]func(){
		"the secret is gone": func() { h.status(i, i.ID, "") },
		"copied":             func() { h.status(i, other.ID, sum(keys)) },
	} {
		tell()
		h.ahead.Add(int64(4 * time.Second))
		if a := h.ask("GET", path(i.ID), recipe, ""); a.status != 401 {
			t.Errorf("%s: %d, want 401", name, a.status)
		}
	}
}

// status writes a launcher's status file into an instance.
func (h *house) status(i model.Instance, id model.InstanceID, keys string) {
	h.t.Helper()
	text := fmt.Sprintf(`{"instance":%d,"start":"x","keys_md5":%q}`, id, keys)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	check(h.t, w.WriteHeader(&tar.Header{Name: ".berth/status.json", Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(text))}))
	_, err := w.Write([]byte(text))
	check(h.t, err)
	check(h.t, w.Close())
	check(h.t, h.engine.CopyTo(h.t.Context(), i.Container, "/", &b))
}

// After too many wrong keys from one address, the next wrong ones get status 429. A right key still works, even one
// that was never used before: behind a proxy, and on the machine itself, all clients have the same address.
func TestWrongKeysAreLimited(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	seen := map[int]int{}
	for n := range 60 {
		seen[h.ask("GET", path(i.ID), fmt.Sprintf("%064x", n), "").status]++
	}
	if seen[401] < 15 || seen[429] < 20 || seen[401]+seen[429] != 60 {
		t.Errorf("sixty wrong keys in a row were answered with %v", seen)
	}
	a := h.ask("GET", path(i.ID), strings.Repeat("f", 64), "")
	h.refused(a, 429, "too_many_failures")
	if a.header.Get("Retry-After") == "" {
		t.Error("it isn't said when to try again")
	}
	h.fine("GET", path(i.ID), i.Plan.APIKey, "")
	h.fine("GET", "/api/v0/secrets/", h.key, "")
	h.refused(h.ask("GET", path(i.ID), "", ""), 401, "auth_error") // a missing key isn't counted as a wrong one
}
