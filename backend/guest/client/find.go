package client

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"berth/model"
)

// variable returns the value of a variable, or "".
func variable(environ []string, name string) string {
	for _, word := range environ {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	return ""
}

// own returns the ID of the instance that the client runs in, or 0.
func (p Place) own() model.InstanceID {
	if p.Own != 0 {
		return p.Own
	}
	for _, environ := range [][]string{p.Environ, p.First} {
		if id, err := model.ParseInstanceID(variable(environ, "CONTAINER_ID")); err == nil {
			return id
		}
	}
	return 0
}

// key returns the API key and its source. A key that a user chose comes before the instance's own.
func (p Place) key(given string) (key, from string) {
	for _, s := range []struct{ key, from string }{
		{given, "--api-key"},
		{variable(p.Environ, "VAST_API_KEY"), "VAST_API_KEY"},
		{p.kept(".vast_api_key"), "~/.vast_api_key"},
		{p.kept(".config/vastai/vast_api_key"), "~/.config/vastai/vast_api_key"},
		{variable(p.Environ, "CONTAINER_API_KEY"), "CONTAINER_API_KEY"},
		{p.Key, "the launcher"},
	} {
		if key := strings.TrimSpace(s.key); key != "" {
			return key, s.from
		}
	}
	return "", ""
}

// kept returns the content of a file that holds a key, or "" if it can't be read.
func (p Place) kept(name string) string {
	text, err := os.ReadFile(filepath.Join(p.Home, name))
	if err != nil {
		return ""
	}
	return string(text)
}

// plainWord reports whether a text is safe in a header's line: printable ASCII without spaces.
func plainWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// address returns the API's address.
func (p Place) address(given string) (*url.URL, error) {
	text := cmp.Or(given, variable(p.Environ, "VAST_URL"), variable(p.First, "VAST_URL"))
	if text == "" {
		return nil, wrong("this instance wasn't told where its machine's API is: give the address with --url")
	}
	return parseAddress(text)
}

// parseAddress parses an address. It returns an error for one that this client can't use.
func parseAddress(text string) (*url.URL, error) {
	at, err := url.Parse(text)
	switch {
	case err != nil || at.Host == "":
		return nil, wrong("%q is no address such as http://172.18.0.1:8800", text)
	case at.Scheme == "https":
		return nil, wrong("%s: berth's stand-in speaks no HTTPS; the Python package vastai does", text)
	case at.Scheme != "http":
		return nil, wrong("%s: want an address that begins with http://", text)
	}
	return at, nil
}
