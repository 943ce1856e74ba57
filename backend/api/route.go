package api

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"berth/model"
)

// reach is who may use a path.
type reach int

const (
	forAccounts  reach = iota // an account's key
	forInstances              // also an instance's own key, if the path's id is that instance
	forAll                    // no key needed
)

// A route is one row of the API: method and path, who may use it, and the handler.
type route struct {
	method string
	path   string // a part in braces stands for a number, {token} for hex digits
	reach  reach
	answer func(*call) (any, error)
}

// routes are the whole API, as environment.md §7 describes it.
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
	{"PUT", "/api/v0/instances/update_template/{id}", forAccounts, on(templateCall.renew)},
	{"PUT", "/api/v0/instances/request_logs/{id}", forInstances, (*call).logs},
	{"PUT", "/api/v0/instances/command/{id}", forAccounts, (*call).execute},
	{"GET", "/api/v0/instances/{id}/ssh", forAccounts, on(accountCall.instanceKeys)},
	{"POST", "/api/v0/instances/{id}/ssh", forAccounts, on(accountCall.attachKey)},
	{"DELETE", "/api/v0/instances/{id}/ssh/{key}", forAccounts, on(accountCall.detachKey)},

	{"POST", "/api/v0/bundles", forAccounts, on(offerCall.searchBundles)},
	{"GET", "/api/v0/bundles", forAccounts, on(offerCall.searchBundlesByQuery)},
	{"PUT", "/api/v0/search/asks", forAccounts, on(offerCall.searchAsks)},
	{"PUT", "/api/v0/asks/{offers}", forAccounts, on(offerCall.create)},
	{"POST", "/api/v0/asks/bulk", forAccounts, on(offerCall.createMany)},
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

	{"GET", "/api/v0/volumes", forAccounts, on(volumeCall.list)},
	{"PUT", "/api/v0/volumes", forAccounts, on(volumeCall.make)},
	{"DELETE", "/api/v0/volumes", forAccounts, on(volumeCall.remove)},
	{"POST", "/api/v0/volumes/search", forAccounts, on(volumeCall.searchVolumes)},

	{"GET", "/api/v0/users/current", forAccounts, on(accountCall.user)},
	{"GET", "/api/v0/machines", forAccounts, on(accountCall.machines)},
	{"GET", "/api/v0/audit_logs", forAccounts, on(accountCall.auditLogs)},
	{"PUT", "/api/v0/instances/bid_price/{id}", forAccounts, platformOnly},
	{"PUT", "/api/v0/instances/prepay/{id}", forAccounts, platformOnly},
	{"GET", "/api/v0/instances/pending-price-increases", forAccounts, platformOnly},
	{"PUT", "/api/v0/instances/accept-price-increase", forAccounts, platformOnly},
	{"PUT", "/api/v0/instances/reject-price-increase", forAccounts, platformOnly},
	{"DELETE", "/api/v0/commands/copy_direct", forAccounts, notHere(
		"a copy that has begun goes on: the instance's history says when it is done")},
	{"PUT", "/api/v0/commands/reset_apikey", forAccounts, notHere(
		"keys are made on the machine itself: `berth account key` makes and removes them")},
}

// snapshot is a route that net/http's mux rejects beside POST /instances/{id}/ssh, because both patterns match
// /instances/take_snapshot/ssh.
var snapshot = route{"POST", "/api/v0/instances/take_snapshot/{id}", forAccounts, (*call).takeSnapshot}

// platformPaths are paths that the platform has and a single machine doesn't. Each stands for itself and everything
// below it.
var platformPaths = []string{
	"autojobs", "benchmarks", "charges", "cluster", "clusters", "contracts", "deployments", "disks", "earnings", "endptjobs", "endpoints",
	"invoices", "machine", "machines", "maints", "metrics", "network_disk", "network_volumes", "overlay", "overlays",
	"instance_backups", "payments", "price", "referrals", "roles", "route", "scheduled_jobs", "commands/rclone", "commands/schedule_job", "storage", "subaccounts", "team", "teams", "tfa", "transfer_credit",
	"users", "volumes", "workergroups", "auth", "admin",
}

// platformOnly is the answer for something that the platform has and a single machine doesn't. Clients stop at this
// answer and show it.
var platformOnly = notHere(thisIsBerth)

