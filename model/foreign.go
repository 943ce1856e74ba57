package model

import (
	"errors"
	"regexp"
	"strings"
)

// An Area is where an error of somebody else's comes from.
type Area string

// The areas.
const (
	AreaPull   Area = "pull"   // a registry, or the engine while it fetches an image
	AreaStart  Area = "start"  // the engine while it makes or starts a container
	AreaEngine Area = "engine" // the way to the engine
	AreaLedger Area = "ledger" // SQLite and the state folder
	AreaPort   Area = "port"   // a port of this machine
)

// A Subject is what an error is about. What isn't known stays empty.
type Subject struct {
	Image    string
	Registry string // the login that the order named
	Folder   string // the state folder
	Engine   string // the engine's address
	Asked    string // the version of its API that this user's settings fix; empty where none is
	Named    string // who says that the engine is there, such as DOCKER_HOST; empty where it is where engines are
	User     string
	Port     string
	Holder   string // who has the port; empty where that can't be seen
}

// A Meaning is what an error of somebody else's means here.
type Meaning struct {
	Kind  string // its name in the table, the same for all versions of the words
	Short string // two or three words for a header; empty where none are needed
	Means string // what it means, with its subject
	Todo  string // what to do about it
}

func (m Meaning) String() string { return m.Means + ": " + m.Todo }

// A foreign error is somebody else's, with what it means before its own words.
type foreign struct {
	Meaning
	cause error
}

func (f foreign) Error() string { return f.String() + " (" + f.cause.Error() + ")" }
func (f foreign) Unwrap() error { return f.cause }

// Explained puts before somebody else's words what they mean here and what to do. An error that the table doesn't know,
// and one that is explained already, stays as it is.
func Explained(area Area, err error, about Subject) error {
	var already foreign
	if err == nil || errors.As(err, &already) {
		return err
	}
	m, known := MeaningOf(area, err.Error(), about)
	if !known {
		return err
	}
	return foreign{m, err}
}

// MeaningIn is the meaning that an error was explained with.
func MeaningIn(err error) (Meaning, bool) {
	var f foreign
	known := errors.As(err, &f)
	return f.Meaning, known
}

// MeaningOf looks somebody else's words up in the table; the first row that fits counts.
func MeaningOf(area Area, words string, about Subject) (Meaning, bool) {
	lower := strings.ToLower(words)
	for _, row := range foreignWords {
		if row.area == area && row.fits(lower, about) {
			fill := strings.NewReplacer(
				"{image}", about.Image, "{host}", RegistryOf(about.Image), "{server}", serverIn(words, about.Image), "{login}", about.Registry, "{folder}", orElse(about.Folder, "the state folder"),
				"{engine}", about.Engine, "{user}", orElse(about.User, "$USER"), "{port}", about.Port, "{holder}", about.Holder, "{named}", about.Named, "{asked}", about.Asked,
			)
			return Meaning{Kind: row.kind, Short: row.short, Means: fill.Replace(row.means), Todo: fill.Replace(row.todo)}, true
		}
	}
	return Meaning{}, false
}

// RegistryOf is the host that an image is pulled from: Docker's own where its name begins with no host.
func RegistryOf(image string) string {
	first, _, more := strings.Cut(image, "/")
	if more && (strings.ContainsAny(first, ".:") || first == "localhost") {
		return first
	}
	return "docker.io"
}

// serversIn find the machine that somebody else's words are about: the name that was looked up, or that of an address.
var serversIn = []*regexp.Regexp{
	regexp.MustCompile(`\blookup ([^\s:]+)`),
	regexp.MustCompile(`\bhttps?://([^/"\s]+)`),
}

// serverIn is the machine that wasn't reached: the registry hands over to others, for its logins and its files.
func serverIn(words, image string) string {
	for _, names := range serversIn {
		if m := names.FindStringSubmatch(words); m != nil {
			return m[1]
		}
	}
	return RegistryOf(image)
}

// A foreignRow is one kind of error, by the words that engines, registries and libraries have for it.
type foreignRow struct {
	area  Area
	kind  string
	any   []string           // in lower case: one of them is in the words
	only  func(Subject) bool // nil: whatever it is about
	short string
	means string
	todo  string
}

func hasLogin(about Subject) bool { return about.Registry != "" }
func isAsked(about Subject) bool  { return about.Asked != "" }
func isNamed(about Subject) bool  { return about.Named != "" }
func isHeld(about Subject) bool   { return about.Holder != "" }

func (r foreignRow) fits(lower string, about Subject) bool {
	if r.only != nil && !r.only(about) {
		return false
	}
	for _, words := range r.any {
		if strings.Contains(lower, words) {
			return true
		}
	}
	return false
}
