// Package reference stands in for the distribution project's package of that name, by which the Docker client splits an
// image's name before it asks the engine. That one compiles regular expressions for half a megabyte when a process begins.
// This one only splits. What a name may be, model says before an order is taken, and the engine when it is asked
// (docs/decisions/025).
package reference

import (
	"errors"
	"strings"

	"github.com/opencontainers/go-digest"
)

// The parts that are left out of a name of Docker's own registry, and the tag that is meant where there is none.
const (
	hub      = "docker.io"
	oldHub   = "index.docker.io"
	official = "library/"
	latest   = "latest"
)

// Reference, Named, Tagged, Digested and Canonical are what a name may have. The client tells by them what it was given.
type (
	Reference interface{ String() string }
	Named     interface {
		Reference
		Name() string // with its host, without tag and digest
	}
	Tagged interface {
		Reference
		Tag() string
	}
	Digested interface {
		Reference
		Digest() digest.Digest
	}
	Canonical interface {
		Named
		Digest() digest.Digest
	}
)

// The forms of a name: HOST/PATH, HOST/PATH:TAG, HOST/PATH@DIGEST and HOST/PATH:TAG@DIGEST.
type (
	plain  struct{ host, path string }
	tagged struct {
		plain
		tag string
	}
	pinned struct {
		plain
		digest digest.Digest
	}
	taggedAndPinned struct {
		tagged
		digest digest.Digest
	}
)

func (n plain) Name() string   { return n.host + "/" + n.path }
func (n plain) String() string { return n.Name() }

func (n tagged) Tag() string    { return n.tag }
func (n tagged) String() string { return n.Name() + ":" + n.tag }

func (n pinned) Digest() digest.Digest { return n.digest }
func (n pinned) String() string        { return n.Name() + "@" + n.digest.String() }

func (n taggedAndPinned) Digest() digest.Digest { return n.digest }
func (n taggedAndPinned) String() string        { return n.tagged.String() + "@" + n.digest.String() }

// ParseNormalizedNamed splits [HOST/]PATH[:TAG][@DIGEST].
func ParseNormalizedNamed(text string) (Named, error) {
	rest, sum, hasSum := strings.Cut(text, "@")
	rest, tag, hasTag := cutTag(rest)
	n := split(rest)
	switch {
	case rest == "" || n.path == "" || hasTag && tag == "" || hasSum && sum == "":
		return nil, errors.New("invalid reference format")
	case hasTag && hasSum:
		return taggedAndPinned{tagged{n, tag}, digest.Digest(sum)}, nil
	case hasTag:
		return tagged{n, tag}, nil
	case hasSum:
		return pinned{n, digest.Digest(sum)}, nil
	}
	return n, nil
}

// ParseAnyReference is ParseNormalizedNamed. The original also knows the ids of images, which the engine does anyway.
func ParseAnyReference(text string) (Reference, error) { return ParseNormalizedNamed(text) }

// cutTag splits NAME:TAG. A colon before the last slash belongs to the host's port.
func cutTag(text string) (name, tag string, has bool) {
	if colon := strings.LastIndexByte(text, ':'); colon > strings.LastIndexByte(text, '/') {
		return text[:colon], text[colon+1:], true
	}
	return text, "", false
}

// split splits [HOST/]PATH. The first part is a host if it has a dot, a colon or a capital letter, or is localhost.
func split(name string) plain {
	n := plain{hub, name}
	if first, rest, more := strings.Cut(name, "/"); more &&
		(first == "localhost" || strings.ContainsAny(first, ".:") || strings.ToLower(first) != first) {
		n = plain{first, rest}
	}
	if n.host == oldHub {
		n.host = hub
	}
	if n.host == hub && n.path != "" && !strings.Contains(n.path, "/") {
		n.path = official + n.path
	}
	return n
}

// TagNameOnly adds the usual tag to a name that has neither a tag nor a digest.
func TagNameOnly(n Named) Named {
	if p, is := n.(plain); is {
		return tagged{p, latest}
	}
	return n
}

// WithDigest adds a digest to a name, in place of one that it has.
func WithDigest(n Named, sum digest.Digest) (Canonical, error) {
	switch n := n.(type) {
	case tagged:
		return taggedAndPinned{n, sum}, nil
	case taggedAndPinned:
		return taggedAndPinned{n.tagged, sum}, nil
	}
	return pinned{split(n.Name()), sum}, nil
}

// Domain returns a name's host.
func Domain(n Named) string { return split(n.Name()).host }

// FamiliarString returns a name as people write it: without the host and folder of Docker's own images.
func FamiliarString(r Reference) string {
	rest, is := strings.CutPrefix(r.String(), hub+"/")
	if !is {
		return rest
	}
	if short, is := strings.CutPrefix(rest, official); is && !strings.Contains(short, "/") {
		return short
	}
	return rest
}
