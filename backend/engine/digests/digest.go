// Package digest stands in for Open Containers' package of that name, which the Docker client's types name for a text. That
// one compiles regular expressions when a process begins. Nothing here checks a digest: the engine does (docs/decisions/025).
package digest

// A Digest names content by its sum, such as sha256:4bcf…
type Digest string

func (d Digest) String() string { return string(d) }
