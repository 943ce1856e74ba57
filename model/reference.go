package model

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// referenceLabel matches one label of a host name.
const referenceLabel = `[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?`

// The parts of an image reference, [HOST[:PORT]/]PATH[:TAG][@DIGEST], as the distribution project defines them.
var (
	referenceHost   = Pattern(`^(?:` + referenceLabel + `(?:\.` + referenceLabel + `)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$`)
	referencePath   = Pattern(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$`)
	referenceTag    = Pattern(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`) // at most maxReferenceTag long: counting isn't for a regular expression, which would have each sign apart
	referenceDigest = Pattern(`^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$`)
)

// maxReferenceTag is the longest tag.
const maxReferenceTag = 128

// maxReferenceName is the longest name that the engine accepts, without tag and digest.
const maxReferenceName = 255

// wrongImage returns the reason why a text is not an image reference, or "".
func wrongImage(image string) string {
	if image == "" {
		return "an image is needed, such as ubuntu:24.04"
	}
	if reason := wrongLine(image, MaxImage); reason != "" {
		return reason
	}
	if strings.ContainsAny(image, " \u00a0") {
		return "an image has no blanks: write it alone, such as ubuntu:24.04"
	}
	name, digest, pinned := strings.Cut(image, "@")
	if pinned && !referenceDigest().MatchString(digest) {
		return "after @ comes a digest, such as sha256:… with 64 hex digits"
	}
	name, tag, tagged := CutTag(name)
	if tagged && (len(tag) > maxReferenceTag || !referenceTag().MatchString(tag)) {
		return "a tag, after the colon, is at most 128 letters, digits, _ . and -, and begins with none of . and -"
	}
	if utf8.RuneCountInString(name) > maxReferenceName {
		return fmt.Sprintf("an image's name has at most %d characters without its tag", maxReferenceName)
	}
	return wrongRepository(name)
}

// CutTag splits NAME:TAG. A colon before the last slash belongs to the registry's port.
func CutTag(s string) (name, tag string, tagged bool) {
	if colon := strings.LastIndexByte(s, ':'); colon > strings.LastIndexByte(s, '/') {
		return s[:colon], s[colon+1:], true
	}
	return s, "", false
}

// wrongRepository checks [HOST[:PORT]/]PATH and returns the reason why it is invalid, or "". The first part is a host
// if it contains a dot, a colon or a capital letter, or is localhost. The engine uses the same rule.
func wrongRepository(name string) string {
	parts := strings.Split(name, "/")
	first := parts[0]
	if len(parts) > 1 && (strings.ContainsAny(first, ".:") || first == "localhost" || first != strings.ToLower(first)) {
		if strings.Contains(name, "://") {
			return "an image has no https:// before it: write registry.example.com/name:tag"
		}
		if !referenceHost().MatchString(first) {
			return fmt.Sprintf("%s is no registry host", quote(first))
		}
		parts = parts[1:]
	}
	for _, part := range parts {
		switch {
		case part == "":
			return "a part of the name is empty: write name:tag or host/name:tag"
		case part != strings.ToLower(part):
			return "an image's name is written in lower case"
		case !referencePath().MatchString(part):
			return quote(part) + " is no part of an image's name: lower-case letters and digits, with single . _ or - between"
		}
	}
	return ""
}
