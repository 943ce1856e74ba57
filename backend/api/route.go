package api

import (
	"net/http"
	"path"
	"regexp"
	"strings"
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
	{"GET", "/api/v0/gpu_names/unique", forAll, (*call).gpuNames},
	{"GET", "/api/v0/results/{token}", forAll, (*call).result},

	{"GET", "/api/v1/instances", forInstances, (*call).listPage},
	{"GET", "/api/v0/instances", forInstances, (*call).listAll},
	{"GET", "/api/v0/instances/filters", forInstances, (*call).filters},
	{"GET", "/api/v0/instances/{id}", forInstances, (*call).show},
	{"PUT", "/api/v0/instances/{id}", forInstances, (*call).change},
	{"PUT", "/api/v0/instances", forInstances, (*call).changeMany},
	{"DELETE", "/api/v0/instances/{id}", forInstances, (*call).destroy},
	{"DELETE", "/api/v0/instances", forInstances, (*call).destroyMany},
	{"PUT", "/api/v0/instances/reboot/{id}", forInstances, (*call).reboot},
	{"PUT", "/api/v0/instances/recycle/{id}", forAccounts, (*call).recycle},
	{"PUT", "/api/v0/instances/request_logs/{id}", forInstances, (*call).logs},
	{"PUT", "/api/v0/instances/command/{id}", forAccounts, (*call).execute},
	{"GET", "/api/v0/instances/{id}/ssh", forAccounts, (*call).instanceKeys},
	{"POST", "/api/v0/instances/{id}/ssh", forAccounts, (*call).attachKey},
	{"DELETE", "/api/v0/instances/{id}/ssh/{key}", forAccounts, (*call).detachKey},

	{"POST", "/api/v0/bundles", forAccounts, (*call).searchBundles},
	{"GET", "/api/v0/bundles", forAccounts, (*call).searchBundlesByQuery},
	{"PUT", "/api/v0/search/asks", forAccounts, (*call).searchAsks},
	{"PUT", "/api/v0/asks/{offer}", forAccounts, (*call).create},

	{"GET", "/api/v0/ssh", forAccounts, (*call).keys},
	{"POST", "/api/v0/ssh", forAccounts, (*call).addKey},
	{"PUT", "/api/v0/ssh/{key}", forAccounts, (*call).replaceKey},
	{"DELETE", "/api/v0/ssh/{key}", forAccounts, (*call).removeKey},
	{"GET", "/api/v0/secrets", forAccounts, (*call).vars},
	{"POST", "/api/v0/secrets", forAccounts, (*call).addVar},
	{"PUT", "/api/v0/secrets", forAccounts, (*call).replaceVar},
	{"DELETE", "/api/v0/secrets", forAccounts, (*call).removeVar},
	{"GET", "/api/v0/template", forAccounts, (*call).templates},
	{"POST", "/api/v0/template", forAccounts, (*call).addTemplate},
	{"PUT", "/api/v0/template", forAccounts, (*call).replaceTemplate},
	{"DELETE", "/api/v0/template", forAccounts, (*call).removeTemplate},
	{"PUT", "/api/v0/commands/copy_direct", forAccounts, (*call).copy},
	{"PUT", "/api/v0/commands/rsync", forAccounts, (*call).copy},
}

// mux knows the routes by net/http's own rules. Its handlers answer nothing: they tell a search which route it is.
var mux = func() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("/", func(http.ResponseWriter, *http.Request) {}) // no route
	for _, row := range routes {
		m.HandleFunc(row.method+" "+row.path, func(w http.ResponseWriter, r *http.Request) {
			if row.takes(r) {
				w.(*search).found = row
			}
		})
	}
	return m
}()

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
	// Where something is written as %2F or the like, which no path of ours needs, there is a RawPath.
	if r.URL.RawPath != "" || path.Clean(clean) != clean {
		return route{}, errNoSuchPath
	}
	r.URL.Path = clean
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
	var s search
	mux.ServeHTTP(&s, r)
	return s.found
}

var (
	number = regexp.MustCompile(`^[0-9]{1,18}$`)
	token  = regexp.MustCompile(`^[0-9a-f]{1,64}$`)
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
		if name == "token" {
			want = token
		}
		if !want.MatchString(r.PathValue(name)) {
			return false
		}
	}
	return true
}
