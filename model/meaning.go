package model

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// An Area says which outside system an error comes from.
type Area string

// The areas.
const (
	AreaPull   Area = "pull"   // a registry, or the engine while it pulls an image
	AreaStart  Area = "start"  // the engine while it creates or starts a container
	AreaEngine Area = "engine" // the connection to the engine
	AreaLedger Area = "ledger" // SQLite and the state folder
	AreaPort   Area = "port"   // a port of this machine
	AreaFile   Area = "file"   // a file or folder of this machine

	AreaTerminal Area = "terminal" // the terminal, or what stands in its place as input and output
)

// A Subject is what an error is about. Unknown fields are empty.
type Subject struct {
	Image    string
	Registry string // the registry login that the order names
	Folder   string // the state folder
	Engine   string // the engine's address
	Asked    string // the API version that this user's settings demand; empty if none
	Named    string // the setting that names the engine's address, such as DOCKER_HOST; empty for the default address
	User     string
	Group    string // the group that may use the engine's socket; empty if none may
	Joined   bool   // the user is in that group, but this process began before that
	Private  bool   // the engine's socket lies in a folder that is closed to the user
	Path     string
	Verb     string // what was done to it, such as open
	Port     string
	Holder   string // the process that has the port; empty if unknown
}

// A Meaning explains an error of an outside system.
type Meaning struct {
	Kind  string // its name in the table, the same for all wordings of the error
	Short string // two or three words for a header; empty if none are needed
	Means string // what it means, with its subject filled in
	Todo  string // what to do about it
}

func (m Meaning) String() string { return m.Means + ": " + m.Todo }

// An explainedError is an outside error with its meaning before its own text.
type explainedError struct {
	Meaning
	cause error
}

func (f explainedError) Error() string { return f.String() + " (" + f.cause.Error() + ")" }
func (f explainedError) Unwrap() error { return f.cause }

// Explained wraps an outside error so that its text begins with what it means here and what to do. It returns the error
// unchanged if the table doesn't know it or if it is explained already.
func Explained(area Area, err error, about Subject) error {
	var already explainedError
	if err == nil || errors.As(err, &already) {
		return err
	}
	m, known := MeaningOf(area, err.Error(), about)
	if !known {
		return err
	}
	return explainedError{m, err}
}

// Told is Explained for who has to act on the error: it says where to look on also if the table doesn't know the
// engine's words.
func Told(area Area, err error, about Subject) error {
	told := Explained(area, err, about)
	if _, known := MeaningIn(told); known || err == nil || !strings.Contains(err.Error(), EngineSays) {
		return told
	}
	return fmt.Errorf("%w; `berth doctor` looks at what may be why", err)
}

// MeaningIn returns the meaning that Explained added to an error.
func MeaningIn(err error) (Meaning, bool) {
	var f explainedError
	known := errors.As(err, &f)
	return f.Meaning, known
}

// MeaningOf looks an error's text up in the table. The first row that matches counts.
func MeaningOf(area Area, words string, about Subject) (Meaning, bool) {
	lower := strings.ToLower(words)
	for row := range meanings() {
		if row.area == area && row.fits(lower, about) {
			fill := strings.NewReplacer(
				"{image}", about.Image, "{host}", RegistryOf(about.Image), "{server}", serverIn(words, about.Image), "{login}", about.Registry, "{folder}", orElse(about.Folder, "the state folder"),
				"{engine}", about.Engine, "{user}", orElse(about.User, "$USER"), "{group}", about.Group, "{port}", about.Port, "{holder}", about.Holder, "{named}", about.Named, "{path}", about.Path, "{verb}", orElse(about.Verb, "use"), "{asked}", about.Asked,
			)
			return Meaning{Kind: row.kind, Short: row.short, Means: fill.Replace(row.means), Todo: fill.Replace(row.todo)}, true
		}
	}
	return Meaning{}, false
}

// RegistryOf returns the host that an image is pulled from. It is Docker's own registry if the image's name has no
// host.
func RegistryOf(image string) string {
	first, _, more := strings.Cut(image, "/")
	if more && (strings.ContainsAny(first, ".:") || first == "localhost") {
		return first
	}
	return "docker.io"
}

// serversIn match the host in an error's text: the name of a DNS lookup, or the host of a URL.
var serversIn = []func() *regexp.Regexp{
	Pattern(`\blookup ([^\s:]+)`),
	Pattern(`\bhttps?://([^/"\s]+)`),
}

// serverIn returns the host that wasn't reached. It may differ from the image's registry, because a registry redirects
// to other hosts for logins and for layers.
func serverIn(words, image string) string {
	for _, names := range serversIn {
		if m := names().FindStringSubmatch(words); m != nil {
			return m[1]
		}
	}
	return RegistryOf(image)
}

// A meaningRow is one kind of error, recognized by the texts of engines, registries and libraries.
type meaningRow struct {
	area  Area
	kind  string
	any   []string           // in lower case; the error's text contains one of them
	also  string             // in lower case; the text contains this too, wherever it stands
	only  func(Subject) bool // an extra condition; nil means none
	short string
	means string
	todo  string
}

func hasLogin(about Subject) bool { return about.Registry != "" }
func isAsked(about Subject) bool  { return about.Asked != "" }
func isNamed(about Subject) bool  { return about.Named != "" }
func isHeld(about Subject) bool   { return about.Holder != "" }
func isJoined(about Subject) bool { return about.Joined }
func isClosed(about Subject) bool { return about.Private }
func isShared(about Subject) bool { return about.Group != "" }

func (r meaningRow) fits(lower string, about Subject) bool {
	if r.only != nil && !r.only(about) || !strings.Contains(lower, r.also) {
		return false
	}
	for _, words := range r.any {
		if strings.Contains(lower, words) {
			return true
		}
	}
	return false
}
