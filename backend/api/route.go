package api

import (
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Reach is who may use a path.
type reach int

const (
	forAccounts  reach = iota // an account's key
	forInstances              // also an instance's own, where the path's id is that instance
	forAll                    // no key at all
)

// A route is one row of the API: what is asked, who may ask, and who answers.
type route struct {
	method string
	path   string // a part in braces stands for a number, {token} for hex digits
	reach  reach
	answer func(*call) (any, error)
}

// routes are the whole API, as environment.md §7 has it.
var routes = []route{
	{"GET", "/api/v0/gpu_names/unique", forAll, on(listCall.gpuNames)},
	{"GET", "/api/v0/results/{token}", forAll, (*call).result},

	{"GET", "/api/v1/instances", forInstances, on(listCall.listPage)},
	{"GET", "/api/v0/instances", forInstances, on(listCall.listAll)},
	{"GET", "/api/v0/instances/filters", forInstances, on(listCall.filters)},
	{"GET", "/api/v0/instances/{id}", forInstances, on(listCall.show)},
	{"PUT", "/api/v0/instances/{id}", forInstances, (*call).change},
	{"PUT", "/api/v0/instances", forInstances, (*call).changeMany},
	{"DELETE", "/api/v0/instances/{id}", forInstances, (*call).destroy},
	{"DELETE", "/api/v0/instances", forInstances, (*call).destroyMany},
	{"PUT", "/api/v0/instances/reboot/{id}", forInstances, (*call).reboot},
	{"PUT", "/api/v0/instances/recycle/{id}", forAccounts, (*call).recycle},
	{"PUT", "/api/v0/instances/request_logs/{id}", forInstances, (*call).logs},
	{"PUT", "/api/v0/instances/command/{id}", forAccounts, (*call).execute},
	{"GET", "/api/v0/instances/{id}/ssh", forAccounts, on(accountCall.instanceKeys)},
	{"POST", "/api/v0/instances/{id}/ssh", forAccounts, on(accountCall.attachKey)},
	{"DELETE", "/api/v0/instances/{id}/ssh/{key}", forAccounts, on(accountCall.detachKey)},

	{"POST", "/api/v0/bundles", forAccounts, on(offerCall.searchBundles)},
	{"GET", "/api/v0/bundles", forAccounts, on(offerCall.searchBundlesByQuery)},
	{"PUT", "/api/v0/search/asks", forAccounts, on(offerCall.searchAsks)},
	{"PUT", "/api/v0/asks/{offers}", forAccounts, (*call).create},
	{"PUT", "/api/v0/launch_instance", forAccounts, on(offerCall.launchBest)},

	{"GET", "/api/v0/ssh", forAccounts, on(accountCall.keys)},
	{"POST", "/api/v0/ssh", forAccounts, on(accountCall.addKey)},
	{"PUT", "/api/v0/ssh/{key}", forAccounts, on(accountCall.replaceKey)},
	{"DELETE", "/api/v0/ssh/{key}", forAccounts, on(accountCall.removeKey)},
	{"GET", "/api/v0/secrets", forAccounts, on(accountCall.vars)},
	{"POST", "/api/v0/secrets", forAccounts, on(accountCall.addVar)},
	{"PUT", "/api/v0/secrets", forAccounts, on(accountCall.replaceVar)},
	{"DELETE", "/api/v0/secrets", forAccounts, on(accountCall.removeVar)},
	{"GET", "/api/v0/template", forAccounts, on(templateCall.templates)},
	{"POST", "/api/v0/template", forAccounts, on(templateCall.addTemplate)},
	{"PUT", "/api/v0/template", forAccounts, on(templateCall.replaceTemplate)},
	{"DELETE", "/api/v0/template", forAccounts, on(templateCall.removeTemplate)},
	{"PUT", "/api/v0/commands/copy_direct", forAccounts, on(copyCall.copy)},
	{"PUT", "/api/v0/commands/rsync", forAccounts, on(copyCall.copy)},

	{"GET", "/api/v0/users/current", forAccounts, on(accountCall.user)},
	{"GET", "/api/v0/machines", forAccounts, on(accountCall.machines)},
	{"GET", "/api/v0/audit_logs", forAccounts, on(accountCall.deeds)},
	{"PUT", "/api/v0/instances/update_template/{id}", forAccounts, notHere(
		"an instance keeps the order that it was launched with: launch another from the template, then destroy this one")},
	{"PUT", "/api/v0/instances/bid_price/{id}", forAccounts, elsewhere},
	{"PUT", "/api/v0/instances/prepay/{id}", forAccounts, elsewhere},
}

// snapshot is a route that the mux can't have beside POST /instances/{id}/ssh: both fit /instances/take_snapshot/ssh.
var snapshot = route{"POST", "/api/v0/instances/take_snapshot/{id}", forAccounts, notHere(
	"berth takes no snapshots: docker commit makes an image of an instance's container, docker push takes it to a registry")}

// foreign are the paths of what the platform has and one machine doesn't: each of them, and all below it.
var foreign = []string{
	"autojobs", "benchmarks", "charges", "cluster", "clusters", "contracts", "deployments", "disks", "earnings", "endptjobs", "endpoints",
	"invoices", "machine", "machines", "maints", "metrics", "network_disk", "network_volumes", "overlay", "overlays",
	"payments", "price", "referrals", "roles", "route", "scheduled_jobs", "commands/schedule_job", "storage", "subaccounts", "team", "teams", "tfa", "transfer_credit",
	"users", "volumes", "workergroups", "auth", "admin",
}

// elsewhere is the answer where the platform has something that one machine doesn't. Clients stop at it and show it.
var elsewhere = notHere("this is berth, one machine of your own, and not the platform: it has no prices, credit, teams, hosts, volumes elsewhere " +
	"or serverless endpoints; instances, offers, templates, keys, variables, logs and copies work as there")

// notHere answers with a sentence.
func notHere(words string) func(*call) (any, error) {
	return func(*call) (any, error) { return nil, problem{http.StatusBadRequest, "not_here", words} }
}

// foreignRoutes are the routes of what isn't here, whatever the method.
func foreignRoutes() []route {
	var out []route
	for _, version := range []string{"/api/v0/", "/api/v1/"} {
		for _, path := range foreign {
			out = append(out, route{"", version + path, forAccounts, elsewhere}, route{"", version + path + "/{rest...}", forAccounts, elsewhere})
		}
	}
	return out
}

// on is the answer of a call about one subject.
func on[T ~struct{ *call }](answer func(T) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) { return answer(T{c}) }
}