const thisIsBerth = "this is berth, one machine of your own, and not the platform: it has no prices, credit, teams, hosts, volumes elsewhere " +
	"or serverless endpoints; instances, offers, templates, keys, variables, logs and copies work as there"

// notHere returns a handler that answers with a message.
func notHere(words string) func(*call) (any, error) {
	return func(*call) (any, error) { return nil, problem{http.StatusBadRequest, "not_here", words} }
}

// platformRoutes returns the routes of the platform's paths, for every method.
func platformRoutes() []route {
	var out []route
	for _, version := range []string{"/api/v0/", "/api/v1/"} {
		for _, path := range platformPaths {
			out = append(out, route{"", version + path, forAccounts, platformOnly}, route{"", version + path + "/{rest...}", forAccounts, platformOnly})
		}
	}
	return out
}

// on converts a handler of one subject's type into a handler of call.
func on[T ~struct{ *call }](answer func(T) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) { return answer(T{c}) }
}

// mux matches routes by net/http's rules. Its handlers write no answer: they only store in a search which route
// matched.
var mux = sync.OnceValue(func() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("/", func(http.ResponseWriter, *http.Request) {}) // no route
	for _, row := range slices.Concat(routes, platformRoutes()) {
		m.HandleFunc(strings.TrimSpace(row.method+" "+row.path), func(w http.ResponseWriter, r *http.Request) {
			if row.accepts(r) {
				w.(*search).found = row
			}
		})
	}
	return m
})

// A search is the ResponseWriter given to the mux; it receives the route found.
type search struct {
	http.ResponseWriter // nil: never written to
	found               route
}

// find returns the route of a request and sets the request's path values. If there is none, the problem says whether
// the path or the method doesn't exist. Clients send paths with or without a slash at the end, and with two at the
// beginning if their base URL ends in a slash.
func find(r *http.Request) (route, error) {
	clean := "/" + strings.TrimLeft(r.URL.Path, "/")
	if len(clean) > 1 {
		clean = strings.TrimSuffix(clean, "/")
	}
	// Clients send a list of ids in the path, with brackets, commas and blanks as %5B and the like; that is allowed. An
	// escaped slash or dot isn't: it would turn the path into another one.
	if hidden().MatchString(r.URL.RawPath) || path.Clean(clean) != clean {
		return route{}, errNoSuchRoute
	}
	r.URL.Path, r.URL.RawPath = clean, ""
	if row := routeFor(r, r.Method); row.path != "" {
		return row, nil
	}
	var others []string
	for _, row := range routes {
		if routeFor(r, row.method).path == row.path {
			others = append(others, row.method)
		}
	}
	if others != nil {
		return route{}, problem{http.StatusMethodNotAllowed, "method_not_allowed", "here one can " + strings.Join(others, ", ")}
	}
	return route{}, errNoSuchRoute
}

// routeFor returns the route that the request would have with a method, or a route without a path if there is none.
func routeFor(r *http.Request, method string) route {
	asked, line := r.Method, r.RequestURI
	defer func() { r.Method, r.RequestURI = asked, line }()
	r.Method, r.RequestURI = method, "" // the mux answers "*" by itself
	if id, is := strings.CutPrefix(r.URL.Path, strings.TrimSuffix(snapshot.path, "{id}")); is && method == snapshot.method {
		if r.SetPathValue("id", id); snapshot.accepts(r) {
			return snapshot
		}
	}
	var s search
	mux().ServeHTTP(&s, r)
	return s.found
}

// hidden matches an escaped slash, backslash, dot or zero byte in a path. These are refused.
var hidden = model.Pattern(`(?i)%(?:2f|5c|2e|00)`)

var (
	number = model.Pattern(`^(?:C\.)?[0-9]{1,18}$`) // 7808 and C.7808 name the same instance
	token  = model.Pattern(`^[0-9a-f]{1,64}$`)
	offers = model.Pattern(`^(?:[0-9]{1,18}|\[[0-9]+(?:, ?[0-9]+)*\])$`)
)

// accepts reports whether each path value has the form that its name in the route requires.
func (row route) accepts(r *http.Request) bool {
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
		if !want().MatchString(r.PathValue(name)) {
			return false
		}
	}
	return true
}
