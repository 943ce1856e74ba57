package api

import (
	"net/http"
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
	path   string // a part in braces stands for digits, {token} for hex digits
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

// find returns the route of a request and what its path says. Without one the problem says whether it is the
// path or the method that doesn't exist. Clients write paths with and without a slash at the end, and with
// two at the beginning where their address ends in one.
func find(r *http.Request) (route, map[string]string, error) {
	if r.URL.RawPath != "" { // something is written as %2F or the like, which no path of ours needs
		return route{}, nil, errNoSuchPath
	}
	path := "/" + strings.TrimLeft(r.URL.Path, "/")
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	parts := strings.Split(path, "/")
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var others []string
	for _, candidate := range routes {
		said, fits := match(candidate.path, parts)
		switch {
		case fits && candidate.method == method:
			return candidate, said, nil
		case fits:
			others = append(others, candidate.method)
		}
	}
	if others != nil {
		return route{}, nil, problem{http.StatusMethodNotAllowed, "method_not_allowed", "here one can " + strings.Join(others, ", ")}
	}
	return route{}, nil, errNoSuchPath
}

// match holds a path's parts against a pattern and returns what stands in its braces.
func match(pattern string, parts []string) (map[string]string, bool) {
	var said map[string]string
	for n, part := range parts {
		want, rest, more := strings.Cut(pattern, "/")
		if more != (n < len(parts)-1) {
			return nil, false
		}
		pattern = rest
		name, variable := strings.CutPrefix(want, "{")
		switch {
		case !variable && want != part:
			return nil, false
		case !variable:
			continue
		}
		name = strings.TrimSuffix(name, "}")
		if !spells(name, part) {
			return nil, false
		}
		if said == nil {
			said = map[string]string{}
		}
		said[name] = part
	}
	return said, true
}

// spells reports whether a part of a path can stand for a name: a number that fits, or a result's token.
func spells(name, part string) bool {
	digits, most := "0123456789", 18
	if name == "token" {
		digits, most = "0123456789abcdef", 64
	}
	return part != "" && len(part) <= most && strings.Trim(part, digits) == ""
}