// mux knows the routes by net/http's own rules. Its handlers answer nothing: they tell a search which route it is.
var mux = sync.OnceValue(func() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("/", func(http.ResponseWriter, *http.Request) {}) // no route
	for _, row := range slices.Concat(routes, foreignRoutes()) {
		m.HandleFunc(strings.TrimSpace(row.method+" "+row.path), func(w http.ResponseWriter, r *http.Request) {
			if row.takes(r) {
				w.(*search).found = row
			}
		})
	}
	return m
})

// A search is what the mux writes to, and finds.
type search struct {
	http.ResponseWriter // none
	found               route
}

// find returns the route of a request, which can tell from then on what stands in the path's braces. Without one
// the problem says whether it is the path or the method that doesn't exist. Clients write paths with and without
// a slash at the end, and with two at the beginning where their address ends in one.
func find(r *http.Request) (route, error) {
	clean := "/" + strings.TrimLeft(r.URL.Path, "/")
	if len(clean) > 1 {
		clean = strings.TrimSuffix(clean, "/")
	}
	// A path of ours has brackets, commas and blanks written as %5B and the like, where clients send a list of ids. A
	// slash or a dot that is written so would make another path of it.
	if hidden.MatchString(r.URL.RawPath) || path.Clean(clean) != clean {
		return route{}, errNoSuchPath
	}
	r.URL.Path, r.URL.RawPath = clean, ""
	if row := ask(r, r.Method); row.path != "" {
		return row, nil
	}
	var others []string
	for _, row := range routes {
		if ask(r, row.method).path == row.path {
			others = append(others, row.method)
		}
	}
	if others != nil {
		return route{}, problem{http.StatusMethodNotAllowed, "method_not_allowed", "here one can " + strings.Join(others, ", ")}
	}
	return route{}, errNoSuchPath
}

// ask returns the route that the request would have with a method; one without a path where there is none.
func ask(r *http.Request, method string) route {
	asked, line := r.Method, r.RequestURI
	defer func() { r.Method, r.RequestURI = asked, line }()
	r.Method, r.RequestURI = method, "" // the mux has an answer of its own to "*"
	if id, is := strings.CutPrefix(r.URL.Path, strings.TrimSuffix(snapshot.path, "{id}")); is && method == snapshot.method {
		if r.SetPathValue("id", id); snapshot.takes(r) {
			return snapshot
		}
	}
	var s search
	mux().ServeHTTP(&s, r)
	return s.found
}

// hidden is what may not be hidden in a path: a slash, a backslash, a dot, a zero byte.
var hidden = regexp.MustCompile(`(?i)%(?:2f|5c|2e|00)`)

var (
	number = regexp.MustCompile(`^(?:C\.)?[0-9]{1,18}$`) // 7808 and C.7808 are the same instance
	token  = regexp.MustCompile(`^[0-9a-f]{1,64}$`)
	offers = regexp.MustCompile(`^(?:[0-9]{1,18}|\[[0-9]+(?:, ?[0-9]+)*\])$`)
)

// takes reports whether what stands in the braces is what the route has there.
func (row route) takes(r *http.Request) bool {
	for part := range strings.SplitSeq(row.path, "/") {
		name, variable := strings.CutPrefix(part, "{")
		if !variable {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		want := number
		switch name {
		case "token":
			want = token
		case "offers":
			want = offers
		case "rest...":
			continue
		}
		if !want.MatchString(r.PathValue(name)) {
			return false
		}
	}
	return true
}
